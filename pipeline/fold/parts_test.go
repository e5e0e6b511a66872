package fold_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestNoRecordIsTooLarge: a customer with more of everything than a record of his could
// hold: reversals that wait and bookings whose order is not known, as many as are admitted,
// under the longest names, and bookings in another unit that have their value on very many days. Each of
// his records fits into the topic, and of them he is as he was.
func TestNoRecordIsTooLarge(t *testing.T) {
	const most = 1<<16 - 1
	long := func(s string) string { return s + strings.Repeat("x", 128-len(s)) }
	who := func(t *pb.Transaction) { t.CustomerId, t.Source = long("C"), long("core") }
	tp := newTape(t, fold.Options{Partition: 3, Saves: true}, tapePolicy)
	for i := range 200 {
		tp.fast(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
			CustomerId: long("C"), AccountId: long(fmt.Sprint("A", i)), AccountType: pb.AccountType_DEMAND, Unit: "USD", OpenedDay: first, EventTime: 1 << 40, BusinessDay: first,
		}})
	}
	for i := range most {
		tp.fast(wrap(txn(fmt.Sprint("p", i), first, 1, who, func(t *pb.Transaction) {
			t.AccountId, t.BalanceKnown, t.BalanceTrust, t.BalanceAfter, t.BalanceTolerance = "P", true, pb.BalanceTrust_BALANCE_TRUST_DAY, 1e16, 1e16
		})))
		tp.fast(wrap(txn(fmt.Sprint("u", i), first, 1, who, func(t *pb.Transaction) {
			t.AccountId, t.Currency = long(fmt.Sprint("A", i%200)), "USD"
			t.AmountMinor, t.ValueDay = 1e10+int64(i), first+int32(i/200)
		})))
	}
	for i := range most { // last: with each booking all that wait are looked at
		tp.fast(wrap(txn(long(fmt.Sprint("r", i)), first, -1, who, func(t *pb.Transaction) {
			t.ReversalOf, t.ReversalKind, t.AmountMinor, t.BaseAmountMinor = fmt.Sprint(t.Source, ":", i), pb.ReversalKind_FULL, 1e11+int64(i), 1e11
		})))
	}
	var saves fold.Saves
	tp.part.Save(tp.part.Unsaved(), &saves)
	tp.part.SaveProgress(tp.offset, &saves)
	size := 0
	for _, r := range saves.List {
		if n := len(r.Key) + len(r.Value) + 1024; n > topics.MaxRecordBytes {
			t.Errorf("record %.20q has %d bytes, at most %d", r.Key, n, topics.MaxRecordBytes)
		}
		size += len(r.Value)
	}
	if size < 6*topics.MaxRecordBytes {
		t.Errorf("%d bytes in all are no proof", size)
	}
	same(t, "restored", tp.part, takeAll(t, saves.List))
}

// TestForeignAccountIsSaved: 650 bookings a day in a foreign currency over 400 days. Each has its
// amount beside the base amount, and none is merged before there are a million.
func TestForeignAccountIsSaved(t *testing.T) {
	tp := newTape(t, fold.Options{Partition: 3, Saves: true}, tapePolicy)
	var saves fold.Saves
	var topic stateTopic
	save := func() {
		tp.part.Save(tp.part.Unsaved(), &saves)
		tp.part.SaveProgress(tp.offset, &saves)
		for _, r := range saves.List {
			if n := len(r.Key) + len(r.Value) + 1024; n > topics.MaxRecordBytes {
				t.Errorf("record %q has %d bytes, at most %d", r.Key, n, topics.MaxRecordBytes)
			}
		}
		topic.put(&saves)
	}
	for d := first; d < first+400; d++ {
		for i := range 650 {
			tp.fast(wrap(txn(fmt.Sprint(d, "-", i), d, 1_000+int64(i), func(t *pb.Transaction) { t.Currency, t.AmountMinor = "USD", 1e10+int64(i) })))
		}
		tp.close(d)
		tp.all = nil
		if d%100 == 0 {
			save()
		}
	}
	save()
	topic.compact()
	l := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
	for _, r := range topic.list {
		l.Take(r.Key, r.Value)
	}
	two, _, _, err := l.DoneToCopy()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "restored", tp.part, two)
	list := copied(t, two, int(tp.offset)-1)
	if !slices.ContainsFunc(list, func(r fold.Saved) bool { return fold.PartsOf(r.Value) > 0 }) {
		t.Error("no record of the copy is cut")
	}
	all, _, err := resorted([][]fold.Saved{list}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := loaded(t, 0, all[0]).Known()["C1"]; !bytes.Equal(got, two.Known()["C1"]) {
		t.Error("in another number of partitions he is another")
	}
}

// TestPartsAreForgotten: of a record that was cut there are no more parts than it has now,
// and one that is missing is told.
func TestPartsAreForgotten(t *testing.T) {
	log := bankLog(t, 8, 120)
	one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
	var topic stateTopic
	var saves fold.Saves
	saves.CutAt(200)
	fewer := 0
	parts := map[string]uint16{}
	for i := range log {
		one.apply(i, 1000)
		if i%50 != 0 && i != len(log)-1 {
			continue
		}
		one.part.Save(one.part.Unsaved(), &saves)
		one.part.SaveProgress(int64(i)+1, &saves)
		for _, r := range saves.List {
			if n := fold.PartsOf(r.Value); n < parts[string(r.Key)] {
				fewer++
			}
			parts[string(r.Key)] = fold.PartsOf(r.Value)
		}
		topic.put(&saves)
	}
	if fewer == 0 {
		t.Fatal("no record ever had fewer parts than before")
	}
	topic.compact()
	for i, r := range topic.list {
		base, _, isPart := strings.Cut(string(r.Key[bytes.LastIndexByte(r.Key, '/'):]), "+")
		if !isPart || r.Value == nil {
			continue
		}
		base = string(r.Key[:bytes.LastIndexByte(r.Key, '/')]) + base
		var n uint16
		if _, err := fmt.Sscan(string(r.Key[len(base)+1:]), &n); err != nil {
			t.Fatal(err)
		}
		if n >= parts[base] {
			t.Errorf("part %q is left of a record of %d", r.Key, parts[base])
		}
		if i%7 == 0 {
			l := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
			for k, s := range topic.list {
				if k != i {
					l.Take(s.Key, s.Value)
				}
			}
			if _, _, err := l.Done(); !errors.Is(err, codec.ErrDamaged) {
				t.Errorf("without part %q: %v", r.Key, err)
			}
		}
	}
	two := restored(t, log, &topic, len(log))
	one.finish()
	same(t, "restored", one.part, two.part)
}

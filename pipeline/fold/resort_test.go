package fold_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// placeOf spreads customers over n partitions.
func placeOf(customer string, n int) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(customer))
	return int32(h.Sum32() % uint32(n))
}

// spread are the logs of n partitions: a customer's records in one, control records
// in each.
func spread(t testing.TB, log [][]byte, n int) [][][]byte {
	t.Helper()
	parts := make([][][]byte, n)
	for _, v := range log {
		var r pb.LogRecord
		if err := r.UnmarshalVT(v); err != nil {
			t.Fatal(err)
		}
		if who := kafka.Customer(&r); who != "" {
			p := placeOf(who, n)
			parts[p] = append(parts[p], v)
			continue
		}
		for p := range parts {
			parts[p] = append(parts[p], v)
		}
	}
	return parts
}

// foldedCopies folds the logs of n partitions and copies what each knows.
func foldedCopies(t testing.TB, log [][]byte, n int) (all [][]fold.Saved) {
	t.Helper()
	for i, part := range spread(t, log, n) {
		p := player{t: t, log: part, part: fold.New(fold.Options{Partition: int32(i), Saves: true}), mute: 1 << 62}
		for i := range part {
			p.apply(i, 1000)
		}
		p.finish()
		all = append(all, copied(t, p.part, len(part)-1))
	}
	return all
}

// sequence gives records, and at their end err if there is one.
func sequence(list []fold.Saved, err error) iter.Seq2[fold.Saved, error] {
	return func(yield func(fold.Saved, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(fold.Saved{}, err)
		}
	}
}

func knownOf(copies [][]fold.Saved) (known []*fold.Partition, err error) {
	for _, list := range copies {
		l := fold.NewLoading(fold.Options{Saves: true})
		for _, r := range list {
			l.TakeKnown(r.Key, r.Value)
		}
		p, err := l.DoneKnown()
		if err != nil {
			return nil, err
		}
		known = append(known, p)
	}
	return known, nil
}

// resorted are copies of n partitions made of others.
func resorted(copies [][]fold.Saved, n int) (all [][]fold.Saved, customers []int64, err error) {
	known, err := knownOf(copies)
	if err != nil {
		return nil, nil, err
	}
	r, err := fold.NewResort(known, fold.ResortOptions{
		Partitions: int32(n), Epoch: 7, Next: 1, To: func(customer string) int32 { return placeOf(customer, n) },
	})
	if err != nil {
		return nil, nil, err
	}
	topics := make([]stateTopic, n)
	var from []iter.Seq2[fold.Saved, error]
	for _, list := range copies {
		from = append(from, sequence(list, nil))
	}
	customers, err = r.Run(from, func(p int32, s *fold.Saves) error {
		for _, r := range s.List {
			topics[p].list = append(topics[p].list, fold.Saved{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)})
		}
		return nil
	})
	for i := range topics {
		all = append(all, topics[i].list)
	}
	return all, customers, err
}

// loaded is a partition that goes on in a log of which the CLOSE is the first record.
func loaded(t testing.TB, id int32, list []fold.Saved) *fold.Partition {
	t.Helper()
	l := fold.NewLoading(fold.Options{Partition: id, Saves: true})
	for _, r := range list {
		l.Take(r.Key, r.Value)
	}
	p, from, newest, err := l.DoneToCopy()
	if err != nil || from != 1 || newest > 0 {
		t.Fatalf("partition %d: goes on at %d, knows of %d: %v", id, from, newest, err)
	}
	return p
}

// placeless is an output without what names places in a log.
func placeless(t testing.TB, o fold.Output) []byte {
	t.Helper()
	var v []byte
	var err error
	switch m := decode(t, o).(type) {
	case *pb.Alert:
		m.Log = nil
		v, err = m.MarshalVT()
	case *pb.TierChange:
		m.Log = nil
		v, err = m.MarshalVT()
	case *pb.Snapshot:
		m.Log = nil
		v, err = m.MarshalVT()
	case *pb.Verdict:
		m.Log, m.AboutOffset = nil, 0
		v, err = m.MarshalVT()
	case *pb.DeadLetter:
		m.Log, m.OriginPartition, m.OriginPosition = nil, 0, 0
		v, err = m.MarshalVT()
	default:
		t.Fatalf("output of kind %d", o.Kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// goOn folds a log onto a partition from an offset on, and adds what it says of each
// customer.
func goOn(t testing.TB, p *fold.Partition, from int64, log [][]byte, all map[string][]byte) {
	t.Helper()
	var out fold.Outputs
	for i, v := range log {
		if err := p.Apply(from+int64(i), v, &out); err != nil {
			t.Fatal(err)
		}
		for !p.Drain(1000, &out) {
			continue
		}
		for _, o := range out.List {
			key := fmt.Sprint(o.Customer, "/", o.Kind)
			all[key] = fmt.Appendf(all[key], "%x\n", placeless(t, o))
		}
		out.Reset()
	}
}

// troubled puts into a log, around the CLOSE at a place, what refers from one side of
// it to the other: some customers' transactions once more, with another amount, as
// another version and taken back behind it; reversals before it of what comes behind;
// a hold. It gives the place of the CLOSE then.
func troubled(t testing.TB, log [][]byte, at int) (all [][]byte, now int) {
	t.Helper()
	var closing pb.LogRecord
	if err := closing.UnmarshalVT(log[at]); err != nil {
		t.Fatal(err)
	}
	var before, behind [][]byte
	add := func(to *[][]byte, r *pb.LogRecord) {
		v, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		*to = append(*to, v)
	}
	txns := func(log [][]byte) (list []*pb.Transaction) {
		for _, v := range log {
			var r pb.LogRecord
			if err := r.UnmarshalVT(v); err != nil {
				t.Fatal(err)
			}
			if x := r.Transaction; x != nil && x.Status == pb.TxnStatus_POSTED && x.ReversalOf == "" {
				list = append(list, x)
			}
		}
		return list
	}
	back := func(x *pb.Transaction, day int32) *pb.LogRecord {
		y := x.CloneVT()
		y.TxnId, y.Version, y.TxnType = "back-"+x.TxnId, 1, pb.TxnType_REVERSAL
		y.ReversalOf, y.ReversalKind = x.Source+":"+x.TxnId, pb.ReversalKind_FULL
		y.Direction, y.BalanceKnown = pb.Direction_DEBIT+pb.Direction_CREDIT-x.Direction, false
		y.EventTime, y.BusinessDay, y.ValueDay = closing.Close.Cut-3600, day, day
		return &pb.LogRecord{Transaction: y}
	}
	d := closing.Close.Day
	for i, x := range txns(log[max(0, at-2000):at]) {
		y := x.CloneVT()
		switch i % 11 {
		case 0:
		case 1:
			y.AmountMinor, y.BaseAmountMinor = y.AmountMinor+7, y.BaseAmountMinor+7
		case 2:
			y.Version, y.AmountMinor, y.BaseAmountMinor = y.Version+1, y.AmountMinor*2, y.BaseAmountMinor*2
		case 3:
			add(&behind, back(x, d+1))
			continue
		case 4:
			y.Status = pb.TxnStatus_REVERSED
		case 5:
			add(&before, &pb.LogRecord{Override: &pb.TierOverride{
				CustomerId: x.CustomerId, Scheme: "card", Tier: "gold", UntilDay: d + 20, EventTime: closing.Close.Cut - 60, SourceSeq: int64(i), BusinessDay: d,
			}})
			continue
		default:
			continue
		}
		add(&behind, &pb.LogRecord{Transaction: y})
	}
	for i, x := range txns(log[at:min(len(log), at+600)]) {
		if i%3 == 0 {
			add(&before, back(x, d))
		}
	}
	return slices.Concat(log[:at], before, log[at:at+1], behind, log[at+1:]), at + len(before)
}

// TestResortedGoOnAlike: partitions that were made of others say of each customer, from
// the CLOSE on, what is said of him where nothing was resorted.
func TestResortedGoOnAlike(t *testing.T) {
	timers := bankLog(t, 60, 130, "MISS_PROJECTED:            {cooldown: 7d}", "MISS_PROJECTED: {cooldown: 7d, hold: 2h, dwell: 3h}")
	for name, log := range map[string][][]byte{"two policies of one day": twice(t, bankLog(t, 60, 150)), "timers": timers} {
		ends := closes(t, log)
		for _, k := range []int{20, 50, len(ends) - 32} { // before, and behind, the second policy is told
			for _, n := range []int{5, 2, 1} {
				t.Run(fmt.Sprintf("%s, CLOSE %d, 3 to %d", name, k, n), func(t *testing.T) {
					resortedGoOn(t, log, ends[k], n)
				})
			}
		}
	}
}

func resortedGoOn(t *testing.T, log [][]byte, at, n int) {
	t.Helper()
	log, at = troubled(t, log, at)
	want := map[string][]byte{}
	never := fold.New(fold.Options{})
	goOn(t, never, 0, log[:at+1], map[string][]byte{})
	goOn(t, never, int64(at)+1, log[at+1:], want)
	for _, word := range []string{"/" + fmt.Sprint(fold.KindAlert), "/" + fmt.Sprint(fold.KindDeadLetter), "/" + fmt.Sprint(fold.KindVerdict)} {
		if !slices.ContainsFunc(keys(want), func(k string) bool { return strings.HasSuffix(k, word) }) {
			t.Fatalf("nothing of kind %s is said", word)
		}
	}
	copies := foldedCopies(t, log[:at+1], 3)
	if slices.EqualFunc(copies[0][:1], copies[1][:1], func(a, b fold.Saved) bool { return bytes.Equal(a.Value, b.Value) }) {
		t.Fatal("the partitions have the same tables")
	}
	made, customers, err := resorted(copies, n)
	if err != nil {
		t.Fatal(err)
	}
	got, sum := map[string][]byte{}, 0
	for i, rest := range spread(t, log[at+1:], n) {
		p := loaded(t, int32(i), made[i])
		if p.Epoch() != 7 || p.Clock().Term != 0 || int64(p.Customers()) != customers[i] {
			t.Errorf("partition %d: epoch %d, term %d, %d customers of %d", i, p.Epoch(), p.Clock().Term, p.Customers(), customers[i])
		}
		compareCopies(t, "copied again", copied(t, p, 0), made[i])
		sum += p.Customers()
		goOn(t, p, 1, rest, got)
	}
	if know := len(never.Names()); sum > know || sum < know*9/10 {
		t.Errorf("%d customers, the whole log has %d", sum, know)
	}
	compareSaid(t, "resorted", want, got)
}

// TestResortOfAnOlderFormat: copies of an older format give what they give once they were
// loaded and copied in the present one.
func TestResortOfAnOlderFormat(t *testing.T) {
	copies := foldedCopies(t, bankLog(t, 40, 130), 3) // the second policy is in force
	var older, anew [][]fold.Saved
	for i, list := range copies {
		third := asOlder(t, 3, list)
		older = append(older, third)
		l := fold.NewLoading(fold.Options{Partition: int32(i), Saves: true})
		for _, r := range third {
			l.Take(r.Key, r.Value)
		}
		p, from, _, err := l.DoneToCopy()
		if err != nil {
			t.Fatal(err)
		}
		if p.Policies() != 2 {
			t.Fatalf("%d policies", p.Policies())
		}
		anew = append(anew, copied(t, p, int(from)-1))
	}
	got, customers, err := resorted(older, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := resorted(anew, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if customers[i] == 0 {
			t.Errorf("nobody is in partition %d", i)
		}
		compareCopies(t, "of format 3", got[i], want[i])
	}
}

// asOlder are records as of format 3 or 4, which tell no lifts. In format 3 results have the
// tiers of the rules to which a customer had been brought: where versions have the same
// tiers there is no difference.
func asOlder(t testing.TB, format uint8, list []fold.Saved) (older []fold.Saved) {
	t.Helper()
	list, err := fold.HeadsAs(format, list)
	if err != nil {
		t.Fatal(err)
	}
	const header = 9
	for _, r := range list {
		if r.Value != nil {
			r.Value = sealed(format, r.Value[header:])
		}
		older = append(older, r)
	}
	return older
}

func keys(m map[string][]byte) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	return list
}

// TestResortedReversalWaits: the place of a reversal that waits was one in the old log,
// so it is told as one that is not known.
func TestResortedReversalWaits(t *testing.T) {
	tp := newTape(t, fold.Options{Saves: true}, tapePolicy)
	for _, original := range []string{"1", "2"} {
		tp.txn("r"+original, first, -100, reversalOf(original, pb.ReversalKind_FULL))
	}
	tp.write(&pb.LogRecord{Close: &pb.Close{Day: first, Cut: int64(first+1) * 86400}})
	made, _, err := resorted([][]fold.Saved{copied(t, tp.part, int(tp.offset)-1)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	tp.part, tp.offset = loaded(t, 0, made[0]), 1
	tp.txn("1", first+1, 100)
	tp.tells("reversed")
	if v, ok := tp.said[0].msg.(*pb.Verdict); !ok || v.AboutOffset != -1 {
		t.Errorf("said %+v", tp.said[0].msg)
	}
	for _, d := range []int32{first + 400, first + 401} {
		tp.write(&pb.LogRecord{Close: &pb.Close{Day: d, Cut: int64(d+1) * 86400}})
	}
	tp.tells("dlq/unknown_original")
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.DeadLetter); ok && m.OriginPosition != -1 {
			t.Errorf("the dead letter is %+v", m)
		}
	}
}

// TestPartedPartitionsAreRefused: what some know and others do not is named.
func TestPartedPartitionsAreRefused(t *testing.T) {
	const day = 20000
	begin := []*pb.LogRecord{
		{Term: &pb.Term{Term: 1, Mode: pb.Mode_BACKFILL}},
		{Engine: &pb.Engine{Term: 1, Version: 1, BaseCurrency: "CNY", TimeZone: "UTC", NavLagDays: 1, Epoch: 1}},
		{Policy: &pb.PolicyActivation{Term: 1, Name: "tape", Version: 1, Yaml: []byte(tapePolicy)}},
		{Tick: &pb.Tick{Term: 1, At: day * 86400, BusinessDay: day}},
	}
	closing := &pb.LogRecord{Close: &pb.Close{Term: 1, Day: day, Cut: (day + 1) * 86400}}
	rate := func(d int32, unit string, e12 int64) *pb.LogRecord {
		return &pb.LogRecord{Rates: &pb.Rates{Term: 1, Day: d, Rates: []*pb.Rate{{Unit: unit, RateE12: e12}}}}
	}
	usual := []*pb.LogRecord{rate(day, "USD", 7), closing}
	second := &pb.PolicyActivation{Term: 1, Name: "tape", Version: 2, EffectiveDay: day + 9, Yaml: bytes.Replace([]byte(tapePolicy), []byte("version: 1"), []byte("version: 2"), 1)}
	tests := []struct {
		name  string
		other []*pb.LogRecord
		says  string
	}{
		{"nothing", usual, ""},
		{"the same in another order", []*pb.LogRecord{rate(day, "USD", 8), rate(day-1, "EUR", 1), rate(day, "USD", 7), closing}, "the rate of EUR of 2024-10-03"},
		{"one told again", []*pb.LogRecord{rate(day, "USD", 8), rate(day, "USD", 7), closing}, ""},
		{"a rate", []*pb.LogRecord{rate(day, "USD", 8), closing}, "the rate of USD of 2024-10-04 is another one in partition 1"},
		{"no rate", []*pb.LogRecord{closing}, "the rate of USD of 2024-10-04"},
		{"another CLOSE", append(slices.Clone(usual), &pb.LogRecord{Close: &pb.Close{Term: 1, Day: day + 1, Cut: (day + 2) * 86400}}), "the last CLOSE is that of 2024-10-05"},
		{"another writer", append([]*pb.LogRecord{{Term: &pb.Term{Term: 9, Mode: pb.Mode_BACKFILL}}, rate(day, "USD", 7)},
			&pb.LogRecord{Rates: &pb.Rates{Term: 9, Day: day, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7}}}}, &pb.LogRecord{Close: &pb.Close{Term: 9, Day: day, Cut: (day + 1) * 86400}}), "the writer of the CLOSE is that of the term 9 in partition 1"},
		{"a policy", append(slices.Clone(usual), &pb.LogRecord{Policy: second}), "tape version 2 from 2024-10-13"},
		{"an ENGINE", append(slices.Clone(usual), &pb.LogRecord{Engine: &pb.Engine{Term: 1, Version: 1, BaseCurrency: "CNY", TimeZone: "UTC", NavLagDays: 2, Epoch: 1}}), "the ENGINE is"},
		{"a TICK", append(slices.Clone(usual), &pb.LogRecord{Tick: &pb.Tick{Term: 1, At: day*86400 + 5, BusinessDay: day}}), "the last TICK is"},
		{"the mode", append(slices.Clone(usual), &pb.LogRecord{Handover: &pb.Handover{Term: 1, Day: day}}), "the mode is"},
	}
	copyOf := func(t *testing.T, list []*pb.LogRecord) []fold.Saved {
		t.Helper()
		tp := &tape{t: t, part: fold.New(fold.Options{Saves: true})}
		for _, r := range slices.Concat(begin, list) {
			tp.write(r)
		}
		return copied(t, tp.part, int(tp.offset)-1)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := resorted([][]fold.Saved{copyOf(t, usual), copyOf(t, tt.other)}, 3)
			if tt.says == "" && err == nil {
				return
			}
			if tt.says == "" || !errors.Is(err, fold.ErrParted) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

// TestFullTablesAreRefused: units that each partition had room for may be too many for
// one.
func TestFullTablesAreRefused(t *testing.T) {
	var copies [][]fold.Saved
	for p := range 2 {
		tp := newTape(t, fold.Options{Saves: true}, tapePolicy)
		for i := range 40_000 {
			tp.fast(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
				CustomerId: fmt.Sprint("C", p, i/200), AccountId: fmt.Sprint("A", i), Unit: fmt.Sprintf("F%d-%d", p, i), AccountType: pb.AccountType_FUND,
				BusinessDay: first, EventTime: int64(first) * 86400,
			}})
		}
		tp.close(first)
		copies = append(copies, copied(t, tp.part, int(tp.offset)-1))
	}
	if _, _, err := resorted(copies, 3); !errors.Is(err, fold.ErrFull) || !strings.Contains(err.Error(), "units, at partition 1") {
		t.Errorf("%v", err)
	}
}

// TestDamagedCopiesAreRefused: what no Copy gives, and what the caller fails with.
func TestDamagedCopiesAreRefused(t *testing.T) {
	log := bankLog(t, 30, 20)
	log = log[:closes(t, log)[15]+1]
	whole := func() [][]fold.Saved { return foldedCopies(t, log, 2) }
	head := func(list []fold.Saved, nth int) (first, end int) {
		for i, r := range list {
			if r.Key[0] == '/' {
				continue
			}
			if first == 0 {
				first = i
			}
			if bytes.HasSuffix(r.Key, []byte("/h")) {
				if nth--; nth < 0 {
					return first, i + 1
				}
				first = i + 1
			}
		}
		t.Fatal("so many customers there are not")
		return 0, 0
	}
	if _, _, err := resorted(whole(), 3); err != nil {
		t.Fatal(err)
	}
	twice := whole()
	a, b := head(twice[0], 2)
	twice[1] = slices.Insert(slices.Clone(twice[1]), len(twice[1])-1, twice[0][a:b]...)
	same := whole()
	same[1] = same[0]
	turned := whole()
	a, b = head(turned[0], 0)
	c, d := head(turned[0], 1)
	turned[0] = slices.Concat(turned[0][:a], turned[0][c:d], turned[0][a:b], turned[0][d:])
	headless := whole()
	_, b = head(headless[0], 3)
	headless[0] = slices.Delete(slices.Clone(headless[0]), b-1, b)
	torn := whole()
	_, b = head(torn[0], 3)
	torn[0] = slices.Clone(torn[0])
	torn[0][b-1].Value = torn[0][b-1].Value[:9]
	for name, copies := range map[string][][]fold.Saved{"out of order": turned, "in two": same, "at the wrong end": twice, "without a head": headless, "torn": torn} {
		if _, _, err := resorted(copies, 3); !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	known, err := knownOf(whole())
	if err != nil {
		t.Fatal(err)
	}
	full, ends := errors.New("full"), errors.New("ends")
	run := func(copyErr, putErr error, to int32) error {
		r, err := fold.NewResort(known, fold.ResortOptions{Partitions: 3, Next: 1, To: func(string) int32 { return to }})
		if err != nil {
			t.Fatal(err)
		}
		copies := whole()
		_, err = r.Run([]iter.Seq2[fold.Saved, error]{sequence(copies[0], copyErr), sequence(copies[1], nil)}, func(int32, *fold.Saves) error { return putErr })
		return err
	}
	if err := run(nil, full, 1); !errors.Is(err, full) {
		t.Errorf("of put: %v", err)
	}
	if err := run(ends, nil, 1); !errors.Is(err, ends) {
		t.Errorf("of a copy: %v", err)
	}
	if err := run(nil, nil, 3); err == nil || !strings.Contains(err.Error(), "partition 3 of 3") {
		t.Errorf("a partition that is none: %v", err)
	}
}

package fold_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// closes are the places of the CLOSEs of a log.
func closes(t testing.TB, log [][]byte) (at []int) {
	t.Helper()
	for i, v := range log {
		var r pb.LogRecord
		if err := r.UnmarshalVT(v); err != nil {
			t.Fatal(err)
		}
		if r.Close != nil {
			at = append(at, i)
		}
	}
	return at
}

// copied is a copy of the partition behind the record at place at.
func copied(t testing.TB, p *fold.Partition, at int) (list []fold.Saved) {
	t.Helper()
	var topic stateTopic
	err := p.Copy(int64(at)+1, func(s *fold.Saves) error {
		topic.put(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return topic.list
}

// TestCopyFromStateIsThatFromTheLog: a copy behind a CLOSE is the same bytes whether
// the partition folded its log from the start, or was restored from whatever had been
// saved when it died before.
func TestCopyFromStateIsThatFromTheLog(t *testing.T) {
	log := twice(t, bankLog(t, 40, 150))
	ends := closes(t, log)
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 14))
		at := ends[rng.IntN(len(ends))]
		one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), mute: 1 << 62}
		for i := range at + 1 {
			one.apply(i, 1000)
			one.part.Lighten()
		}
		one.finish()
		want := copied(t, one.part, at)

		var topic stateTopic
		var saves fold.Saves
		live := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), mute: 1 << 62}
		for i := range 1 + rng.IntN(at+1) {
			live.apply(i, rng.IntN(20))
			if rng.IntN(8) == 0 {
				live.part.Save(rng.IntN(1+live.part.Unsaved()), &saves)
				live.part.SaveProgress(int64(i)+1, &saves)
				topic.put(&saves)
			}
		}
		l := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
		for _, r := range topic.list {
			l.Take(r.Key, r.Value)
		}
		part, from, newest, err := l.DoneToCopy()
		if err != nil {
			t.Fatal(err)
		}
		if newest > int64(at) {
			t.Fatalf("seed %d: the state knows of offset %d, behind the CLOSE at %d", seed, newest, at)
		}
		two := player{t: t, log: log, part: part, mute: 1 << 62}
		for i := int(from); i <= at; i++ {
			two.apply(i, 1000)
		}
		two.finish()
		got := copied(t, part, at)
		compareCopies(t, fmt.Sprintf("seed %d, CLOSE at %d, state of %d", seed, at, from), got, want)
	}
}

func compareCopies(t *testing.T, what string, got, want []fold.Saved) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d records, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i].Key, want[i].Key) || !bytes.Equal(got[i].Value, want[i].Value) {
			t.Fatalf("%s: record %d is %q\n%x\nwant %q\n%x", what, i, got[i].Key, got[i].Value, want[i].Key, want[i].Value)
		}
	}
}

// TestCopyGoesOnAlike: what is made of a copy knows what its original knows, says the
// same from there on, and gives the same copy again.
func TestCopyGoesOnAlike(t *testing.T) {
	log := twice(t, bankLog(t, 40, 150))
	ends := closes(t, log)
	one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
	next := 0
	for k := 5; k < len(ends); k += 29 {
		at := ends[k]
		for ; next <= at; next++ {
			one.apply(next, 1000)
		}
		one.finish()
		list := copied(t, one.part, at)
		l := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
		for _, r := range list {
			l.Take(r.Key, r.Value)
		}
		part, from, newest, err := l.DoneToCopy()
		if err != nil || from != int64(at)+1 || newest > int64(at) {
			t.Fatalf("from %d, newest %d, %v; want %d", from, newest, err, at+1)
		}
		what := fmt.Sprintf("CLOSE at %d", at)
		same(t, what, one.part, part)
		if a, b := one.part.Moment(), part.Moment(); a != b {
			t.Fatalf("%s: the moment is %+v, want %+v", what, b, a)
		}
		compareCopies(t, what, copied(t, part, at), list)
		two := player{t: t, log: log, part: part, all: map[string][]byte{}}
		one.mute, one.all = from, map[string][]byte{}
		for ; next < len(log) && next < at+400; next++ {
			one.apply(next, 1000)
			two.apply(next, 1000)
		}
		one.finish()
		two.finish()
		compareSaid(t, what, one.all, two.all)
	}
}

// A customer's records alone make a partition with him.
func TestPartOfACopy(t *testing.T) {
	log := bankLog(t, 20, 40)
	one := player{t: t, log: log, part: fold.New(fold.Options{Saves: true}), mute: 1 << 62}
	for i := range log {
		one.apply(i, 1000)
	}
	one.finish()
	who := one.part.Names()[7]
	whole, part := fold.NewLoading(fold.Options{}), fold.NewLoading(fold.Options{})
	for _, r := range copied(t, one.part, len(log)-1) {
		if r.Key[0] == '/' || bytes.HasPrefix(r.Key, []byte(who+"/")) {
			whole.Take(r.Key, r.Value)
			part.Take(r.Key, r.Value)
		}
	}
	if _, _, err := whole.Done(); err == nil {
		t.Error("a part was taken for the whole")
	}
	p, _, err := part.DonePart()
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Dump(); len(got) != 1 || !bytes.Equal(got[who], one.part.Dump()[who]) {
		t.Errorf("%d customers, or %s is not who he was", len(got), who)
	}
}

// In the midst of a drain there is nothing to copy; what put fails with is told.
func TestCopyRefuses(t *testing.T) {
	log := bankLog(t, 20, 5)
	at := closes(t, log)[1]
	one := player{t: t, log: log, part: fold.New(fold.Options{Saves: true}), mute: 1 << 62}
	for i := range at + 1 {
		one.apply(i, 1)
	}
	put := errors.New("full")
	give := func(*fold.Saves) error { return put }
	if err := one.part.Copy(int64(at)+1, give); !errors.Is(err, fold.ErrDraining) {
		t.Errorf("in a drain: %v", err)
	}
	one.finish()
	if err := one.part.Copy(int64(at)+1, give); !errors.Is(err, put) {
		t.Errorf("of put: %v", err)
	}
}

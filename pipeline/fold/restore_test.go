package fold_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/cases"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// stateTopic is tierwatch.state of one partition, in memory.
type stateTopic struct{ list []fold.Saved }

func (s *stateTopic) put(saves *fold.Saves) {
	for _, r := range saves.List {
		s.list = append(s.list, fold.Saved{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)})
	}
	saves.Reset()
}

// compact keeps the last record of each key, as Kafka may at any time.
func (s *stateTopic) compact() { s.compactTo(len(s.list)) }

// compactTo does it with the first n records, as if there were no others: the log cleaner
// stops in the midst of what was saved together.
func (s *stateTopic) compactTo(n int) {
	seen := map[string]bool{}
	kept := slices.Clone(s.list[n:])
	slices.Reverse(kept)
	for _, r := range slices.Backward(s.list[:n]) {
		if !seen[string(r.Key)] {
			seen[string(r.Key)] = true
			kept = append(kept, r)
		}
	}
	slices.Reverse(kept)
	s.list = kept
}

// player folds a log and tells what was said from an offset on, by customer and kind.
type player struct {
	t    testing.TB
	log  [][]byte
	part *fold.Partition
	out  fold.Outputs
	all  map[string][]byte
	// mute is the offset before which nothing is kept.
	mute int64
}

func (p *player) keep() {
	for _, o := range p.out.List {
		if o.Offset < p.mute {
			continue
		}
		key := fmt.Sprint(o.Customer, "/", o.Kind)
		p.all[key] = append(p.all[key], fmt.Sprintf("%d.%d:%x\n", o.Offset, o.Sub, o.Value)...)
	}
	p.out.Reset()
}

func (p *player) apply(i int, chunk int) {
	if err := p.part.Apply(int64(i), p.log[i], &p.out); err != nil {
		p.t.Fatal(err)
	}
	if chunk > 0 {
		p.part.Drain(chunk, &p.out)
	}
	p.keep()
}

func (p *player) finish() {
	for !p.part.Draining() || !p.part.Drain(1000, &p.out) {
		if !p.part.Draining() {
			break
		}
	}
	p.keep()
}

// TestRestoredFoldGoesOnAlike: a partition that is restored from whatever had been
// saved when it died, and folds the log from where that says, says from there on
// what one says that never died.
func TestRestoredFoldGoesOnAlike(t *testing.T) {
	t.Run("months", func(t *testing.T) { diesAnywhere(t, bankLog(t, 40, 150), 12) })
	t.Run("timers", func(t *testing.T) {
		diesAnywhere(t, heldLog(t, 40, 120), 12)
	})
	// Beyond the horizon entries and movements are forgotten.
	t.Run("years", func(t *testing.T) { diesAnywhere(t, bankLog(t, 3, 1100), 6) })
}

func diesAnywhere(t *testing.T, log [][]byte, seeds uint64) {
	t.Helper()
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 12))
		var topic stateTopic
		var saves fold.Saves
		if seed%2 == 1 { // records of usual size are cut, and the larger the more
			saves.CutAt(50 + rng.IntN(2000))
		}
		one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
		died := 1 + rng.IntN(len(log)-1)
		for i := range died {
			one.apply(i, rng.IntN(20))
			if rng.IntN(8) == 0 {
				one.part.Save(rng.IntN(1+one.part.Unsaved()), &saves)
				one.part.SaveProgress(int64(i)+1, &saves)
				topic.put(&saves)
			}
			if rng.IntN(400) == 0 {
				topic.compactTo(rng.IntN(1 + len(topic.list)))
			}
		}
		two := restored(t, log, &topic, died)
		what := fmt.Sprintf("seed %d, died at %d of %d", seed, died, len(log))
		one.finish()
		two.finish()
		if a, b := one.part.Moment(), two.part.Moment(); a != b {
			t.Fatalf("%s: the moment is %+v, want %+v", what, b, a)
		}
		same(t, what, one.part, two.part)
		one.mute, one.all = int64(died), map[string][]byte{}
		for i := died; i < len(log); i++ {
			one.apply(i, 3)
			two.apply(i, 3)
		}
		one.finish()
		two.finish()
		compareSaid(t, what, one.all, two.all)
	}
}

// restored is a player that was restored, and has folded the log up to died.
func restored(t testing.TB, log [][]byte, topic *stateTopic, died int) *player {
	t.Helper()
	l := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
	for _, r := range topic.list {
		l.Take(r.Key, r.Value)
	}
	part, from, err := l.Done()
	if err != nil {
		t.Fatal(err)
	}
	p := &player{t: t, log: log, part: part, all: map[string][]byte{}, mute: int64(died)}
	for i := int(from); i < died; i++ {
		p.apply(i, 2)
	}
	return p
}

// same compares all that two partitions know.
func same(t *testing.T, what string, one, two *fold.Partition) {
	t.Helper()
	want, got := one.Dump(), two.Dump()
	if len(want) != len(got) {
		t.Fatalf("%s: %d customers, want %d", what, len(got), len(want))
	}
	if n := two.Stats().Customers; int(n) != len(want) {
		t.Fatalf("%s: %d customers are counted, want %d", what, n, len(want))
	}
	for id, w := range want {
		if !bytes.Equal(got[id], w) {
			t.Fatalf("%s: what is known of %s differs:\n%x\nwant\n%x", what, id, got[id], w)
		}
	}
}

func compareSaid(t *testing.T, what string, want, got map[string][]byte) {
	t.Helper()
	for key, w := range want {
		if g := got[key]; !bytes.Equal(g, w) {
			n := 0
			for n < len(w) && n < len(g) && w[n] == g[n] {
				n++
			}
			t.Fatalf("%s: %s differs from byte %d on:\n%.300s\nwant\n%.300s", what, key, n, g[bytes.LastIndexByte(g[:n], '\n')+1:], w[bytes.LastIndexByte(w[:n], '\n')+1:])
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Fatalf("%s: only the restored one says %s", what, key)
		}
	}
}

// twice lets the policy that is activated be followed by another of the same day: the
// CLOSE before it drains three times.
func twice(t *testing.T, log [][]byte) [][]byte {
	t.Helper()
	for i, v := range log {
		var r pb.LogRecord
		if err := r.UnmarshalVT(v); err != nil {
			t.Fatal(err)
		}
		if r.Policy == nil || r.Policy.Version < 2 {
			continue
		}
		r.Policy.Yaml = bytes.Replace(r.Policy.Yaml, []byte("version: 2"), []byte("version: 3"), 1)
		r.Policy.Version = 3
		next, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		return slices.Insert(slices.Clone(log), i+1, next)
	}
	t.Fatal("the log activates no policy")
	return nil
}

// TestRestoredAroundAnActivation: dying at each record around the CLOSE that brings
// two policies into force, in the midst of its drains and of the TICKs that pass by them.
func TestRestoredAroundAnActivation(t *testing.T) {
	log := twice(t, bankLog(t, 40, 110))
	for _, chunk := range []int{7, 200} { // in the midst of a drain; all over before the next record
		diesAround(t, log, chunk, 1)
	}
}

// TestTimersAroundAnActivation: the same where the rules that come into force begin what is
// held for hours, and the replay is of many TICKs.
func TestTimersAroundAnActivation(t *testing.T) {
	diesAround(t, heldLog(t, 40, 110), 200, 50)
}

// TestRestoredBeforeAnOvertakenVersion: a version that names an earlier day than one that
// waits comes with that one (rule R178), also when the log was read before its last death.
func TestRestoredBeforeAnOvertakenVersion(t *testing.T) {
	var log [][]byte
	for _, r := range cases.Activations()[0].Log.Records {
		v, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, v)
	}
	for died := 5; died < len(log); died++ {
		one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}, mute: int64(died)}
		var topic stateTopic
		var saves fold.Saves
		for i := range died {
			one.apply(i, 2)
		}
		one.finish()
		one.part.Save(one.part.Unsaved(), &saves)
		one.part.SaveProgress(int64(died), &saves)
		topic.put(&saves)
		two := restored(t, log, &topic, died)
		for i := died; i < len(log); i++ {
			one.apply(i, 2)
			two.apply(i, 2)
		}
		one.finish()
		two.finish()
		what := fmt.Sprintf("died at %d", died)
		same(t, what, one.part, two.part)
		compareSaid(t, what, one.all, two.all)
	}
}

// diesAround saves behind one record of every so many.
func diesAround(t *testing.T, log [][]byte, chunk, every int) {
	t.Helper()
	one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
	var topic stateTopic
	var saves fold.Saves
	near := 0
	for i := range log {
		before := one.part.Policies()
		one.apply(i, chunk)
		if i%every == 0 {
			one.part.Save(one.part.Unsaved()/(1+i%2*(chunk%2)), &saves) // all, or half
			one.part.SaveProgress(int64(i)+1, &saves)
			topic.put(&saves)
		}
		if one.part.Policies() != before {
			near = 15
		}
		if near--; near < 0 || one.part.Draining() {
			continue
		}
		two := restored(t, log, &topic, i+1)
		two.finish()
		what := fmt.Sprintf("died at %d", i+1)
		if a, b := one.part.Moment(), two.part.Moment(); a != b {
			t.Fatalf("%s: the moment is %+v, want %+v", what, b, a)
		}
		same(t, what, one.part, two.part)
	}
}

package fold_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// openDrains is bankLog with the rates of a day at its end: behind a CLOSE come the
// records of customers, and fall between the visits of its drain.
func openDrains(t testing.TB, customers int, days int32) (log [][]byte) {
	t.Helper()
	var rates [][]byte
	for _, value := range bankLog(t, customers, days) {
		var r pb.LogRecord
		if err := r.UnmarshalVT(value); err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Rates != nil:
			rates = append(rates, value)
			continue
		case r.Close != nil:
			log = append(log, rates...)
			rates = nil
		}
		log = append(log, value)
	}
	return log
}

// The offset from which the log is folded again never goes back, however the records
// of customers whom a drain does not concern fall between its visits: what the
// partition knew before that offset is forgotten, and a change behind it would be lost.
func TestReplayFromNeverGoesBack(t *testing.T) {
	log := openDrains(t, 60, 100)
	p := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
	var saves fold.Saves
	from := int64(0)
	for i := range log {
		p.apply(i, 1)
		p.part.Save(1, &saves)
		p.part.SaveProgress(int64(i)+1, &saves)
		saves.Reset()
		now := p.part.ReplayFrom(int64(i) + 1)
		if now < from {
			t.Fatalf("after record %d the log is to be folded again from %d, before it was from %d", i, now, from)
		}
		from = now
	}
}

// A partition that dies while what a drain did waits to be saved, behind records of
// customers whom the drain does not concern, knows after its restore what one knows
// that never died.
func TestRestoredAmongOpenDrains(t *testing.T) {
	log := openDrains(t, 60, 70)
	var topic stateTopic
	var saves fold.Saves
	one := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
	for i := range log {
		one.apply(i, 1)
		one.part.Save(1, &saves)
		one.part.SaveProgress(int64(i)+1, &saves)
		topic.put(&saves)
		if i%97 == 0 {
			topic.compact()
		}
		if one.part.Draining() || i%7 != 0 {
			continue
		}
		two := restored(t, log, &topic, i+1)
		two.finish()
		same(t, fmt.Sprintf("died at %d of %d", i+1, len(log)), one.part, two.part)
	}
}

// A progress record without the moment before its offset is refused: folding on from it
// would be folding without a clock and a policy.
func TestProgressWithoutItsMomentIsRefused(t *testing.T) {
	log := bankLog(t, 5, 3)
	p := player{t: t, log: log, part: fold.New(fold.Options{Partition: 3, Saves: true}), all: map[string][]byte{}}
	var saves fold.Saves
	var topic stateTopic
	for i := range log {
		p.apply(i, 10)
	}
	p.part.Save(p.part.Unsaved(), &saves)
	fold.New(fold.Options{Saves: true}).SaveProgress(int64(len(log)), &saves)
	topic.put(&saves)
	l := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
	for _, r := range topic.list {
		l.Take(r.Key, r.Value)
	}
	if _, _, err := l.Done(); !errors.Is(err, codec.ErrDamaged) {
		t.Errorf("it is taken: %v", err)
	}
}

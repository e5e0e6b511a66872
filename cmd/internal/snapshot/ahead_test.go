package snapshot_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// stand sets where the fold stands in partition 0.
func stand(t *testing.T, b *trial.Bank, next int64, p *pb.Progress) {
	t.Helper()
	value, err := p.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	var at kadm.Offsets
	at.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Events), At: next, LeaderEpoch: -1, Metadata: "tw1:" + base64.StdEncoding.EncodeToString(value)})
	if err := client(t, b).CommitAllOffsets(t.Context(), b.Namespace.Group("fold"), at); err != nil {
		t.Fatal(err)
	}
}

func stateEnd(t *testing.T, b *trial.Bank) int64 {
	t.Helper()
	topic := b.Namespace.Topic(topics.State)
	ends, err := client(t, b).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	return end.Offset
}

// TestWhatTheFoldHasNotSaidIsNotPutBack: behind a snapshot that is ahead of the fold,
// what lies between would never be said. In the midst of a later CLOSE it is not ahead.
func TestWhatTheFoldHasNotSaidIsNotPutBack(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+10)
	s, _ := taken(t, b, snapshot.Options{Day: opened + 8})
	newest, _ := taken(t, b, snapshot.Options{})
	part, later := s.Partitions[0], newest.Partitions[0]
	end := stateEnd(t, b)
	for name, set := range map[string]func(){
		"no position":               func() {},
		"before the CLOSE":          func() { stand(t, b, part.Close, &pb.Progress{}) },
		"in the midst of its drain": func() { stand(t, b, part.Next+1, &pb.Progress{Draining: true, ControlOffset: part.Close}) },
	} {
		t.Run(name, func(t *testing.T) {
			set()
			if err := snapshot.PutBack(t.Context(), b.Deployment, 0, s); !errors.Is(err, snapshot.ErrAhead) {
				t.Errorf("it is taken: %v", err)
			}
			if now := stateEnd(t, b); now != end {
				t.Errorf("%d records were written", now-end)
			}
		})
	}
	stand(t, b, part.Next, &pb.Progress{})
	if err := snapshot.PutBack(t.Context(), b.Deployment, 0, s); err != nil {
		t.Error(err)
	}
	stand(t, b, later.Next, &pb.Progress{Draining: true, ControlOffset: later.Close})
	if err := snapshot.PutBack(t.Context(), b.Deployment, 0, s); err != nil {
		t.Errorf("in the midst of the drain of a later CLOSE: %v", err)
	}
	b.Fold() // it goes on from there
	b.Folded()
}

// onWrite does something when the first record is written.
type onWrite struct {
	once sync.Once
	do   func()
}

func (w *onWrite) OnProduceRecordUnbuffered(*kgo.Record, error) { w.once.Do(w.do) }

// TestAFoldThatRunsMeanwhileIsFound: what it has saved and what is put back do not go
// together, so neither counts.
func TestAFoldThatRunsMeanwhileIsFound(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+10)
	s, _ := taken(t, b, snapshot.Options{})
	next := s.Next(0)
	stand(t, b, next, &pb.Progress{})
	d := *b.Deployment
	d.Kafka = append(slices.Clone(d.Kafka), kgo.WithHooks(&onWrite{do: func() { stand(t, b, next+1, &pb.Progress{}) }}))
	if err := snapshot.PutBack(t.Context(), &d, 0, s); !errors.Is(err, snapshot.ErrFolded) {
		t.Errorf("it is not found: %v", err)
	}
	list, err := s.Limits(t.Context(), b.Deployment, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if list[0].State != 0 {
		t.Errorf("saved state counts, and is folded on from %d", list[0].State)
	}
}

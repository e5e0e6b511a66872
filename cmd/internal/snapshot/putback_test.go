package snapshot_test

import (
	"errors"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestPutBack: a fold whose state is lost and whose log was cut goes on from a
// snapshot, and what it saves then is what the whole log gives.
func TestPutBack(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+30)
	s, _ := taken(t, b, snapshot.Options{})
	saved(t, b, s)
	b.Days(back, opened, opened+31, opened+40)
	whole, _ := taken(t, b, snapshot.Options{})
	cutBehind(t, b, s)
	for id := range b.Partitions {
		if err := snapshot.PutBack(t.Context(), b.Deployment, id, nil); !errors.Is(err, snapshot.ErrCut) {
			t.Errorf("from the start of a log that was cut: %v", err)
		}
		if err := snapshot.PutBack(t.Context(), b.Deployment, id, s); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Limits(t.Context(), b.Deployment, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if l.State != s.Next(l.Partition) {
			t.Errorf("partition %d is folded again from %d, the snapshot goes on at %d", l.Partition, l.State, s.Next(l.Partition))
		}
	}
	saved(t, b, s)
	again, n := taken(t, b, snapshot.Options{})
	if n != 0 {
		t.Errorf("%d records were folded onto the state", n)
	}
	sameState(t, again, whole)
}

// cutBehind deletes the log before a snapshot.
func cutBehind(t *testing.T, b *trial.Bank, s *snapshot.Snapshot) {
	t.Helper()
	var to kadm.Offsets
	for _, p := range s.Partitions {
		to.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Events), Partition: p.Partition, At: p.Next})
	}
	if _, err := client(t, b).DeleteRecords(t.Context(), to); err != nil {
		t.Fatal(err)
	}
}

// sameState compares a snapshot with one of the same day that the whole log has given.
func sameState(t *testing.T, s, whole *snapshot.Snapshot) {
	t.Helper()
	for id := range whole.Partitions {
		want, err := os.ReadFile(whole.Path(int32(id)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(s.Path(int32(id)))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("the state of partition %d is not what the whole log gives", id)
		}
	}
}

package snapshot_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// TestCut: the log is cut as far as neither snapshot nor state nor warehouse need it,
// and what then wants its beginning says what it needs.
func TestCut(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+10)
	old, _ := taken(t, b, snapshot.Options{Day: opened + 3})
	s, _ := taken(t, b, snapshot.Options{Day: opened + 6})
	limits := func(of *snapshot.Snapshot) []snapshot.Limit {
		t.Helper()
		list, err := of.Limits(t.Context(), b.Deployment, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	held := func(what, by string, to func(l *snapshot.Limit) int64) {
		t.Helper()
		list := limits(s)
		for i := range list {
			if l := &list[i]; l.To() != to(l) || l.Holds() != by {
				t.Errorf("%s: cut to %d, held by %s: %+v", what, l.To(), l.Holds(), *l)
			}
		}
	}
	admin, log := client(t, b), b.Namespace.Topic(topics.Events)
	read := func(at func(l *snapshot.Limit) int64) {
		t.Helper()
		var os kadm.Offsets
		list := limits(s)
		for i := range list {
			os.Add(kadm.Offset{Topic: log, Partition: list[i].Partition, At: at(&list[i]), LeaderEpoch: -1})
		}
		if _, err := admin.CommitOffsets(t.Context(), b.Namespace.Group(clickhouse.Role), os); err != nil {
			t.Fatal(err)
		}
	}
	read(func(l *snapshot.Limit) int64 { return l.End })
	held("nothing is saved", "the state of the fold", func(*snapshot.Limit) int64 { return 0 })
	saved(t, b, s)
	read(func(*snapshot.Limit) int64 { return 0 })
	held("no warehouse", "the warehouse", func(*snapshot.Limit) int64 { return 0 })
	read(func(*snapshot.Limit) int64 { return 7 })
	held("the warehouse is behind", "the warehouse", func(*snapshot.Limit) int64 { return 7 })
	read(func(l *snapshot.Limit) int64 { return l.End })
	held("all are ahead", "the snapshot", func(l *snapshot.Limit) int64 { return s.Next(l.Partition) })
	if err := b.Control().NoteFile(t.Context(), &pb.LoadedFile{Sha256: "1", Name: "june.csv", LogEnds: []int64{3, 3}}); err != nil {
		t.Fatal(err)
	}
	held("a load was interrupted", "the interrupted load of june.csv", func(*snapshot.Limit) int64 { return 3 })
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{"june.csv"}); err != nil {
		t.Fatal(err)
	}
	held("the load was given up", "the snapshot", func(l *snapshot.Limit) int64 { return s.Next(l.Partition) })

	if err := snapshot.Cut(t.Context(), b.Deployment, limits(s)); err != nil {
		t.Fatal(err)
	}
	bounds, err := reading.Log(t.Context(), admin, b.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	for id := range bounds {
		if bounds[id].Start != s.Next(int32(id)) {
			t.Errorf("partition %d begins at %d", id, bounds[id].Start)
		}
	}
	held("cut already", "the snapshot", func(l *snapshot.Limit) int64 { return l.Start })
	wants := func(what string, err error, is error, words ...string) {
		t.Helper()
		for _, w := range words {
			if !errors.Is(err, is) || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v; want %q", what, err, w)
			}
		}
	}
	wants("without a snapshot", snapshot.Whole(b.Deployment, 1, bounds[1]), snapshot.ErrCut, "begins at offset", "--from", "next_offset")
	wants("an older snapshot", old.Fits(t.Context(), b.Deployment, bounds), snapshot.ErrCut, old.Dir, "name a newer snapshot")
	if err := s.Fits(t.Context(), b.Deployment, bounds); err != nil {
		t.Error(err)
	}
	_, err = snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
		Out: filepath.Join(t.TempDir(), "s"), Day: opened + 8, Progress: func(string, int64, int64, int64) {},
	})
	if err == nil || !strings.Contains(err.Error(), "its beginning was cut") || !strings.Contains(err.Error(), "--from") {
		t.Errorf("from a cut log: %v", err)
	}
	next, _ := taken(t, b, snapshot.Options{Day: opened + 8, From: s})
	if next.Day != opened+8 {
		t.Errorf("a snapshot of day %d", next.Day)
	}
}

// A snapshot of another log is refused.
func TestSnapshotOfAnotherLog(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+3)
	s, _ := taken(t, b, snapshot.Options{Day: opened + 1})
	bounds, err := reading.Log(t.Context(), client(t, b), b.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(s *snapshot.Snapshot){
		"is of namespace":                 func(s *snapshot.Snapshot) { s.Namespace = "other" },
		"is of 1 partitions":              func(s *snapshot.Snapshot) { s.Partitions = s.Partitions[:1] },
		"but that ends at":                func(s *snapshot.Snapshot) { s.Partitions[1].Next = 1 << 40 },
		"where the log has none":          func(s *snapshot.Snapshot) { s.Partitions[1].Close--; s.Partitions[1].Next-- },
		"behind a CLOSE of 2025-06-22 at": func(s *snapshot.Snapshot) { s.Day++ },
	} {
		other := *s
		other.Partitions = append([]snapshot.Part(nil), s.Partitions...)
		change(&other)
		if err := other.Fits(t.Context(), b.Deployment, bounds); !errors.Is(err, snapshot.ErrOther) || !strings.Contains(err.Error(), what) {
			t.Errorf("%v; want %q", err, what)
		}
	}
}

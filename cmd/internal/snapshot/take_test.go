package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const opened = 20259 // 2025-06-20

// bank saves all that changed with each commit, or nearly.
func bank(t *testing.T) *trial.Bank {
	t.Helper()
	return trial.New(t, func(c *config.Config) { c.Fold.StateAge = config.Duration(time.Millisecond) })
}

// taken is a snapshot and how many records were folded for it.
func taken(t *testing.T, b *trial.Bank, o snapshot.Options) (s *snapshot.Snapshot, folded int64) {
	t.Helper()
	o.Out, o.Program = filepath.Join(t.TempDir(), "s"), "test"
	o.Progress = func(_ string, _, _, n int64) { folded = n }
	s, err := snapshot.Take(t.Context(), b.Deployment, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(0, func(int) {}); err != nil {
		t.Fatal(err)
	}
	return s, folded
}

func client(t *testing.T, b *trial.Bank) *kadm.Client {
	t.Helper()
	c, err := kgo.NewClient(b.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return kadm.NewClient(c)
}

// saved runs the fold until its state needs nothing of the log before its end.
func saved(t *testing.T, b *trial.Bank, s *snapshot.Snapshot) {
	t.Helper()
	b.Fold()
	b.Folded()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for whole := false; !whole; {
		list, err := s.Limits(ctx, b.Deployment, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		whole = true
		for _, l := range list {
			whole = whole && l.State == l.End
		}
	}
	b.Rest()
}

// foldLog folds a partition of the log from its start up to next, and gives the offset
// behind the last record.
func foldLog(t *testing.T, b *trial.Bank, p *fold.Partition, id int32, next int64) (end int64) {
	t.Helper()
	bounds, err := reading.Log(t.Context(), client(t, b), b.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	log, err := reading.Open(b.Kafka, b.Namespace.Topic(topics.Events), id, 0, min(next, bounds[id].End))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var out fold.Outputs
	for r, err := log.Read(t.Context()); err == nil; r, err = log.Read(t.Context()) {
		if err := p.Apply(r.Offset, r.Value, &out); err != nil {
			t.Fatal(err)
		}
		for p.Draining() {
			p.Drain(1, &out)
		}
		out.Reset()
		end = r.Offset + 1
	}
	return end
}

// folded is the file of a partition as it must be: its log folded from the start.
func folded(t *testing.T, b *trial.Bank, s *snapshot.Snapshot, id int32) []byte {
	t.Helper()
	p, next := fold.New(fold.Options{Partition: id, Saves: true}), s.Next(id)
	foldLog(t, b, p, id, next)
	var file bytes.Buffer
	w, err := snapshot.NewWriter(&file, snapshot.Header{
		Namespace: s.Namespace, Partition: id, Day: s.Day, Close: next - 1, Epoch: s.Epoch, Program: "test",
	})
	if err == nil {
		err = p.Copy(next, func(list *fold.Saves) error {
			for _, r := range list.List {
				if err := w.Put(r.Key, r.Value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		_, err = w.End()
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// sameFiles compares all files of a snapshot with what the log gives.
func sameFiles(t *testing.T, what string, b *trial.Bank, s *snapshot.Snapshot) {
	t.Helper()
	for id := range s.Partitions {
		got, err := os.ReadFile(s.Path(int32(id)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, folded(t, b, s, int32(id))) {
			t.Errorf("%s: the file of partition %d is not what its log gives", what, id)
		}
	}
}

// TestSnapshotsAreTheSameFromWherever: from the start of the log, from the state topic
// behind and before the CLOSE, and from an older snapshot.
func TestSnapshotsAreTheSameFromWherever(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+40)
	older, all := taken(t, b, snapshot.Options{})
	sameFiles(t, "from the start", b, older)
	if older.Day != opened+40 || older.Manifest.Day != "2025-07-30" {
		t.Errorf("the newest closed day is %d, %s", older.Day, older.Manifest.Day)
	}
	saved(t, b, older)
	s, n := taken(t, b, snapshot.Options{})
	if n != 0 {
		t.Errorf("%d records were folded onto the state behind the CLOSE", n)
	}
	sameFiles(t, "from the state", b, s)

	b.Days(back, opened, opened+41, opened+50)
	s, n = taken(t, b, snapshot.Options{Day: opened + 48})
	if n == 0 || n >= all {
		t.Errorf("%d records were folded, %d from the start", n, all)
	}
	sameFiles(t, "from the state before the CLOSE", b, s)

	saved(t, b, older) // what it knows is newer now
	s, n = taken(t, b, snapshot.Options{Day: opened + 45, From: older})
	if n == 0 || n >= all {
		t.Errorf("%d records were folded onto the older snapshot, %d from the start", n, all)
	}
	sameFiles(t, "from the older snapshot", b, s)
	s, n = taken(t, b, snapshot.Options{Day: opened + 40, From: older})
	if n != 0 {
		t.Errorf("%d records were folded onto the snapshot of that day", n)
	}
	sameFiles(t, "from the snapshot of that day", b, s)
	if s, n = taken(t, b, snapshot.Options{Day: opened + 45}); n <= all {
		t.Errorf("%d records were folded, the state was newer", n)
	}
	sameFiles(t, "from the start again", b, s)
}

// TestStateThatKnowsMoreIsNotUsed: half of the customers were saved behind the CLOSE,
// the others before it, so that the log would be folded again from before it.
func TestStateThatKnowsMoreIsNotUsed(t *testing.T) {
	b := bank(t)
	b.Days(b.Backfill(opened), opened, opened, opened+20)
	writer, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.Kafka...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	first, all := taken(t, b, snapshot.Options{Day: opened + 12})
	for id, bounds := range first.Partitions {
		p := fold.New(fold.Options{Partition: int32(id), Saves: true})
		end := foldLog(t, b, p, int32(id), 1<<40)
		var saves fold.Saves
		p.Save(p.Unsaved()/2, &saves)
		p.SaveProgress(end, &saves)
		for _, r := range saves.List {
			k := &kgo.Record{Topic: b.Namespace.Topic(topics.State), Partition: int32(id), Key: r.Key, Value: r.Value}
			if err := writer.ProduceSync(t.Context(), k).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if from := p.ReplayFrom(end); from == 0 || from > bounds.Close {
			t.Fatalf("the log would be folded again from %d, the CLOSE is at %d", from, bounds.Close)
		}
	}
	s, n := taken(t, b, snapshot.Options{Day: opened + 12})
	if n != all {
		t.Errorf("%d records were folded, %d from the start", n, all)
	}
	sameFiles(t, "with a state that knows more", b, s)
}

func TestDayThatIsNotClosed(t *testing.T) {
	b := bank(t)
	take := func(day int32) error {
		_, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
			Out: filepath.Join(t.TempDir(), "s"), Day: day, Progress: func(string, int64, int64, int64) {},
		})
		return err
	}
	back := b.Backfill(opened)
	if err := take(0); !errors.Is(err, snapshot.ErrNotClosed) || !strings.Contains(err.Error(), "has no CLOSE") {
		t.Errorf("of no day: %v", err)
	}
	b.Days(back, opened, opened, opened+2)
	b.Days(back, opened, opened+4, opened+5)
	for day, want := range map[int32]string{
		opened - 1: "before it: none, after it: 2025-06-20",
		opened + 3: "before it: 2025-06-22, after it: 2025-06-24",
		opened + 9: "before it: 2025-06-25, after it: none",
	} {
		if err := take(day); !errors.Is(err, snapshot.ErrNotClosed) || !strings.Contains(err.Error(), want) {
			t.Errorf("day %d: %v; want %q", day, err, want)
		}
	}
}

package explaining_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// told is what explain shows, as JSON.
func told(t *testing.T, b *trial.Bank, q explaining.Question) (string, error) {
	t.Helper()
	x, alerts, err := explaining.Replay(t.Context(), b.Deployment, q, func(int64, int64) {})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(explaining.New(x, alerts, "CNY"))
	return string(text), err
}

// TestExplainedFromASnapshot: a log whose beginning was cut tells with a snapshot what
// it told as a whole, alerts that were opened before it too.
func TestExplainedFromASnapshot(t *testing.T) {
	b := trial.New(t)
	const opened, of = 20259, 20259 + 60
	back := b.Backfill(opened)
	b.Days(back, opened, opened, of)
	s, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
		Out: filepath.Join(t.TempDir(), "s"), Progress: func(string, int64, int64, int64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(c int, at int32, from *snapshot.Snapshot) explaining.Question {
		return explaining.Question{Customer: fmt.Sprint("C", c), At: at, From: from}
	}
	if _, err := told(t, b, ask(1, of, s)); err == nil || !strings.Contains(err.Error(), "start the role fold") {
		t.Errorf("before anything was folded: %v", err)
	}
	b.Days(back, opened, of+1, of+40)
	b.Fold()
	b.Folded()
	want, alerts := map[string]string{}, 0
	days := []int32{of, of + 1, of + 12, of + 40, 0}
	for c := range 12 {
		for _, at := range days {
			text, err := told(t, b, ask(c, at, nil))
			if err != nil {
				t.Fatal(err)
			}
			want[fmt.Sprint(c, at)] = text
			if at == of && strings.Contains(text, `"alerts":[{`) {
				alerts++
			}
		}
	}
	if alerts == 0 {
		t.Fatal("no alert is open at the snapshot's day")
	}
	cut(t, b, s)
	if _, err := told(t, b, ask(1, 0, nil)); !errors.Is(err, snapshot.ErrCut) || !strings.Contains(err.Error(), "--from") {
		t.Errorf("without a snapshot: %v", err)
	}
	if _, err := told(t, b, ask(1, of-1, s)); !errors.Is(err, explaining.ErrBefore) || !strings.Contains(err.Error(), "2025-08-19") {
		t.Errorf("of a day before it: %v", err)
	}
	if _, err := told(t, b, explaining.Question{Customer: "nobody", From: s}); !errors.Is(err, explaining.ErrUnknown) {
		t.Errorf("of nobody: %v", err)
	}
	for c := range 12 {
		for _, at := range days {
			text, err := told(t, b, ask(c, at, s))
			if err != nil {
				t.Fatal(err)
			}
			if w := want[fmt.Sprint(c, at)]; text != w {
				t.Errorf("C%d at %d:\n%s\nthe whole log tells\n%s", c, at, text, w)
			}
		}
	}
}

// cut deletes the log before a snapshot.
func cut(t *testing.T, b *trial.Bank, s *snapshot.Snapshot) {
	t.Helper()
	client, err := kgo.NewClient(b.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var to kadm.Offsets
	for _, p := range s.Partitions {
		to.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Events), Partition: p.Partition, At: p.Next})
	}
	done, err := kadm.NewClient(client).DeleteRecords(t.Context(), to)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

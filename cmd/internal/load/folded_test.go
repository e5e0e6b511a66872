package load_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// loaded runs a load to its end, or until stop, and gives what the fold said of it.
func loaded(t *testing.T, b *trial.Bank, f load.File, stop bool) (*load.Result, *folded.Said) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, err := load.Prepare(ctx, b.Deployment, load.Options{
		Files: []load.File{f}, MaxDisorder: 500, Announce: func(string) {},
		Policy: &pb.PolicyActivation{Name: "small", Version: 1, Yaml: []byte(trial.Policy)},
		Progress: func(stage string, _, _, _ int64) {
			if stop && stage == load.StageLoad {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r, err := l.Run(ctx)
	if stop {
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("an interrupted load: %v", err)
		}
		b.Folded()
		return nil, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	b.Folded()
	said, err := l.Folded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r, said
}

func wantFolded(t *testing.T, got *folded.Said, refused, verdicts string) {
	t.Helper()
	if r, v := fmt.Sprint(got.Refused), fmt.Sprint(got.Verdicts); r != refused || v != verdicts || got.Partial || (got.Since == 0) != (len(got.Refused) == 0) {
		t.Errorf("refused %s, verdicts %s, since %d, partial %t; want %s and %s", r, v, got.Since, got.Partial, refused, verdicts)
	}
}

// What the fold says is counted by load: that of earlier loads is not in it, and that
// of a load's interrupted start is.
func TestWhatTheFoldRefusesIsCountedByLoad(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	b.Publish()
	b.Fold()
	_, one := loaded(t, b, file(t, dir, "one.csv",
		"1,2025-06-20,C1,10.00,CNY", "1,2025-06-20,C1,11.00,CNY", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C2,10.00,CNY"), false)
	wantFolded(t, one, "map[id_conflict:1]", "map[duplicate:1]")
	_, none := loaded(t, b, file(t, dir, "none.csv", "3,2025-06-23,C1,10.00,CNY"), false)
	wantFolded(t, none, "map[]", "map[]")

	two := file(t, dir, "two.csv", "1,2025-06-20,C1,12.00,CNY", "4,2024-01-02,C1,1.00,CNY", "5,2025-06-23,C2,1.00,CNY", "6,2025-06-24,C2,1.00,CNY",
		"6,2025-06-25,C2,1.00,CNY")
	loaded(t, b, two, true)
	before := len(b.Letters())
	if before < 3 {
		t.Fatalf("%d letters before the load goes on: the interrupted start wrote nothing", before)
	}
	r, said := loaded(t, b, two, false)
	if !r.Resumed {
		t.Errorf("%+v", r)
	}
	wantFolded(t, said, "map[id_conflict:2 too_late:1]", "map[late:1]")
}

// A load that an older version began has not noted where: its count says so.
func TestWhatTheFoldRefusesOfALoadThatGoesOnWithoutItsBeginning(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	b.Fold()
	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "1,2025-06-20,C1,11.00,CNY", "2,2025-06-22,C1,10.00,CNY")
	loaded(t, b, f, true)
	// As a version before this one left it.
	topic := b.Control()
	for _, had := range topic.Table().Files() {
		old := had.CloneVT()
		old.BeganLog, old.BeganDlq, old.BeganVerdicts = nil, nil, nil
		if err := topic.NoteFile(t.Context(), old); err != nil {
			t.Fatal(err)
		}
	}
	if _, said := loaded(t, b, f, false); !said.Partial || len(said.Refused) != 0 {
		t.Errorf("%+v: what it covers is not said", said)
	}
}

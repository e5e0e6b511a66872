package letters_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

const far = 47121 // 2099-01-05

// What load rejects, a redrive does not let through: a day that lies ahead, of a row and
// of a record that the fold had refused.
func TestADayThatLiesAheadDoesNotGoThrough(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	b.Publish()
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", far, 100_00))
	b.Close(back, day)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	mapping := trial.Write(t, dir, "people.yaml", people)
	b.MustLoad(load.Options{Files: []load.File{{
		Path: trial.Write(t, dir, "people.csv", "id,name,since\nC2,A,2099-01-05\nC3,B,2025-06-21\n"), Mapping: mapping,
	}}})
	b.Fold()
	b.Folded()
	before := len(b.Log())
	fates := map[string]letters.Fate{}
	redriveWith(t, b, letters.RedriveOptions{Mapping: mapping, Told: func(f letters.Fate) { fates[f.Letter.Stage] = f }})
	for stage, want := range map[string]string{letters.StageIngest: letters.Rejected, letters.StageFold: letters.Pointless} {
		if f := fates[stage]; f.Letter.Cause != "future_day" || f.What != want || !strings.Contains(f.Why, "2099-01-05 lies ahead") {
			t.Errorf("%s: %s %s: %s, want %s", stage, f.Letter.DeadLetter, f.What, f.Why, want)
		}
	}
	if n := len(b.Log()); n != before {
		t.Errorf("%d records went into the log", n-before)
	}
}

// A redrive tells what the fold did with what it wrote, or that nobody folds.
func TestARedriveEndsWithTheVerdictsOfTheFold(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 10_00), b.Pay("2", "C1", day+30, 7_00), b.Pay("3", "C2", day+60, 7_00), b.Pay("1", "C1", day, 10_00))
	b.Close(back, day)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Fold()
	b.Folded()
	// The log comes to the day of 2, not to that of 3.
	back = b.Backfill(day)
	for d := int32(day + 1); d <= day+30; d++ {
		b.Close(back, d)
	}
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Folded()
	again := func() (string, error) {
		r, err := letters.NewRedriver(t.Context(), b.Deployment, letters.RedriveOptions{Again: true, Told: func(letters.Fate) {}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if said, err := r.Folded(t.Context()); said != nil || err != nil {
			t.Errorf("before anything was written: %v, %v", said, err)
		}
		for _, l := range b.Letters()[:2] {
			if err := r.Send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		said, err := r.Folded(t.Context())
		if err != nil {
			return "", err
		}
		return fmt.Sprint(said.Refused, said.Verdicts), nil
	}
	if said, err := again(); said != "map[future_day:1] map[late:1]" || err != nil {
		t.Errorf("the fold said %s, %v", said, err)
	}
	if said, err := again(); said != "map[future_day:1] map[duplicate:1]" || err != nil {
		t.Errorf("once more the fold said %s, %v", said, err)
	}
	b.Rest()
	if _, err := again(); !errors.Is(err, letters.ErrNoFold) {
		t.Errorf("without a fold: %v", err)
	}
}

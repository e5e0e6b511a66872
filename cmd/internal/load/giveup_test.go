package load_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// A wrong file was loaded beside a live log, and interrupted: it need not come to its end.
// Given up it counts as loaded, with all files of its load, and others stay as they are.
func TestAnInterruptedLoadIsGivenUp(t *testing.T) {
	b, dir := trial.New(t, walled), t.TempDir()
	b.Publish()
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
	b.Run(role.Conductor, run, err)
	b.Ticked()
	files, shas := pair(t, dir)
	interrupt(t, b, files...)
	other := file(t, dir, "other.csv", "9,2025-06-20,C1,10.00,CNY")
	interrupt(t, b, other)
	open := func() (names []string) {
		for _, f := range b.Control().Table().Files() {
			if !f.Done {
				names = append(names, f.Name)
			}
		}
		return names
	}
	if n := len(open()); n != 3 {
		t.Fatalf("%v have not come to their end", open())
	}
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{filepath.Join(dir, "two.csv"), filepath.Join(dir, "three.csv")}); !errors.Is(err, load.ErrNotInterrupted) ||
		exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "three.csv") || !strings.Contains(err.Error(), "one.csv, other.csv, two.csv") {
		t.Errorf("a file that was not loaded: %v", err)
	}
	if n := len(open()); n != 3 {
		t.Errorf("what is refused gives nothing up: %v", open())
	}

	// The second file of a load stands for it.
	given, err := load.GiveUp(t.Context(), b.Control(), []string{filepath.Join(dir, "two.csv")})
	if err != nil || len(given) != 2 || given[0].Name != "one.csv" || given[1].Name != "two.csv" {
		t.Fatalf("given up: %v, %v", given, err)
	}
	if list := open(); len(list) != 1 || list[0] != "other.csv" {
		t.Errorf("%v have not come to their end, want other.csv", list)
	}
	table := b.Control().Table()
	for i, sha := range shas {
		if f := table.File(sha); f.Name != filepath.Base(files[i].Path) || len(f.Header) == 0 || len(f.LogEnds) != 2 {
			t.Errorf("what was noted of it is lost: %v", f)
		}
	}
	if _, err := b.Load(load.Options{Files: files}); !errors.Is(err, load.ErrLoaded) || exit.Of(err) != exit.Usage {
		t.Errorf("given once more: %v", err)
	}
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{filepath.Join(dir, "one.csv")}); !errors.Is(err, load.ErrNotInterrupted) {
		t.Errorf("given up twice: %v", err)
	}

	// It was put right under its old name: the noted one is meant.
	right := file(t, dir, "other.csv", "9,2025-06-20,C2,10.00,CNY")
	if given, err := load.GiveUp(t.Context(), b.Control(), []string{right.Path}); err != nil || len(given) != 1 {
		t.Fatalf("by its name: %v, %v", given, err)
	}
	if r := b.MustLoad(load.Options{Files: []load.File{right}}); r.Resumed || r.Written != 1 {
		t.Errorf("the right one: %+v", r)
	}
	if r := b.MustLoad(load.Options{Files: files, Again: true}); r.Resumed || r.Written != 3 {
		t.Errorf("with --again: %+v", r)
	}
}

// Whoever holds the lease is not given up; of two files of one name the very file is wanted.
func TestWhatIsNotGivenUp(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	for _, sha := range []string{"1", "2"} {
		if err := b.Control().NoteFile(t.Context(), &pb.LoadedFile{Sha256: sha, Name: "core.csv", Load: []string{sha}}); err != nil {
			t.Fatal(err)
		}
	}
	gone := filepath.Join(dir, "core.csv")
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{gone}); err == nil || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "loads of 2 files of that name") {
		t.Errorf("two of one name: %v", err)
	}
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{gone}); err == nil || exit.Of(err) != exit.Usage {
		t.Errorf("a directory: %v", err)
	}
	back := b.Backfill(20_250)
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{"x.csv"}); err == nil || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "a load holds the lease (trial)") {
		t.Errorf("while a load holds the lease: %v", err)
	}
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{"x.csv"}); !errors.Is(err, load.ErrNotInterrupted) {
		t.Errorf("behind it: %v", err)
	}
}

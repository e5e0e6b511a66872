package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"
)

func TestAnEmptyCellIsNoPoint(t *testing.T) {
	name := filepath.Join(t.TempDir(), "memory.csv")
	if err := os.WriteFile(name, []byte("minutes,fold-1,fold-2\n0,10,11\n1,12,\n2,13,9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	head, lines, err := read(name)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(head, []string{"minutes", "fold-1", "fold-2"}) || !slices.Equal(lines[1], plotter.XYs{{X: 0, Y: 11}, {X: 2, Y: 9}}) {
		t.Errorf("head %v, second line %v", head, lines[1])
	}
}

func TestTextIsNoFigure(t *testing.T) {
	name := filepath.Join(t.TempDir(), "memory.csv")
	if err := os.WriteFile(name, []byte("minutes,fold-1\n0,much\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := read(name); err == nil {
		t.Error("no error")
	}
}

func TestAveraged(t *testing.T) {
	line := plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 3}, {X: 2, Y: 5}, {X: 3, Y: 7}, {X: 4, Y: 9}}
	if got, want := averaged(line, 3), (plotter.XYs{{X: 0.5, Y: 2}, {X: 2.5, Y: 6}, {X: 4, Y: 9}}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := averaged(line, 5); !slices.Equal(got, line) {
		t.Errorf("%v: want each point of a line that is short", got)
	}
}

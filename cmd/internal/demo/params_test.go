package demo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/sources/synth"
)

// A data directory keeps its bank; a flag that says otherwise is refused, and
// one that is not given is not asked about.
func TestAdopt(t *testing.T) {
	dir := t.TempDir()
	first := synth.Defaults()
	first.Customers, first.Seed = 50, 9
	if resumed, err := Adopt(dir, &first, func(string) bool { return true }); err != nil || resumed {
		t.Fatalf("first start: resumed %t, %v", resumed, err)
	}
	if owns, err := Owns(dir); !owns || err != nil {
		t.Errorf("after the first start: owns %t, %v", owns, err)
	}
	second := synth.Defaults()
	if resumed, err := Adopt(dir, &second, func(string) bool { return false }); err != nil || !resumed || second != first {
		t.Errorf("second start: resumed %t, %v, bank %+v; want that of the first", resumed, err, second)
	}
	third := synth.Defaults()
	third.Seed = 10
	_, err := Adopt(dir, &third, func(flag string) bool { return flag == "seed" })
	if !errors.Is(err, ErrOtherBank) || !strings.Contains(err.Error(), "--seed 9") {
		t.Errorf("another seed: %v", err)
	}
}

// A log that a load wrote is not taken over, and stays without a demo's state.
func TestAdoptRefusesAnothersLog(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "kafka"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := synth.Defaults()
	_, err := Adopt(dir, &p, func(string) bool { return false })
	if !errors.Is(err, ErrOtherLog) || !strings.Contains(err.Error(), "give another --data-dir") {
		t.Errorf("a log without a demo's state: %v", err)
	}
	if owns, err := Owns(dir); owns || err != nil {
		t.Errorf("the refused demo owns the directory: %t, %v", owns, err)
	}
}

func TestValidateTellsEverything(t *testing.T) {
	p := Params{Bank: synth.Defaults(), Lang: "fr"}
	p.Bank.Months = 0
	err := p.Validate()
	for _, part := range []string{"months is 0", `--lang "fr"`, "--day 0s"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v: lacks %q", err, part)
		}
	}
}

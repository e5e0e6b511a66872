package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The faults of a seed are the same each time; those of another are others.
func TestFaultsHangOnTheSeed(t *testing.T) {
	one := draw(7, time.Minute)
	if !slices.Equal(one, draw(7, time.Minute)) {
		t.Error("a seed gives different faults")
	}
	if slices.Equal(one, draw(8, time.Minute)) {
		t.Error("two seeds give the same faults")
	}
}

// apart makes a blackout the kills that it is of.
func apart(plan []fault) (list []fault) {
	for _, f := range plan {
		if f.Kind != blackout {
			list = append(list, f)
			continue
		}
		for name := range strings.SplitSeq(f.Target, " ") {
			list = append(list, fault{f.At, kill, name, f.For, 0})
		}
	}
	return list
}

// A fault meets nobody who is down; every target is met; at least one fold is left;
// a pause outlasts the session.
func TestFaultsMeetWhoIsThere(t *testing.T) {
	met := map[string]bool{}
	for seed := range uint64(20) {
		until := map[string]time.Duration{}
		live := slices.Clone(folds[:firstFolds])
		for _, f := range apart(draw(seed, time.Minute)) {
			met[string(f.Kind)] = true
			met[f.Target] = true
			if f.Kind == repeat || f.Kind == handover {
				continue
			}
			if f.At < until[f.Target] {
				t.Errorf("seed %d: %s, but the target is busy until %s", seed, f, until[f.Target])
			}
			until[f.Target] = f.At + f.For
			isFold := slices.Contains(folds, f.Target)
			switch {
			case f.Kind == add:
				live = append(live, f.Target)
			case isFold && !slices.Contains(live, f.Target):
				t.Errorf("seed %d: %s, which does not run", seed, f)
			case f.Kind == remove:
				live = slices.DeleteFunc(live, func(name string) bool { return name == f.Target })
			}
			if len(live) == 0 {
				t.Errorf("seed %d: no fold is left after %s", seed, f)
			}
			if f.Kind == pause && f.Target != kafkaEngine && f.Target != clickhouseEngine && f.For < 10*time.Second {
				t.Errorf("seed %d: %s is shorter than the session", seed, f)
			}
		}
	}
	for _, want := range slices.Concat(ingests, conductors, folds, warehouses, []string{
		kafkaEngine, clickhouseEngine, source, inOffice, string(kill), string(pause), string(stop), string(add), string(remove),
	}) {
		if !met[want] {
			t.Errorf("20 seeds never meet %s", want)
		}
	}
}

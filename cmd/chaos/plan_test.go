package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The faults of a seed are the same each time; those of another are others.
func TestFaultsHangOnTheSeed(t *testing.T) {
	embedded := scene{brokers: brokerNames(0)}
	one := draw(7, time.Minute, embedded)
	if !slices.Equal(one, draw(7, time.Minute, embedded)) {
		t.Error("a seed gives different faults")
	}
	if slices.Equal(one, draw(8, time.Minute, embedded)) {
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

// scenes are those that runs are made in.
var scenes = map[string]scene{
	"embedded": {brokers: brokerNames(0)},
	"one node": {brokers: brokerNames(1), comeback: javaStart},
	"three":    {brokers: brokerNames(3), comeback: javaStart},
	"volleys":  {brokers: brokerNames(3), comeback: javaStart, volleys: 6 * time.Second},
}

// A fault meets nobody who is down; every target is met; at least one fold is left;
// a pause outlasts the session; of a cluster one node is away at a time.
func TestFaultsMeetWhoIsThere(t *testing.T) {
	for name, s := range scenes {
		t.Run(name, func(t *testing.T) {
			met := map[string]bool{}
			for seed := range uint64(20) {
				follow(t, seed, s, met)
			}
			want := slices.Concat(ingests, conductors, folds, warehouses, s.brokers, []string{
				clickhouseEngine, source, inOffice, string(kill), string(pause), string(stop), string(add), string(remove),
			})
			if len(s.brokers) > 1 {
				want = append(want, string(killLeader), string(killCoordinator))
			}
			for _, want := range want {
				if !met[want] {
					t.Errorf("20 seeds never meet %s", want)
				}
			}
		})
	}
}

// follow checks the plan of a seed, and notes what it meets.
func follow(t *testing.T, seed uint64, s scene, met map[string]bool) {
	t.Helper()
	until := map[string]time.Duration{}
	live := slices.Clone(folds[:firstFolds])
	var node fault // the last that was away
	for _, f := range apart(draw(seed, time.Minute, s)) {
		met[string(f.Kind)] = true
		met[f.Target] = true
		if f.Kind == repeat || f.Kind == handover {
			continue
		}
		if f.At < until[f.Target] {
			t.Errorf("seed %d: %s, but the target is busy until %s", seed, f, until[f.Target])
		}
		until[f.Target] = f.At + f.For
		if slices.Contains(s.brokers, f.Target) {
			if node.Target != "" && f.At < node.At+node.For+s.comeback {
				t.Errorf("seed %d: %s, while that of %s is not over", seed, f, node)
			}
			node = f
		}
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
		if f.Kind == pause && strings.Contains(f.Target, "-") && !slices.Contains(s.brokers, f.Target) && f.For < 10*time.Second {
			t.Errorf("seed %d: %s is shorter than the session", seed, f)
		}
	}
}

// Volleys come beside the other faults and meet most of the roles' processes.
func TestVolleysMeetMost(t *testing.T) {
	kills := func(volleys time.Duration) (n int) {
		for seed := range uint64(20) {
			for _, f := range draw(seed, time.Minute, scene{brokers: brokerNames(0), volleys: volleys}) {
				if f.Kind == kill && strings.Contains(f.Target, "-") {
					n++
				}
			}
		}
		return n
	}
	if without, with := kills(0), kills(6*time.Second); with < 2*without {
		t.Errorf("%d kills of roles without volleys, %d with", without, with)
	}
}

// The folds are killed once when the second policy comes into force; the other faults are
// those that come without it.
func TestTheReformIsMet(t *testing.T) {
	s := scene{brokers: brokerNames(0)}
	without := draw(7, time.Minute, s)
	s.reform = 20 * time.Second
	rest := slices.DeleteFunc(draw(7, time.Minute, s), func(f fault) bool {
		return f == fault{At: s.reform, Kind: reform, Target: "fold", For: 40 * time.Second}
	})
	if !slices.Equal(rest, without) || len(draw(7, time.Minute, s)) != len(rest)+1 {
		t.Errorf("with a reform the faults are %v, without %v", draw(7, time.Minute, s), without)
	}
}

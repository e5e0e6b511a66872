package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// program is a file that passes for the program.
func program(t *testing.T) string { return os.Args[0] }

func TestFlagsOfASteadyRun(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"", ""},
		{"-duration 10s", "duration must be at least 1m"},
		{"-rate 100", "rate must be at least 200"},
		{"-day 1s", "day must be between"},
		{"-close-at 0.5 -day 1m", "close-at is for days of 24h"},
		{"-restart-at 1", "are shares"},
		{"-retention 30s", "retention must be at least 1m"},
		{"-program absent", "make build makes it"},
		{"-late 101", "late is 0 to 100"},
	} {
		args := strings.Fields(c.args)
		if !strings.Contains(c.args, "-program") {
			args = append(args, "-program", program(t))
		}
		_, err := parseSteady("latency", args, 1)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: error %v, want %q", c.args, err, c.want)
		}
	}
}

func TestTheDayEndsWithinTheLoad(t *testing.T) {
	b, err := parseSteady("latency", []string{"-program", program(t), "-duration", "5m", "-close-at", "0.4"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var r record
	r.set(b.steadyOptions)
	if want := int64(86_400 - 120); r.from != want || r.start.Unix() != midnight(firstDay)+want {
		t.Errorf("the load begins at second %d, clock %s; want %d", r.from, r.start, want)
	}
	if r.day != firstDay-1 {
		t.Errorf("openings are of day %d, want the one before the first, %d", r.day, firstDay-1)
	}
	parts := strings.Split(r.clock(b.factor()), ",")
	if len(parts) != 3 || parts[2] != "1" || !strings.HasSuffix(parts[0], "T15:58:00Z") {
		t.Errorf("clock %v, want 23:58 at +08:00 and factor 1", parts)
	}
}

func TestDaysOfSeconds(t *testing.T) {
	b, err := parseSteady("endurance", []string{"-program", program(t)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if b.factor() != 21_600 || tickOf(4320) != "30m" || tickOf(1) != "1m" || tickOf(1e9) != "2h" {
		t.Errorf("factor %g, tick %s", b.factor(), tickOf(4320))
	}
	s := b.stream()
	if s.events != 108_000_000 || s.span != 1350*86_400 || b.customers != 5_000 {
		t.Errorf("%d bookings of %d customers over %d s, want 1350 days of 80,000", s.events, b.customers, s.span)
	}
	if got := b.gathers(); got != 1600*time.Second {
		t.Errorf("gathers for %s, want 400 days of 4 s", got)
	}
	var r record
	r.set(b.steadyOptions)
	if r.from != 0 || r.day >= firstDay-1 {
		t.Errorf("from %d, openings of day %d: want midnight, and a day before those that pass until the load", r.from, r.day)
	}
}

func TestFoldsAreStaticMembersUnlessToldOtherwise(t *testing.T) {
	for _, c := range []struct {
		name, args string
		want       []string
	}{
		{"latency", "", []string{"--set", "fold.instance_id=fold-2"}},
		{"latency", "-static=false", nil},
		{"endurance", "", nil},
		{"endurance", "-static", []string{"--set", "fold.instance_id=fold-2"}},
	} {
		b, err := parseSteady(c.name, append(strings.Fields(c.args), "-program", program(t)), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.own("fold", "fold-2"); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: a fold gets %q, want %q", c.name, c.args, got, c.want)
		}
		if got := b.own("warehouse", "warehouse-1"); got != nil {
			t.Errorf("%s %s: the warehouse gets %q", c.name, c.args, got)
		}
		if got := b.membership(); strings.HasPrefix(got, "static") != (c.want != nil) {
			t.Errorf("%s %s: told as %q", c.name, c.args, got)
		}
	}
}

func TestAWindowThatNeverWasHoldsNothing(t *testing.T) {
	at := time.Unix(100, 0)
	if (window{}).holds(at) {
		t.Error("it holds something")
	}
	w := window{at, at.Add(time.Second)}
	if !w.holds(at) || w.holds(at.Add(time.Second)) || w.holds(at.Add(-1)) {
		t.Error("its begin belongs to it, its end does not")
	}
}

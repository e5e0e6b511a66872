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
		{"-clickhouse-pause 0.15", "give a share of the duration and a length"},
		{"-clickhouse-pause x:30s", "give a share of the duration and a length"},
		{"-clickhouse-pause 1.5:30s", "the share is between 0 and 1"},
		{"-clickhouse-pause 0.5:1ms", "at least 1s"},
		{"-clickhouse-pause 0.9:1m", "does not end within 5m"},
		{"-clickhouse-pause=", ""},
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
	if b.factor() != 28_800 || tickOf(4320) != "30m" || tickOf(1) != "1m" || tickOf(1e9) != "2h" {
		t.Errorf("factor %g, tick %s", b.factor(), tickOf(4320))
	}
	s := b.stream()
	if s.events != 108_000_000 || s.span != 1800*86_400 || b.customers != 5_000 {
		t.Errorf("%d bookings of %d customers over %d s, want 1800 days of 60,000", s.events, b.customers, s.span)
	}
	if got := b.gathers(); got != 2700*time.Second {
		t.Errorf("gathers for %s, want 900 days of 3 s", got)
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

func TestWhatMeetsAWindow(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(100+s), 0) }
	if (window{}).meets(at(0), at(1)) {
		t.Error("a window that never was meets something")
	}
	w := window{at(10), at(20)}
	for _, c := range []struct {
		from, to int
		want     bool
	}{{0, 9, false}, {0, 10, true}, {12, 13, true}, {0, 30, true}, {19, 30, true}, {20, 30, false}} {
		if got := w.meets(at(c.from), at(c.to)); got != c.want {
			t.Errorf("from %d to %d: %t, want %t", c.from, c.to, got, c.want)
		}
	}
}

// A booking is told in the lines of what went on when it was sent, and is steady if
// nothing did and the run was warm.
func TestStretchesOfARun(t *testing.T) {
	b, err := parseSteady("latency", []string{"-program", program(t), "-duration", "10m"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if b.still.begins(b.duration) != 90*time.Second || b.still.length != 30*time.Second {
		t.Errorf("ClickHouse is held from %s on for %s", b.still.begins(b.duration), b.still.length)
	}
	at := func(s int) time.Time { return time.Unix(1000, 0).Add(time.Duration(s) * time.Second) }
	r := &b.record
	r.began, r.unmoved = at(0), map[int32]bool{1: true}
	r.still, r.catching, r.closing, r.restarting = window{at(90), at(120)}, window{at(120), at(140)}, window{at(240), at(250)}, window{at(420), at(440)}
	for _, c := range []struct {
		sent, readable int
		partition      int32
		want           []string
	}{
		{10, 11, 0, nil}, // warm from the sixtieth second on
		{70, 71, 0, []string{"steady"}},
		{70, 91, 0, []string{"ClickHouse stands still"}}, // it was on its way
		{125, 126, 0, []string{"the warehouse catches up"}},
		{119, 126, 0, []string{"ClickHouse stands still", "the warehouse catches up"}},
		{140, 141, 0, []string{"steady"}},
		{245, 251, 0, []string{"during a close"}},
		{430, 431, 1, []string{"restart, partitions that stay"}},
		{430, 431, 2, []string{"restart, all other partitions"}},
		{440, 441, 2, []string{"steady"}},
	} {
		var got []string
		for _, s := range b.stretches() {
			if s.fit(way{at(c.sent), at(c.readable), c.partition}) {
				got = append(got, s.name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("second %d to %d, partition %d: %q, want %q", c.sent, c.readable, c.partition, got, c.want)
		}
	}
	if b.record = (record{}); len(b.stretches()) != 1 {
		t.Errorf("of a run without windows there are %d lines, want one", len(b.stretches()))
	}
}

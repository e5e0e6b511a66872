package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/headroom"
)

func TestTheMostMemoryOfAProcess(t *testing.T) {
	const status = "Name:\ttierwatch\nVmPeak:\t 3000000 kB\nVmHWM:\t  580352 kB\nVmRSS:\t  100 kB\n"
	if got, want := peakOf(status), int64(580_352<<10); got != want {
		t.Errorf("peak %d, want %d", got, want)
	}
	if peakOf("") != 0 || processPeak(-1) != 0 {
		t.Error("nothing known: want 0")
	}
}

// What a fold keeps of its customers is no part of what it holds of a backlog.
func TestAPeakAboveWhatIsPromisedIsAFault(t *testing.T) {
	bound := 2*held["fold"]*mib + headroom.Bytes + 64*mib
	for _, c := range []struct {
		name           string
		resident, kept int64
		fails          bool
	}{
		{"fold-1", bound, 0, false},
		{"fold-1", bound + 1, 0, true},
		{"fold-2", bound + 200*mib, 100 * mib, false},
		{"fold-2", bound + 200*mib + 1, 100 * mib, true},
		{"warehouse-1", 2*held["warehouse"]*mib + headroom.Bytes + 64*mib, 0, false},
		{"warehouse-1", 1_200 * mb, 0, true},
	} {
		b := &catchup{peaks: []peak{{"ingest-1", 1, 0}, {c.name, c.resident, c.kept}}}
		b.table = &table{}
		err := b.judge()
		if (err != nil) != c.fails {
			t.Errorf("%s with %d bytes: %v", c.name, c.resident, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.name) || strings.Contains(err.Error(), "ingest")) {
			t.Errorf("%v: want %s named alone", err, c.name)
		}
		if len(b.table.lines) != 2 {
			t.Errorf("%d lines, want one of each process", len(b.table.lines))
		}
	}
}

func TestTheBacklogIsOfTheSecondsBeforeMidnight(t *testing.T) {
	b, err := parseCatchUp([]string{"-program", program(t), "-events", "1000", "-customers", "10"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	b.record.set(b.steadyOptions)
	g := b.bookings()
	n := 0
	for x, day := g.next(); x != nil; x, day = g.next() {
		if n++; day != firstDay || g.at < b.record.from {
			t.Fatalf("booking %d is of day %d, second %d", n, day, g.at)
		}
	}
	if n != 1000 {
		t.Errorf("%d bookings, want 1000", n)
	}
	if until := time.Duration(86_400-b.record.from) * time.Second; until != catchUpFrom {
		t.Errorf("the load begins %s before midnight, want %s", until, catchUpFrom)
	}
	if _, err := parseCatchUp([]string{"-program", program(t), "-events", "0"}, 1); err == nil {
		t.Error("no bookings: want an error")
	}
}

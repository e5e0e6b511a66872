package main

import (
	"slices"
	"testing"
	"time"
)

func TestProbeCountsTheFirstAlertOfEachLeaver(t *testing.T) {
	ms := time.Millisecond
	at := func(d time.Duration) time.Time { return time.Unix(0, 0).Add(d) }
	p := newProbe(3)
	for i := range 3 {
		p.leaves(i, at(time.Duration(i)*time.Second))
	}
	p.arrived(1, 4, at(time.Second+30*ms))
	p.arrived(1, 4, at(time.Second+90*ms)) // the same alert, told again
	p.arrived(-1, 0, at(2*time.Second))    // of no leaver
	p.arrived(3, 0, at(2*time.Second))     // of a leaver of another run
	if got := p.take(); !slices.Equal(got, []time.Duration{30 * ms}) {
		t.Errorf("taken %v, want the first wait alone", got)
	}
	p.arrived(0, 2, at(20*ms))
	if got := p.take(); !slices.Equal(got, []time.Duration{20 * ms}) {
		t.Errorf("taken %v, want what came since", got)
	}
	if sent, readable := p.counts(); sent != 3 || readable != 2 {
		t.Errorf("%d sent and %d readable, want 3 and 2", sent, readable)
	}
	in4 := p.waits(appended, func(w way) bool { return w.partition == 4 })
	if !slices.Equal(in4, []time.Duration{30 * ms}) {
		t.Errorf("waits of partition 4: %v", in4)
	}
}

func TestRowsAreLookedForUntilTheyWereSeen(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(100+s), 0) }
	p := newProbe(40)
	for i := range 25 {
		p.leaves(i, at(i))
	}
	if got := p.unseen(alertRows, 3); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("looks for %v, want the oldest three", got)
	}
	p.seen(alertRows, []int{0, 2, -1, 77}, at(30))
	p.seen(alertRows, []int{0}, at(31)) // the first time counts
	if got := p.unseen(alertRows, 3); !slices.Equal(got, []int{1, 3, 4}) {
		t.Errorf("looks for %v, want those not seen", got)
	}
	if got := p.unseen(eventRows, 2); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("looks for events of %v: what was seen in another view says nothing", got)
	}
	waits := p.waits(func(x passage) way { return way{from: x.sent, to: x.visible[alertRows]} }, always)
	if want := []time.Duration{30 * time.Second, 28 * time.Second}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if got := p.unseen(snapshotRows, 40); got != nil {
		t.Errorf("looks for snapshots of %v before the day has ended", got)
	}
	p.dayEnds(at(20))
	if got := p.unseen(snapshotRows, 40); !slices.Equal(got, []int{0, 10}) {
		t.Errorf("looks for snapshots of %v, want every tenth that left before the end", got)
	}
	all := p.unseen(alertRows, 40)
	p.seen(alertRows, all, at(40))
	p.seen(eventRows, p.unseen(eventRows, 40), at(40))
	if p.allSeen() {
		t.Error("all is said to be seen, and snapshots are not")
	}
	p.seen(snapshotRows, []int{0, 10}, at(41))
	if !p.allSeen() {
		t.Error("something is looked for still")
	}
	if got := quotedLeavers([]int{3, 14}); got != "'L-3','L-14'" {
		t.Errorf("asks for %s", got)
	}
}

func TestLeaversAreToldFromOthers(t *testing.T) {
	for id, want := range map[string]int{leaver(0): 0, leaver(41): 41, customerID(41): -1, "L-x": -1, "L-": -1, "": -1} {
		if got := leaverNumber(id); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
}

// A run of some days: every so many bookings one of a leaver, each day told once it
// is over, in order.
func TestPaceSendsLeaversAmongOthers(t *testing.T) {
	g := newStream(skewed, 50, 1000, 4)
	g.from = 43_200
	p := &pace{stream: g, probe: newProbe(10), rate: 200, every: 100}
	var days []int32
	leavers := 0
	for i := 0; ; i++ {
		x, day := p.next(i)
		if x == nil {
			if i != 1000 {
				t.Errorf("ended after %d bookings, want 1000", i)
			}
			break
		}
		if n := leaverNumber(x.CustomerId); n >= 0 {
			leavers++
			if i != 100*n || x.BusinessDay != day || x.EventTime != midnight(firstDay)+g.at {
				t.Errorf("booking %d is of leaver %d, day %d of %d", i, n, x.BusinessDay, day)
			}
		}
		if len(days) == 0 || days[len(days)-1] != day {
			days = append(days, day)
		}
	}
	if want := []int32{firstDay, firstDay + 1, firstDay + 2, firstDay + 3, firstDay + 4}; leavers != 10 || !slices.Equal(days, want) {
		t.Errorf("%d leavers on days %v, want 10 on %v", leavers, days, want)
	}
	if got := p.due(2500 * time.Millisecond); got != 500 {
		t.Errorf("%d due after 2.5 s at 200 a second, want 500", got)
	}
}

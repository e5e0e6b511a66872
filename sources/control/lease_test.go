package control

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// compacted is what a reader finds in the control topic of which compaction has left
// the last record of each key.
func (o *office) compacted() *Table {
	o.t.Helper()
	topic := o.topic()
	ends, err := kafka.EndOffsets(o.t.Context(), topic.client, topic.name)
	if err != nil {
		o.t.Fatal(err)
	}
	last := map[string]*kgo.Record{}
	for next := int64(0); next < ends[0]; {
		fetches := topic.client.PollFetches(o.t.Context())
		if err := fetches.Err(); err != nil {
			o.t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			last[string(r.Key)], next = r, r.Offset+1
		}
	}
	table := newTable()
	byOffset := func(a, b *kgo.Record) int { return cmp.Compare(a.Offset, b.Offset) }
	for _, r := range slices.SortedFunc(maps.Values(last), byOffset) {
		if err := table.apply(r); err != nil {
			o.t.Fatal(err)
		}
	}
	return table
}

// put writes a lease as one does who is killed behind it, and gives its offset.
func (o *office) put(l *pb.Lease) int64 {
	o.t.Helper()
	at, err := o.topic().put(o.t.Context(), leaseKey(l.Mode), l)
	if err != nil {
		o.t.Fatal(err)
	}
	return at
}

// A load claims the lease beside a conductor in office, and is killed before it can give
// it back: ingest goes on, and so does the next conductor.
func TestALoadThatIsKilledInItsClaimHoldsUpNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		first := o.conductor(clock)
		o.saved("2025-03-10 10:00:00")
		o.put(&pb.Lease{Holder: "killed", Mode: pb.Mode_BACKFILL})
		gate, err := NewGate(o.kafka, o.ns, clock, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(gate.Close)
		if err := gate.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !gate.Open() {
			t.Error("the gate is shut")
		}
		kafkatest.Until(t, "the conductor answers", func() bool { return !o.compacted().Backfill.Held() })
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		o.put(&pb.Lease{Holder: "killed too", Mode: pb.Mode_BACKFILL})
		o.conductor(clock)
		clock.set(at("2025-03-10 10:01:00"))
		o.saved("2025-03-10 10:01:00")
		if left := o.compacted(); left.Backfill.Held() || !left.Live.Held() || left.Live.Offset != left.Time.Term {
			t.Errorf("compacted: backfill %v, live %v, time %v", left.Backfill, left.Live, left.Time)
		}
	})
}

// A conductor claims the lease beside a load, and is killed likewise: the load goes on,
// so does the one that takes over from it, and the next conductor comes after that.
func TestAConductorThatIsKilledInItsClaimHoldsUpNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		dead, err := o.backfill("load 1")
		if err != nil {
			t.Fatal(err)
		}
		o.put(&pb.Lease{Holder: "killed", Mode: pb.Mode_LIVE})
		o.play(dead, o.day("2024-01-01"), o.day("2024-01-02"))
		o.put(&pb.Lease{Holder: "killed too", Mode: pb.Mode_LIVE})
		next, err := o.backfill("load 2")
		if err != nil {
			t.Fatal(err)
		}
		if left := o.compacted(); !left.Backfill.Held() || left.Backfill.Offset != next.scribe.term || left.Live.Held() {
			t.Errorf("compacted: backfill %v, live %v", left.Backfill, left.Live)
		}
		if _, err := o.topic().claim(t.Context(), "early", pb.Mode_LIVE, 0); err == nil {
			t.Error("a conductor takes office in the midst of a load")
		}
		o.play(next, o.day("2024-01-02"), o.day("2024-01-03"))
		if err := next.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.conductor(newHandClock(at("2024-01-04 00:01:30")))
		o.saved("2024-01-04 00:01:00")
	})
}

// A load that was stopped for long gives back its own lease, not that of the one which
// has taken over.
func TestALoadReleasesItsOwnLeaseAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		dead, err := o.backfill("load")
		if err != nil {
			t.Fatal(err)
		}
		next, err := o.backfill("load, again")
		if err != nil {
			t.Fatal(err)
		}
		if err := dead.topic.release(t.Context(), dead.holder, pb.Mode_BACKFILL, 0); err != nil {
			t.Fatal(err)
		}
		holds := func(what string, table *Table) {
			t.Helper()
			if !table.Backfill.Held() || table.Backfill.Offset != next.scribe.term {
				t.Errorf("%s: backfill %v, want it held under term %d", what, table.Backfill, next.scribe.term)
			}
		}
		table, err := o.topic().Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		holds("in the order of the records", table)
		o.play(next, o.day("2024-01-01"), o.day("2024-01-01"))
		holds("compacted", o.compacted())
		if err := next.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if o.compacted().Backfill.Held() {
			t.Error("what is released is held")
		}
	})
}

// What counts of claims depends on the order of the records alone; where compaction has
// left out what a claim stood behind, the place of the holder tells.
func TestWhichClaimsCount(t *testing.T) {
	const live, backfill = pb.Mode_LIVE, pb.Mode_BACKFILL
	claim := func(m pb.Mode) *pb.Lease { return &pb.Lease{Mode: m} }
	again := func(m pb.Mode, term int64) *pb.Lease { return &pb.Lease{Mode: m, Term: new(term)} }
	release := func(m pb.Mode, term int64) *pb.Lease { return &pb.Lease{Mode: m, Term: new(term), Released: true} }
	older := func(m pb.Mode) *pb.Lease { return &pb.Lease{Mode: m, Released: true} } // an older program's release
	place := func(m pb.Mode, term int64) *pb.TimeProgress {
		return &pb.TimeProgress{Mode: m, Term: term, Live: m == live}
	}
	const none = -1
	for name, c := range map[string]struct {
		records        []marshaller // from offset 1 on
		live, backfill int64        // terms that hold
		stray          int
	}{
		"a load beside a conductor":                   {[]marshaller{claim(live), claim(backfill)}, 1, none, 1},
		"given back":                                  {[]marshaller{claim(live), claim(backfill), release(backfill, 2)}, 1, none, 0},
		"a conductor beside a load":                   {[]marshaller{claim(backfill), claim(live)}, none, 1, 1},
		"and given back":                              {[]marshaller{claim(backfill), claim(live), release(live, 2)}, none, 1, 0},
		"a conductor behind a load":                   {[]marshaller{claim(backfill), release(backfill, 1), claim(live)}, 3, none, 0},
		"of an older program":                         {[]marshaller{claim(backfill), claim(backfill), older(backfill), claim(live)}, 4, none, 0},
		"taken over":                                  {[]marshaller{claim(backfill), claim(backfill)}, none, 2, 0},
		"taken over, and the first gives it back":     {[]marshaller{claim(backfill), claim(backfill), release(backfill, 1)}, none, 2, 1},
		"said again":                                  {[]marshaller{claim(backfill), claim(backfill), release(backfill, 1), again(backfill, 2)}, none, 2, 0},
		"said again, and compacted":                   {[]marshaller{older(live), older(live), again(backfill, 2)}, none, 2, 0},
		"said again behind the one who took over":     {[]marshaller{claim(live), claim(live), again(live, 1)}, 2, none, 1},
		"said again behind its release":               {[]marshaller{claim(backfill), release(backfill, 1), again(backfill, 1)}, none, none, 1},
		"a load that is left alone by compaction":     {[]marshaller{claim(backfill), claim(live), place(live, 2)}, 2, none, 1},
		"a conductor that is left alone likewise":     {[]marshaller{claim(live), claim(backfill), place(backfill, 2)}, none, 2, 1},
		"a load behind a place that a conductor told": {[]marshaller{claim(live), place(live, 1), release(live, 1), claim(backfill)}, none, none, 1},
	} {
		t.Run(name, func(t *testing.T) {
			table := newTable()
			for i, m := range c.records {
				key := keyTime
				if l, ok := m.(*pb.Lease); ok {
					key = leaseKey(l.Mode)
				}
				value, err := m.MarshalVT()
				if err == nil {
					err = table.apply(&kgo.Record{Key: []byte(key), Value: value, Offset: int64(i + 1)})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for mode, want := range map[pb.Mode]int64{live: c.live, backfill: c.backfill} {
				l, got := *table.lease(mode), int64(none)
				if l.Held() {
					got = l.Offset
				}
				if got != want {
					t.Errorf("%s is held under term %d, want %d", mode, got, want)
				}
			}
			if len(table.stray) != c.stray {
				t.Errorf("%d records are to be answered, want %d", len(table.stray), c.stray)
			}
		})
	}
}

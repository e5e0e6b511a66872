package clickhouse

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// outputs are what a fold might say of two customers, a day written again included.
func outputs() map[topics.ID][]marshaler {
	at := func(offset int64, sub uint32) *pb.Position {
		return &pb.Position{Partition: 2, Offset: offset, SubIndex: sub}
	}
	late := standing("a", "2025-04-20", 7)
	late.Log, late.Restated = at(900, 0), true
	first, again := standing("a", "2025-04-21", 8), standing("a", "2025-04-21", 9)
	first.Log, again.Log = at(800, 0), at(900, 1)
	other := standing("b", "2025-04-19", 10)
	other.Log = at(10, 0)
	other.Schemes = append(other.Schemes, &pb.SchemeSnapshot{Scheme: "risk", Tier: "A"})
	return map[topics.ID][]marshaler{
		topics.Snapshots: {late, first, again, other},
		topics.Alerts: {
			&pb.Alert{AlertId: "x", Revision: 2, Customer: &pb.Customer{Id: "a"}, Log: at(20, 0)},
			&pb.Alert{AlertId: "x", Revision: 10, Customer: &pb.Customer{Id: "a"}, Log: at(30, 0)},
			&pb.Alert{AlertId: "y", Revision: 1, Customer: &pb.Customer{Id: "a"}, Log: at(30, 1)},
		},
		topics.TierChanges: {
			&pb.TierChange{CustomerId: "b", Scheme: "card", Kind: pb.ChangeKind_WATCH, EffectiveDay: 20000, Log: at(9, 0)},
			&pb.TierChange{CustomerId: "b", Scheme: "card", Kind: pb.ChangeKind_DOWNGRADED, EffectiveDay: 20030, Log: at(100, 0)},
		},
		topics.Verdicts: {
			&pb.Verdict{CustomerId: "a", Kind: pb.VerdictKind_VERDICT_HEALED, AccountId: "1", Log: at(7, 0)},
			&pb.Verdict{CustomerId: "a", Kind: pb.VerdictKind_VERDICT_HEALED, AccountId: "2", Log: at(7, 0)},
			&pb.Verdict{CustomerId: "a", Kind: pb.VerdictKind_VERDICT_REJECTED, Cause: "too_late", EventId: "e", Log: at(8, 0)},
		},
	}
}

// audit is what the views must hold, by Expect alone.
func audit(t *testing.T, out map[topics.ID][]marshaler) map[View][]Entry {
	t.Helper()
	type key struct {
		view          View
		customer, key string
	}
	best := map[key]Expected{}
	for id, list := range out {
		for _, m := range list {
			value, err := m.MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			entries, err := Expect(id, value)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				k := key{e.View, e.Customer, e.Key}
				if old, ok := best[k]; !ok || slices.Compare(e.Version[:], old.Version[:]) > 0 {
					best[k] = e
				}
			}
		}
	}
	views := map[View][]Entry{}
	for _, e := range best {
		views[e.View] = append(views[e.View], e.Entry)
	}
	for _, list := range views {
		slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Customer+"\x00"+a.Key, b.Customer+"\x00"+b.Key) })
	}
	return views
}

// TestReaderShowsWhatIsExpected: Entries streams, in order, what Expect says of the
// records, whatever the order and number of inserts.
func TestReaderShowsWhatIsExpected(t *testing.T) {
	conn, db := database(t)
	out := outputs()
	for id, list := range out {
		fill(t, db, id, 0, 0, list...)
		slices.Reverse(list)
		fill(t, db, id, 0, 0, list...)
	}
	want := audit(t, out)
	r := NewReader(conn, db)
	for _, view := range Views() {
		var got []Entry
		for e, err := range r.Entries(t.Context(), view) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if diff := gocmp.Diff(want[view], got); diff != "" {
			t.Errorf("%s: -expected +found\n%s", view, diff)
		}
		if len(got) == 0 {
			t.Errorf("%s: the test has no row for it", view)
		}
	}
}

func TestReaderStopsWhenAsked(t *testing.T) {
	conn, db := database(t)
	fill(t, db, topics.Alerts, 0, 0, outputs()[topics.Alerts]...)
	r := NewReader(conn, db)
	for _, err := range r.Entries(t.Context(), AlertHistory) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if n := count(t, conn, "SELECT toUInt64(1)"); n != 1 { // the connection was given back
		t.Fatal(n)
	}
	for _, err := range r.Entries(t.Context(), "no_such") {
		if err == nil {
			t.Fatal("unknown view accepted")
		}
	}
}

func TestExpectRefusesOtherTopics(t *testing.T) {
	for _, id := range []topics.ID{topics.Events, topics.DLQ, topics.State} {
		if _, err := Expect(id, nil); err == nil {
			t.Errorf("%s accepted", id)
		}
	}
	if _, err := Expect(topics.Alerts, nil); err == nil {
		t.Error("alert without position accepted")
	}
}

func TestReaderCountsEvents(t *testing.T) {
	conn, db := database(t)
	fill(t, db, topics.Events, 1, 5, tx("a", "1", 1), tx("a", "1", 1), tx("b", "1", 1))
	fill(t, db, topics.Events, 1, 5, tx("a", "1", 1))
	got, err := NewReader(conn, db).Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]EventCounts{{Partition: 1, Positions: 3, IDs: 2}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWaitNamesTheLaggard: without a warehouse nothing passes.
func TestWaitNamesTheLaggard(t *testing.T) {
	k := newKafka(t)
	k.put(topics.Events, 1, true, tx("a", "1", 1))
	targets, err := Ends(t.Context(), k.admin, k.ns)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := 0
	k.cluster.ControlKey(kmsg.OffsetFetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		k.cluster.KeepControl()
		if asked++; asked == 2 { // the first answer is known
			cancel()
		}
		return nil, nil, false
	})
	err = WaitPassed(ctx, k.admin, k.ns, targets)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "tierwatch.events/1 at 0 of 2") {
		t.Fatal(err)
	}
}

package kafka

import (
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// A batch that was on its way while its partition went and came back is not counted:
// the partition is read again from the last commit, and would be counted twice.
func TestABatchOfAnEarlierAssignmentIsNotBooked(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "core"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c := newCommitter(&IngestOptions{Name: "core", Namespace: "test"}, kadm.NewClient(client))
	polled := func(from, to int64) *batch {
		p := &part{place: place{"core", 0}}
		for at := from; at < to; at++ {
			p.records = append(p.records, &kgo.Record{Topic: "core", Offset: at})
			p.counts.read++
			p.counts.accepted++
		}
		b := &batch{parts: []*part{p}}
		c.enter(b)
		return b
	}
	book := func(b *batch) {
		if err := c.book(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	ours := map[string][]int32{"core": {0}}
	c.assigned(ours)
	first, late := polled(0, 10), polled(10, 30)
	book(first)
	c.lost(ours)
	c.assigned(ours)
	book(late)
	again := polled(0, 30)
	if late.parts[0].standing != nil {
		t.Error("a batch of an earlier assignment is booked")
	}
	book(again)
	s := c.places[place{"core", 0}]
	if s.books.Read != 30 || s.books.Accepted != 30 || s.next.Offset != 30 {
		t.Errorf("%d read, %d accepted up to %d, want 30 of 30", s.books.Read, s.books.Accepted, s.next.Offset)
	}
}

// A rebalance commits while the settling of batches does: the race detector watches.
func TestARevocationCommitsBesideTheSettling(t *testing.T) {
	c := newCommitter(&IngestOptions{Name: "core", Namespace: "test"}, nil)
	var both sync.WaitGroup
	for _, force := range []bool{false, true} {
		both.Go(func() {
			if err := c.commit(t.Context(), nil, force); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

// Of a marker for the whole topic the conductor has been told when the topic's ends are
// known. Until then what may be committed ends before the marker's batch.
func TestWhatMayBeCommittedEndsBeforeAMarker(t *testing.T) {
	c := newCommitter(&IngestOptions{Name: "core", Namespace: "test"}, nil)
	at := place{"core", 0}
	s := &standing{upTo: upTo{books: &pb.SourceBooks{}}}
	c.places[at] = s
	book := func(offset int64, day int32) {
		p := &part{place: at, standing: s, endOfDay: day, records: []*kgo.Record{{Offset: offset}}, counts: counts{read: 1, accepted: 1}}
		if err := c.book(t.Context(), &batch{parts: []*part{p}}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(offset int64) {
		t.Helper()
		if due := s.due(); due.next.Offset != offset || due.books.Read != offset {
			t.Errorf("up to %d with %d read, want %d", due.next.Offset, due.books.Read, offset)
		}
	}
	book(0, 0)
	want(1)
	book(1, 20259)
	book(2, 20260)
	want(1)
	c.said(map[place]int32{at: 20260})
	book(3, 0)
	want(1)
	c.said(nil)
	want(4)
}

// Offsets that are missing where one goes on reading are lost only if the partition
// begins behind them: compaction and aborted transactions leave gaps too.
func TestOnlyWhatWasDeletedIsLost(t *testing.T) {
	for _, x := range []struct {
		start, first, lost, from, to int64
	}{
		{start: 0, first: 3},
		{start: 0, first: 7},
		{start: 3, first: 7},
		{start: 5, first: 7, lost: 2, from: 3, to: 5},
		{start: 8, first: 8, lost: 5, from: 3, to: 8},
		{start: -1, first: 7}, // an old broker does not tell
	} {
		o := &IngestOptions{Name: "core", Namespace: "test", Metrics: NewMetrics()}
		c := newCommitter(o, nil)
		at := place{"core", 0}
		s := &standing{upTo: upTo{books: &pb.SourceBooks{}, next: kgo.EpochOffset{Offset: 3}}}
		c.places[at] = s
		p := &part{place: at, standing: s, start: x.start, records: []*kgo.Record{{Offset: x.first}}}
		if err := c.book(t.Context(), &batch{parts: []*part{p}}); err != nil {
			t.Fatal(err)
		}
		if b := s.books; b.Lost != x.lost || b.LostFrom != x.from || b.LostTo != x.to || s.next.Offset != x.first+1 {
			t.Errorf("start %d, first %d: books %v up to %d, want %d lost from %d to %d", x.start, x.first, b, s.next.Offset, x.lost, x.from, x.to)
		}
	}
}

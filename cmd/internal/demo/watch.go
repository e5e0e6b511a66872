package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// shown is how many of the newest alerts are kept.
const shown = 64

// watch follows what the fold says: alerts as they open, moves by kind.
type watch struct {
	client *kgo.Client
	ns     topics.Namespace
	before map[int32]int64 // alerts before it are of an earlier run
	// onAlert, if set, is given each alert that is news to a person, from the
	// goroutine that reads.
	onAlert func(*pb.Alert)

	mu     sync.Mutex
	newest []*pb.Alert // the newest last
	told   map[string]bool
	opened map[pb.Severity]int
	moves  map[pb.ChangeKind]int
}

// newWatch reads what is said from now on, and the last alerts before.
func newWatch(ctx context.Context, d *wire.Deployment) (*watch, error) {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), d.Kafka...), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	from, before, err := positions(ctx, client, d.Namespace)
	if err != nil {
		client.Close()
		return nil, err
	}
	client.AddConsumePartitions(from)
	w := emptyWatch(d.Namespace)
	w.client, w.before = client, before
	return w, nil
}

func emptyWatch(ns topics.Namespace) *watch {
	return &watch{ns: ns, told: map[string]bool{}, opened: map[pb.Severity]int{}, moves: map[pb.ChangeKind]int{}}
}

func (w *watch) run(ctx context.Context) error {
	defer w.client.Close()
	for ctx.Err() == nil {
		fetches := w.client.PollFetches(ctx)
		for _, r := range fetches.Records() {
			if err := w.take(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *watch) take(r *kgo.Record) error {
	if r.Topic == w.ns.Topic(topics.TierChanges) {
		var c pb.TierChange
		if err := c.UnmarshalVT(r.Value); err != nil {
			return fmt.Errorf("decode tier change: %w", err)
		}
		w.mu.Lock()
		w.moves[c.Kind]++
		w.mu.Unlock()
		return nil
	}
	a := new(pb.Alert)
	if err := a.UnmarshalVT(r.Value); err != nil {
		return fmt.Errorf("decode alert: %w", err)
	}
	if r.Offset < w.before[r.Partition] {
		w.recall(a)
		return nil
	}
	if a.Mode != pb.Mode_LIVE {
		return nil
	}
	if a.State != pb.AlertState_OPEN {
		w.over(a)
		return nil
	}
	if w.note(a) && w.onAlert != nil {
		w.onAlert(a)
	}
	return nil
}

// note tells whether the alert is new to this watch. A later revision is news of one
// that is not: it is shown as the newest, and the earlier no more.
func (w *watch) note(a *pb.Alert) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	isNew := !w.told[a.AlertId]
	if isNew {
		w.told[a.AlertId] = true
		w.opened[a.Severity]++
	}
	w.drop(a.AlertId)
	if w.newest = append(w.newest, a); len(w.newest) > shown {
		w.newest = w.newest[1:]
	}
	return isNew
}

// over takes an alert that is closed from the screen.
func (w *watch) over(a *pb.Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(a.AlertId)
}

// drop is called with mu held.
func (w *watch) drop(id string) {
	w.newest = slices.DeleteFunc(w.newest, func(old *pb.Alert) bool { return old.AlertId == id })
}

// seen is what a watch has seen so far.
type seen struct {
	alerts []*pb.Alert
	opened map[pb.Severity]int
	moves  map[pb.ChangeKind]int
}

func (w *watch) seen() seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return seen{alerts: slices.Clone(w.newest), opened: maps.Clone(w.opened), moves: maps.Clone(w.moves)}
}

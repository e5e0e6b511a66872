package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// recalled is how many records before the end a partition's alerts are read
// again: a screen shows those that a run before this one has told.
const recalled = 500

// positions are where the watch begins to read: the moves at the end, the alerts
// a little before. before holds the ends: what lies before them is no news.
func positions(ctx context.Context, client *kgo.Client, ns topics.Namespace) (from map[string]map[int32]kgo.Offset, before map[int32]int64, err error) {
	alerts, moves := ns.Topic(topics.Alerts), ns.Topic(topics.TierChanges)
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, alerts, moves)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list ends of the alerts: %w", err)
	}
	from = map[string]map[int32]kgo.Offset{alerts: {}, moves: {}}
	before = map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		at := o.Offset
		if o.Topic == alerts {
			before[o.Partition] = o.Offset
			at = max(0, at-recalled)
		}
		from[o.Topic][o.Partition] = kgo.NewOffset().At(at)
	})
	return from, before, nil
}

// recall takes in an alert of a run before this one: it is shown while it is
// open, and counts nothing. Partitions come one after the other, so the alerts
// are put in the order of their time.
func (w *watch) recall(a *pb.Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(a.AlertId)
	delete(w.told, a.AlertId)
	if a.Mode != pb.Mode_LIVE || a.State != pb.AlertState_OPEN {
		return
	}
	w.told[a.AlertId] = true
	i, _ := slices.BinarySearchFunc(w.newest, a.AsOf+1, func(old *pb.Alert, at int64) int { return int(old.AsOf - at) })
	w.newest = slices.Insert(w.newest, i, a)
	if len(w.newest) > shown {
		w.newest = w.newest[1:]
	}
}

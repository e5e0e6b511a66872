package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Targets are next offsets by topic and partition.
type Targets map[string]map[int32]int64

// Ends returns the present ends, as a reader of committed records sees them, of all
// topics that the warehouse reads.
func Ends(ctx context.Context, admin *kadm.Client, ns topics.Namespace) (Targets, error) {
	names := make([]string, len(readTopics))
	for i, id := range readTopics {
		names[i] = ns.Topic(id)
	}
	listed, err := admin.ListCommittedOffsets(ctx, names...)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the ends of the warehouse's topics: %w", err)
	}
	targets := Targets{}
	listed.Each(func(o kadm.ListedOffset) {
		if targets[o.Topic] == nil {
			targets[o.Topic] = map[int32]int64{}
		}
		targets[o.Topic][o.Partition] = o.Offset
	})
	return targets, nil
}

// waitPause is the time between two looks at the group.
const waitPause = 100 * time.Millisecond

// WaitPassed returns when the warehouse's group has committed every target: all
// rows up to there are in ClickHouse. When ctx ends first, the error names the
// partition that is furthest behind.
func WaitPassed(ctx context.Context, admin *kadm.Client, ns topics.Namespace, targets Targets) error {
	var behind []laggard
	for {
		now, err := notPassed(ctx, admin, ns.Group(Role), targets)
		if err == nil && len(now) == 0 {
			return nil
		}
		if err == nil {
			behind = now
		}
		select {
		case <-ctx.Done():
			// The end may fall into a question: what the last answer said still holds.
			if len(behind) == 0 {
				return fmt.Errorf("wait for group %s: %w: %w", ns.Group(Role), ctx.Err(), err)
			}
			return fmt.Errorf("wait for group %s: %w: %d partitions are behind, most of all %s", ns.Group(Role), ctx.Err(), len(behind), behind[0])
		case <-time.After(waitPause):
		}
	}
}

type laggard struct {
	topic     string
	partition int32
	at, to    int64
}

func (l laggard) String() string {
	return fmt.Sprintf("%s/%d at %d of %d", l.topic, l.partition, l.at, l.to)
}

func notPassed(ctx context.Context, admin *kadm.Client, group string, targets Targets) ([]laggard, error) {
	committed, err := admin.FetchOffsets(ctx, group)
	// Before the first sink has joined there is no group: nothing is committed.
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("fetch committed offsets: %w", err)
	}
	var behind []laggard
	for topic, parts := range targets {
		for p, to := range parts {
			at := int64(0)
			if o, ok := committed.Lookup(topic, p); ok {
				at = o.At
			}
			if at < to {
				behind = append(behind, laggard{topic, p, at, to})
			}
		}
	}
	slices.SortFunc(behind, func(a, b laggard) int {
		if n := int((b.to - b.at) - (a.to - a.at)); n != 0 {
			return n
		}
		return strings.Compare(a.String(), b.String())
	})
	return behind, nil
}

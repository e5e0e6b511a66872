package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

const (
	// waitPause is the time between two looks at the group.
	waitPause = 100 * time.Millisecond
	// aliveEvery is how often somebody who waits asks whether to wait on.
	aliveEvery = 2 * time.Second
)

// WaitPassed returns when the warehouse's group has committed every target: all
// rows up to there are in ClickHouse. Where nothing is left to read before a target, as
// in a log that was cut behind its last record, it is passed: nobody will commit there.
// When ctx ends first, the error names the partition that is furthest behind.
func WaitPassed(ctx context.Context, admin *kadm.Client, ns topics.Namespace, targets Targets) error {
	return WaitPassedWhile(ctx, admin, ns, targets, func(context.Context) error { return nil })
}

// WaitPassedWhile is WaitPassed that asks alive now and then; its error ends the wait.
func WaitPassedWhile(ctx context.Context, admin *kadm.Client, ns topics.Namespace, targets Targets, alive func(context.Context) error) error {
	var held Targets
	var behind []laggard
	asked := time.Now()
	for {
		var now []laggard
		var err error
		if held == nil {
			held, err = readable(ctx, admin, targets)
		}
		if err == nil {
			now, err = notPassed(ctx, admin, ns.Group(Role), held)
		}
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
		if time.Since(asked) < aliveEvery {
			continue
		}
		if err := alive(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		asked = time.Now()
	}
}

// readable leaves those targets out before which a partition holds nothing.
func readable(ctx context.Context, admin *kadm.Client, targets Targets) (Targets, error) {
	held := Targets{}
	if len(targets) == 0 {
		return held, nil
	}
	starts, err := admin.ListStartOffsets(ctx, slices.Collect(maps.Keys(targets))...)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the starts of the warehouse's topics: %w", err)
	}
	for topic, parts := range targets {
		held[topic] = map[int32]int64{}
		for p, to := range parts {
			if start, ok := starts.Lookup(topic, p); !ok || start.Offset < to {
				held[topic][p] = to
			}
		}
	}
	return held, nil
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

package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// reformed is the second version of the policy. It asks more of a tier than the first and
// less of a class, has a tier no more that the first has, and a scheme that the first has
// not: whom it lets in at once, and judges each week.
func reformed() string {
	return strings.NewReplacer(
		"version: 1\n", "version: 2\n",
		"from: 50_000,", "from: 60_000,",
		"from: 40%", "from: 35%",
		"    assess_lag: 1d ", "    replaced_by: {platinum: gold}\n    assess_lag: 1d ",
		"      - {name: platinum, zh: 白金,     en: Platinum,     from: 500_000,   watch_after: 1, down_after: 3, lands_on: last}\n", "",
		"  products:  {kind: products_held}\n", "  products:  {kind: products_held}\n  worth:     {kind: balance}\n",
		"\nalerts:\n", `  club:
    by: worth
    assess: 7d
    entry: at_once
    upgrade: at_close
    tiers:
      - {name: guest,  zh: 访客, en: Guest}
      - {name: member, zh: 会员, en: Member, from: 20_000,  watch_after: 1, down_after: 2, lands_on: last}
      - {name: friend, zh: 友人, en: Friend, from: 600_000, watch_after: 1, down_after: 1, lands_on: last}

alerts:
`).Replace(string(demo.Policy))
}

func publishReformed(ctx context.Context, t *control.Topic) error {
	return t.PublishPolicy(ctx, &pb.PolicyPublication{Name: "retail", Version: 2, Yaml: []byte(reformed())})
}

// inForce watches the CLOSE that brings the second version into force. It returns when a
// partition has committed that it is amid bringing its customers to that version, with true,
// or when all have done it and none has told.
func inForce(ctx context.Context, kafka []kgo.Opt) (amid bool, err error) {
	parts := map[int32]kgo.Offset{}
	for p := range int32(logPartitions) {
		parts[p] = kgo.NewOffset().At(0)
	}
	topic := topics.DefaultNamespace.Topic(topics.Events)
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), kafka...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: parts}))...)
	if err != nil {
		return false, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	w, admin := watched{day: map[int32]int32{}, at: map[int32]int64{}}, kadm.NewClient(client)
	for ctx.Err() == nil {
		if err := w.read(ctx, client); err != nil {
			return false, err
		}
		if len(w.at) == 0 {
			continue
		}
		rows, err := admin.FetchOffsetsForTopics(ctx, topics.DefaultNamespace.Group("fold"), topic)
		if err != nil {
			continue // an engine that is away comes back
		}
		if amid, done := w.look(rows[topic]); amid || done {
			return amid, nil
		}
	}
	return false, context.Cause(ctx)
}

// watched is, by partition, the day of the second version and the offset of the CLOSE
// before it, as far as the log has been read.
type watched struct {
	day map[int32]int32
	at  map[int32]int64
}

// read takes in what the log has, once it has the first CLOSE without waiting for more.
func (w *watched) read(ctx context.Context, client *kgo.Client) error {
	if len(w.at) > 0 {
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		ctx = short
	}
	for _, r := range client.PollFetches(ctx).Records() { // an engine that is away comes back
		one := entry{place: place{r.Partition, r.Offset}, value: r.Value}
		record, err := one.record()
		if err != nil {
			return err
		}
		if p := record.Policy; p != nil && p.Version == 2 {
			w.day[r.Partition] = p.EffectiveDay
		}
		if c, day := record.Close, w.day[r.Partition]; c != nil && day > 0 && c.Day+1 >= day && w.at[r.Partition] == 0 {
			w.at[r.Partition] = r.Offset
		}
	}
	return nil
}

// look tells whether some partition has committed that it is amid the second drain of the
// CLOSE, that of the policy, and whether all have committed what is behind it.
func (w *watched) look(rows map[int32]kadm.OffsetResponse) (amid, done bool) {
	passed := 0
	for id, row := range rows {
		at, ok := w.at[id]
		if !ok || row.At <= at {
			continue
		}
		var p pb.Progress
		text, _ := strings.CutPrefix(row.Metadata, progress.NotDraining)
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || p.UnmarshalVT(raw) != nil || !p.Draining || p.ControlOffset != at {
			passed++
		} else if p.Stage > 1 {
			return true, false
		}
	}
	return false, passed == logPartitions
}

// reform kills all folds amid what the second version of the policy makes them do for
// everybody, or where they have not committed that, behind it: who comes next goes on there.
func (i *injector) reform(ctx context.Context, f fault) error {
	waiting, cancel := context.WithTimeout(ctx, f.For)
	defer cancel()
	amid, err := i.inForce(waiting)
	if err != nil {
		if waiting.Err() != nil {
			return crew.ErrNotRunning
		}
		return err
	}
	all := strings.Join(i.crew.Running(folds), " ")
	say("the second policy comes into force, a commit amid it %t: kill %s", amid, all)
	return i.blackout(ctx, fault{Kind: kill, Target: all, For: reformDown})
}

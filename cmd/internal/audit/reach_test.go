package audit

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

const opened = 20259 // 2025-06-20

// fewDays is a bank on a broker with some days in its log, which nobody has folded.
func fewDays(t *testing.T) (*trial.Bank, *kfake.Cluster) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	b := trial.On(t, cluster.ListenAddrs())
	b.Days(b.Backfill(opened), opened, opened, opened+3)
	return b, cluster
}

// auditing is an audit of the bank that has not begun; told hears its stages.
func auditing(b *trial.Bank, restart time.Duration, told func(stage string)) *auditor {
	return &auditor{d: b.Deployment, o: Options{Progress: func(stage string, _, _ int64) { told(stage) }}, restart: restart, report: new(Report)}
}

// written says that the warehouse has all that there is.
func written(t *testing.T, b *trial.Bank) {
	t.Helper()
	client, err := kgo.NewClient(b.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	targets, err := progress.Targets(t.Context(), admin, b.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	var all kadm.Offsets
	for topic, parts := range targets {
		for p, to := range parts {
			all.Add(kadm.Offset{Topic: topic, Partition: p, At: to, LeaderEpoch: -1})
		}
	}
	if err := admin.CommitAllOffsets(t.Context(), b.Namespace.Group(role.Warehouse), all); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsParkedWhileItWaits: a record that is taken out of the fold before that has
// come to it is left out by an audit that had begun.
func TestWhatIsParkedWhileItWaits(t *testing.T) {
	b, _ := fewDays(t)
	at := letters.Place{Offset: int64(slices.IndexFunc(b.Log(), func(r *pb.LogRecord) bool { return r.Transaction != nil }))}
	folds := sync.OnceFunc(func() {
		if err := letters.Park(t.Context(), b.Deployment, at, "a test"); err != nil {
			t.Error(err)
		}
		b.Fold()
	})
	a := auditing(b, time.Minute, func(stage string) {
		switch stage {
		case StageFold:
			folds()
		case StageWarehouse:
			written(t, b)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.reach(ctx); err != nil {
		t.Fatal(err)
	}
	if !a.skips[at.Partition][at.Offset] {
		t.Errorf("the audit folds the record at %s, which the fold has left out: %v", at, a.skips)
	}
}

// TestAWarehouseThatDiesIsMissed: one that was there when it was first looked for, and is
// not any more, is not waited for for ever.
func TestAWarehouseThatDiesIsMissed(t *testing.T) {
	b, cluster := fewDays(t)
	b.Fold()
	b.Folded()
	group := b.Namespace.Group(role.Warehouse)
	member, err := kgo.NewClient(append(slices.Clone(b.Kafka), kgo.ConsumerGroup(group), kgo.ConsumeTopics(b.Namespace.Topic(topics.Control)), kgo.DisableAutoCommit())...)
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	member.PollFetches(t.Context()) // it is a member
	var seen atomic.Bool
	var gone sync.WaitGroup
	dies := sync.OnceFunc(func() { gone.Go(member.Close) })
	cluster.ControlKey(kmsg.DescribeGroups.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if r, ok := req.(*kmsg.DescribeGroupsRequest); ok && slices.Contains(r.Groups, group) {
			seen.Store(true)
		}
		return nil, nil, false
	})
	cluster.ControlKey(kmsg.OffsetFetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if seen.Load() { // and it was answered: who asks has not asked twice at once
			dies()
		}
		return nil, nil, false
	})
	a := auditing(b, 100*time.Millisecond, func(string) {})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := a.reach(ctx); err == nil || !strings.Contains(err.Error(), "group "+group+" is behind the log and has no member") {
		t.Errorf("waited for: %v", err)
	}
	if !seen.Load() {
		t.Error("the warehouse was never there")
	}
	gone.Wait()
}

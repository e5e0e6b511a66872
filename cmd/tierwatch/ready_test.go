package main

import (
	"slices"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/cmd/internal/ops"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// heldBack lets the broker answer no fetch of a topic before letGo is called.
func heldBack(t *testing.T, cluster *kfake.Cluster, topic string) (letGo func()) {
	t.Helper()
	id, gate := cluster.TopicInfo(topic).TopicID, make(chan struct{})
	letGo = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(letGo)
	cluster.ControlKey(kmsg.Fetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		select {
		case <-gate:
			return nil, nil, false
		default:
		}
		if slices.ContainsFunc(req.(*kmsg.FetchRequest).Topics, func(x kmsg.FetchRequestTopic) bool { return x.Topic == topic || x.TopicID == id }) {
			cluster.SleepControl(func() { <-gate })
		}
		return nil, nil, false
	})
	return letGo
}

// unanswered lets the broker answer no request of a kind before letGo is called.
func unanswered(t *testing.T, cluster *kfake.Cluster, kind kmsg.Key) (letGo func()) {
	t.Helper()
	gate := make(chan struct{})
	letGo = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(letGo)
	cluster.ControlKey(kind.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		cluster.SleepControl(func() { <-gate })
		return nil, nil, false
	})
	return letGo
}

// saysNotReady waits until the role fold of a deployment is not ready for this reason alone.
func saysNotReady(t *testing.T, d *wire.Deployment, why string) {
	t.Helper()
	kafkatest.Until(t, "not ready: "+why, func() bool {
		err := readiness(d, role.Fold)(t.Context())
		return err != nil && err.Error() == why
	})
}

// TestReadinessTellsWhatAFoldWaitsFor: a role fold is not ready, and says why, before it has
// joined its group, while it reads its state, while it folds the log again, and while it
// waits to join another, by the metrics that it registers itself. Then it is.
func TestReadinessTellsWhatAFoldWaitsFor(t *testing.T) {
	k := kafkatest.Memory(t)
	b := trial.On(t, k.Seeds)
	opened := day.Of(2025, 1, 1)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+3)
	b.Fold()
	b.Folded()
	b.Rest()
	for p := range b.Partitions { // so that all is folded again
		if err := snapshot.Void(t.Context(), b.Deployment, p); err != nil {
			t.Fatal(err)
		}
	}

	state, log := b.Namespace.Topic(topics.State), b.Namespace.Topic(topics.Events)
	giveState, giveLog := heldBack(t, k.Fake, state), heldBack(t, k.Fake, log)
	letJoin := unanswered(t, k.Fake, kmsg.JoinGroup)
	b.Fold()
	saysNotReady(t, b.Deployment, "the group has not told yet which partitions this process holds")
	letJoin()
	saysNotReady(t, b.Deployment, "a partition's state is still being read")
	const waits = "tierwatch_fold_partition_waiting" // from before the first step to behind the last
	if ops.Zero(b.Metrics, waits, "it waits")(t.Context()) == nil {
		t.Errorf("partitions are restored, and %s says that none waits", waits)
	}
	giveState()
	saysNotReady(t, b.Deployment, "a partition is still being replayed")
	giveLog()
	b.Days(back, opened, opened+4, opened+4)
	b.Folded() // so each partition is live
	if err := readiness(b.Deployment, role.Fold)(t.Context()); err != nil {
		t.Errorf("all partitions are live, and readiness says: %v", err)
	}

	giveState = heldBack(t, k.Fake, state)
	second := *b.Deployment
	second.Metrics = prometheus.NewRegistry()
	run, err := role.NewFold(&second)
	b.Run("another fold", run, err)
	saysNotReady(t, &second, "others fold, and this process joins them when it has read what is saved")
	if err := readiness(b.Deployment, role.Fold)(t.Context()); err != nil {
		t.Errorf("another process comes, and readiness of the first says: %v", err)
	}
	giveState()
	kafkatest.Until(t, "the other has a share and is ready", func() bool {
		shares := ops.Zero(second.Metrics, "tierwatch_fold_partitions", "it has a share")(t.Context()) != nil
		return shares && readiness(&second, role.Fold)(t.Context()) == nil
	})
}

// TestReadinessBetweenTheStepsOfARestore: one gauge has been put back and the next not set yet.
func TestReadinessBetweenTheStepsOfARestore(t *testing.T) {
	metrics := prometheus.NewRegistry()
	waiting := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tierwatch_fold_partition_waiting", Help: "One waits."})
	metrics.MustRegister(waiting)
	waiting.Set(1)
	d := &wire.Deployment{Metrics: metrics}
	if err := readiness(d, role.Fold)(t.Context()); err == nil || err.Error() != "a partition does not fold yet" {
		t.Errorf("a partition waits, and readiness says: %v", err)
	}
}

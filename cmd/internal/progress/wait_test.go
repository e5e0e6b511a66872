package progress_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ns = topics.Namespace("test")

// onceAnswered is a context that ends when somebody asks a second time how far a
// group is: the first answer is known then, however slow the machine.
func onceAnswered(t *testing.T, cluster *kfake.Cluster, group string) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	asked := 0
	cluster.ControlKey(kmsg.OffsetFetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if r, ok := req.(*kmsg.OffsetFetchRequest); ok && len(r.Groups) == 1 && r.Groups[0].Group == ns.Group(group) {
			if asked++; asked == 2 {
				cancel()
			}
		}
		return nil, nil, false
	})
	return ctx
}

// What a dead worker's open transaction hides is waited for: the fold has committed
// it, and the rows are not there yet.
func TestWaitSeesBehindAnOpenTransaction(t *testing.T) {
	var names []string
	for _, s := range topics.Table() {
		names = append(names, ns.Topic(s.ID))
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, names...))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic(ns.Topic(topics.Alerts)))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	dead, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic(ns.Topic(topics.Alerts)), kgo.TransactionalID("dead"))
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	if err := dead.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*kgo.Client{dead, client} { // never readable; committed, but hidden
		if err := c.ProduceSync(t.Context(), kgo.StringRecord("alert")).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	admin := kadm.NewClient(client)
	commit := func(group, topic string, at int64) {
		t.Helper()
		var os kadm.Offsets
		os.Add(kadm.Offset{Topic: topic, Partition: 0, At: at, LeaderEpoch: -1, Metadata: "tw1:"})
		if _, err := admin.CommitOffsets(t.Context(), ns.Group(group), os); err != nil {
			t.Fatal(err)
		}
	}
	commit("fold", ns.Topic(topics.Events), 0)
	if err := progress.Wait(onceAnswered(t, cluster, clickhouse.Role), admin, ns); err == nil || !strings.Contains(err.Error(), "test.alerts/0 at 0 of 2") {
		t.Errorf("error %v: want a wait for the two records", err)
	}
	commit(clickhouse.Role, ns.Topic(topics.Alerts), 2)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := progress.Wait(ctx, admin, ns); err != nil {
		t.Error(err)
	}
}

// Behind is what is not committed; a drain is not over with its offset.
func TestFolded(t *testing.T) {
	log := ns.Topic(topics.Events)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, log))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	commit := func(p int32, at int64, metadata string) {
		t.Helper()
		var os kadm.Offsets
		os.Add(kadm.Offset{Topic: log, Partition: p, At: at, LeaderEpoch: -1, Metadata: metadata})
		if _, err := admin.CommitOffsets(t.Context(), ns.Group("fold"), os); err != nil {
			t.Fatal(err)
		}
	}
	check := func(behind int64, draining bool) {
		t.Helper()
		b, d, err := progress.Folded(t.Context(), admin, ns, []int64{10, 20})
		if err != nil || b != behind || d != draining {
			t.Errorf("behind %d, draining %t, %v; want %d, %t", b, d, err, behind, draining)
		}
	}
	commit(0, 4, "tw1:")
	check(26, false)
	commit(0, 10, "tw1:")
	commit(1, 20, "tw1:CAE=")
	check(0, true)
	if err := progress.WaitFolded(onceAnswered(t, cluster, "fold"), admin, ns, []int64{10, 20}); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "draining true") {
		t.Errorf("error %v: want how far it came", err)
	}
	commit(1, 25, "tw1:")
	check(0, false)
	if err := progress.WaitFolded(t.Context(), admin, ns, []int64{10, 20}); err != nil {
		t.Error(err)
	}
}

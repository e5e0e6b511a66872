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
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ns = topics.Namespace("test")

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
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := progress.WaitFolded(ctx, admin, ns, []int64{10, 20}); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "draining true") {
		t.Errorf("error %v: want how far it came", err)
	}
	commit(1, 25, "tw1:")
	check(0, false)
	if err := progress.WaitFolded(t.Context(), admin, ns, []int64{10, 20}); err != nil {
		t.Error(err)
	}
}

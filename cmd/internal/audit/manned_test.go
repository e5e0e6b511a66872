package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Whoever waits for a role that nobody runs is told so.
func TestNobodyRunsTheRole(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	open := func(opts ...kgo.Opt) *kgo.Client {
		client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(cluster.ListenAddrs()...))...)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	client := open()
	defer client.Close()
	admin := kadm.NewClient(client)
	if err := manned(t.Context(), admin, "fold", time.Millisecond); err == nil || !strings.Contains(err.Error(), "group fold is behind the log and has no member") {
		t.Errorf("nobody is there: %v", err)
	}
	member := open(kgo.ConsumerGroup("fold"), kgo.ConsumeTopics("log"))
	defer member.Close()
	if err := manned(t.Context(), admin, "fold", time.Minute); err != nil {
		t.Errorf("a member is there: %v", err)
	}
}

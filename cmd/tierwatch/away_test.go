package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Without ClickHouse the program starts all the same: the warehouse waits, and the other
// roles of the same process write time into the log and fold it.
func TestAllRolesStartWithoutClickHouse(t *testing.T) {
	b := kafkatest.Memory(t)
	d := start(t, "run", "--brokers", strings.Join(b.Seeds, ","), "--roles", "warehouse,fold,conductor",
		"--clickhouse", fmt.Sprintf("127.0.0.1:%d", kafkatest.FreePorts(t.Context(), 1)[0]),
		"--set", "deployment.namespace="+string(b.Namespace), "--set", "deployment.time_zone=Asia/Shanghai",
		"--set", "deployment.base_currency=CNY", "--set", "http.addr=127.0.0.1:0")
	d.await("the warehouse waits for ClickHouse")
	policy := filepath.Join(t.TempDir(), "policy.yaml") // a conductor takes no log without one
	if err := os.WriteFile(policy, []byte(historyPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	(&cluster{Broker: b, t: t}).says(0, "policy", "publish", policy)
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Seeds...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin, log := kadm.NewClient(client), b.Namespace.Topic(topics.Events)
	kafkatest.Until(t, "the fold is behind the first records of the conductor in each partition", func() bool {
		at, err := admin.FetchOffsets(t.Context(), b.Namespace.Group("fold"))
		if err != nil || len(at[log]) == 0 {
			return false
		}
		for _, o := range at[log] {
			if o.At <= 0 {
				return false
			}
		}
		return true
	})
	d.interrupt()
	if code := d.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

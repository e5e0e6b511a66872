package main

import (
	"errors"
	"fmt"
	"net"
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
	addr := fmt.Sprintf("127.0.0.1:%d", kafkatest.FreePorts(t.Context(), 1)[0])
	withoutWarehouse(t, addr, func(d *running) { d.await("the warehouse waits for ClickHouse") })
}

// One that takes connections and says nothing holds nobody else up either, nor the end of
// the program.
func TestAClickHouseThatSaysNothingHoldsNobodyUp(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan net.Conn, 100)
	go func() {
		defer close(taken)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken <- c
		}
	}()
	var first net.Conn
	withoutWarehouse(t, l.Addr().String(), func(*running) { first = <-taken })
	if err := errors.Join(l.Close(), first.Close()); err != nil {
		t.Error(err)
	}
	for c := range taken {
		_ = c.Close()
	}
}

// withoutWarehouse runs the roles of one process with a ClickHouse that does not answer:
// time is written and folded, and the program ends when it is told to.
func withoutWarehouse(t *testing.T, clickhouse string, waits func(d *running)) {
	t.Helper()
	b := kafkatest.Memory(t)
	d := start(t, "run", "--brokers", strings.Join(b.Seeds, ","), "--roles", "warehouse,fold,conductor",
		"--clickhouse", clickhouse,
		"--set", "deployment.namespace="+string(b.Namespace), "--set", "deployment.time_zone=Asia/Shanghai",
		"--set", "deployment.base_currency=CNY", "--set", "http.addr=127.0.0.1:0")
	waits(d)
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

package clickhouse

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// testCluster is two engines that know each other as the shards of one cluster. The
// embedded engine has no queue for statements ON CLUSTER and no replicas, so the
// tables are unreplicated and shardConn takes such a statement to both itself.
type testCluster struct {
	engines [2]*embedded.ClickHouse
	links   [2]*proxy // through which the engines reach each other
}

// onShards is the cluster that database makes databases on, nil for one server.
// Tests of this package run one after the other.
var onShards *testCluster

var shardedCluster = Cluster{Name: "bank"}

const shardPassword = "of both engines"

const shardConfig = `<clickhouse>
  <remote_servers><bank>
    <shard><internal_replication>true</internal_replication><replica><host>%s</host><port>%s</port><user>tierwatch</user><password>` + shardPassword + `</password></replica></shard>
    <shard><internal_replication>true</internal_replication><replica><host>%s</host><port>%s</port><user>tierwatch</user><password>` + shardPassword + `</password></replica></shard>
  </bank></remote_servers>
</clickhouse>`

// startShards starts both engines; they end with the test.
func startShards(t *testing.T) *testCluster {
	t.Helper()
	c := &testCluster{}
	var places []any
	for i := range c.links {
		c.links[i] = newProxy(t, "")
		host, port, err := net.SplitHostPort(c.links[i].addr)
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, host, port)
	}
	for i := range c.engines {
		c.engines[i] = configured(t, fmt.Sprintf(shardConfig, places...))
	}
	for i, p := range c.links {
		p.lead(c.engines[i].Addr())
		p.open(t)
	}
	return c
}

// configured starts an engine with more in its configuration; it ends with the test.
func configured(t *testing.T, text string) *embedded.ClickHouse {
	t.Helper()
	server(t) // skips where there is no engine
	lib, err := embedded.FetchClickHouse(t.Context(), embedded.FetchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	merged := filepath.Join(dir, "config", "conf.d") // ClickHouse merges what lies there into its configuration
	if err := os.MkdirAll(merged, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(merged, "test.xml"): text, filepath.Join(dir, "password"): shardPassword} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseOptions{DataDir: dir, Lib: lib, Logger: zerolog.Nop(), MemoryLimit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := engine.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// shardConn takes statements ON CLUSTER to every shard, all others to the first.
type shardConn struct {
	driver.Conn
	others []driver.Conn
}

func (c *shardConn) Exec(ctx context.Context, query string, args ...any) error {
	clause := " ON CLUSTER `bank`"
	if !strings.Contains(query, clause) {
		return c.Conn.Exec(ctx, query, args...)
	}
	for _, conn := range append([]driver.Conn{c.Conn}, c.others...) {
		if err := conn.Exec(ctx, strings.Replace(query, clause, "", 1), args...); err != nil {
			return err
		}
	}
	return nil
}

func (c *shardConn) Close() error {
	for _, conn := range c.others {
		if err := conn.Close(); err != nil {
			return err
		}
	}
	return c.Conn.Close()
}

// open connects to every shard, with db as the default database.
func (c *testCluster) open(tb testing.TB, db string) *shardConn {
	tb.Helper()
	var list []driver.Conn
	for _, e := range c.engines {
		conn, err := ch.Open(&ch.Options{Addr: []string{e.Addr()}, Auth: ch.Auth{Database: db, Username: e.User(), Password: e.Password()}})
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, conn)
	}
	return &shardConn{list[0], list[1:]}
}

// storedRows counts the rows that lie in a table, repeats too, on all shards.
func storedRows(t *testing.T, conn driver.Conn, db, table string) uint64 {
	t.Helper()
	parts := "system.parts"
	if onShards != nil {
		parts, table = "cluster('bank', system.parts)", table+"_local"
	}
	return count(t, conn, "SELECT sum(rows) FROM "+parts+" WHERE active AND database = $1 AND table = $2", db, table)
}

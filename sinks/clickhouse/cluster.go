package clickhouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	ddl "github.com/tierwatch/tierwatch/schemas/clickhouse"
)

// Cluster says that the warehouse is several servers. The zero Cluster is one.
type Cluster struct {
	// Name is the cluster's in the servers' remote_servers; empty: one server. Its
	// number of shards is asked from the server.
	Name string
	// ReplicaPath and ReplicaName are what the Replicated engines are given: see
	// ddl.Layout. An empty path leaves tables unreplicated.
	ReplicaPath, ReplicaName string
	// Quorum is ClickHouse's insert_quorum: how many replicas must have rows before
	// they count as written; empty is "auto", the majority.
	Quorum string
}

// settings are what every INSERT into the cluster's tables has besides.
func (c Cluster) settings() ch.Settings {
	s := ch.Settings{}
	if c.Name == "" {
		return s
	}
	// A Distributed table answers when the shards have the rows, not when it has put
	// them by to send them later: offsets are committed upon that answer.
	s["distributed_foreground_insert"] = 1
	if c.ReplicaPath != "" {
		s["insert_quorum"] = "auto"
		if c.Quorum != "" {
			s["insert_quorum"] = c.Quorum
		}
		s["insert_quorum_timeout"] = (insertTimeout / 2).Milliseconds()
	}
	return s
}

// token is what a try goes under whose insert has a token that is the same for each.
// Only replicated tables note a token and its rows in one step, in Keeper. Others
// note it in a file of its own: killed at the wrong moment, a server was seen to take
// the repeat of rows that it had lost for one of rows that it has. There each try has a token of its own,
// so that rows whose answer was lost are stored twice, until they are merged.
func (c Cluster) token(same string) string {
	if c.ReplicaPath == "" {
		return rand.Text()
	}
	return same
}

// with adds the cluster's settings to those of an insertion.
func (c Cluster) with(s ch.Settings) ch.Settings {
	maps.Copy(s, c.settings())
	return s
}

// layout asks the server what the cluster looks like.
func (c Cluster) layout(ctx context.Context, conn driver.Conn) (ddl.Layout, error) {
	if c.Name == "" {
		return ddl.Layout{}, nil
	}
	var shards, doubled uint64
	err := conn.QueryRow(ctx, `
SELECT uniqExact(shard_num), uniqExactIf(shard_num, replica_num > 1 AND NOT internal_replication)
FROM system.clusters WHERE cluster = $1`, c.Name).Scan(&shards, &doubled)
	if err != nil {
		return ddl.Layout{}, fmt.Errorf("migrate ClickHouse: look for cluster %s: %w", c.Name, err)
	}
	if shards == 0 {
		return ddl.Layout{}, fmt.Errorf("migrate ClickHouse: clickhouse.cluster %q: the server knows no such cluster: name one of its remote_servers (table system.clusters)", c.Name)
	}
	if doubled > 0 && c.ReplicaPath != "" {
		return ddl.Layout{}, fmt.Errorf("migrate ClickHouse: clickhouse.cluster %q: %d of its shards have several replicas without internal_replication: "+
			"set it to true in the servers' remote_servers, else rows are sent to each replica and copied between them too", c.Name, doubled)
	}
	return ddl.Layout{Cluster: c.Name, ReplicaPath: c.ReplicaPath, ReplicaName: c.ReplicaName, Shards: int(shards)}, nil
}

package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	ddl "github.com/tierwatch/tierwatch/schemas/clickhouse"
)

// everywhere lets statements ON CLUSTER wait for the servers that are up. One that
// is down runs them when it is back, in their order.
func everywhere(ctx context.Context, l ddl.Layout) context.Context {
	if l.Cluster == "" {
		return ctx
	}
	return ch.Context(ctx, ch.WithSettings(ch.Settings{
		"distributed_ddl_output_mode":  "none_only_active",
		"distributed_ddl_task_timeout": 100, // seconds, less than an answer may take
	}))
}

// checkLayout refuses to spread a schema over other servers than it was made for:
// rows would stay where they are, and new ones of the same key go elsewhere. A
// schema of one server notes nothing, so those made before there were clusters are
// like any other.
func checkLayout(ctx context.Context, conn driver.Conn, db string, l ddl.Layout) error {
	var tables, columns uint64
	err := conn.QueryRow(ctx, "SELECT uniqExact(table), countIf(name = 'layout') FROM system.columns WHERE database = $1 AND table = 'schema_migrations'", db).
		Scan(&tables, &columns)
	if err != nil {
		return fmt.Errorf("migrate ClickHouse: look at %s.schema_migrations: %w", db, err)
	}
	if tables == 0 {
		return nil
	}
	was := []string{""}
	if columns > 0 {
		if err := conn.QueryRow(ctx, "SELECT groupUniqArray(layout) FROM `"+db+"`.schema_migrations FINAL").Scan(&was); err != nil {
			return fmt.Errorf("migrate ClickHouse: read %s.schema_migrations: %w", db, err)
		}
	}
	for _, w := range was {
		if w != l.String() {
			return fmt.Errorf("migrate ClickHouse: database %s was made for %s, but the settings now say %s: take clickhouse.cluster, replica_path and replica_name back, "+
				"or name another clickhouse.database and let the warehouse read the log again", db, described(w), described(l.String()))
		}
	}
	return nil
}

func described(layout string) string {
	if layout == "" {
		return "one server (no clickhouse.cluster)"
	}
	return layout
}

// schemaTable is the table that notes the files applied. On a cluster it is one
// table with a copy on every server of every shard, so any of them can be asked.
func schemaTable(db string, l ddl.Layout) string {
	columns := "version UInt32 COMMENT 'Number of the file', " +
		"file String COMMENT 'Name of the file', " +
		"checksum String COMMENT 'SHA-256 of the file', " +
		"applied_at DateTime('UTC') COMMENT 'When it was applied'"
	engine := "ReplacingMergeTree"
	if l.Cluster != "" {
		columns += ", layout String COMMENT 'Servers that it was applied to'"
	}
	if l.Replicated() {
		name := l.ReplicaName
		if strings.Contains(l.ReplicaPath, "{shard}") && !strings.Contains(name, "{shard}") {
			name = "{shard}-" + name
		}
		engine = "ReplicatedReplacingMergeTree('" + strings.ReplaceAll(l.ReplicaPath, "{shard}", "all") + "', '" + name + "')"
	}
	return "CREATE TABLE IF NOT EXISTS `" + db + "`.schema_migrations" + l.OnCluster() + " (" + columns + ") " +
		"ENGINE = " + engine + " ORDER BY version COMMENT 'Schema files applied to this database'"
}

// noteApplied writes down that a file was applied.
func noteApplied(ctx context.Context, conn driver.Conn, db string, l ddl.Layout, file ddl.Migration, at time.Time) error {
	names, values, arguments := "version, file, checksum, applied_at", "$1, $2, $3, $4", []any{file.Version, file.File, file.Checksum, at}
	if l.Cluster != "" {
		names, values, arguments = names+", layout", values+", $5", append(arguments, l.String())
	}
	if err := conn.Exec(ctx, "INSERT INTO `"+db+"`.schema_migrations ("+names+") VALUES ("+values+")", arguments...); err != nil {
		return fmt.Errorf("migrate ClickHouse: note %s as applied: %w", file.File, err)
	}
	return nil
}

package clickhouse

import (
	"strings"
	"testing"
	"time"

	ddl "github.com/tierwatch/tierwatch/schemas/clickhouse"
)

var replicaSet = Cluster{Name: "bank", ReplicaPath: ddl.DefaultReplicaPath, ReplicaName: ddl.DefaultReplicaName}

// TestClusteredStatementsParse: the engine understands every statement of every
// layout, though it has no other servers to run them on.
func TestClusteredStatementsParse(t *testing.T) {
	conn, db := emptyDatabase(t)
	for _, shards := range []int{1, 3} {
		layout := ddl.Layout{Cluster: "bank", ReplicaPath: ddl.DefaultReplicaPath, ReplicaName: ddl.DefaultReplicaName, Shards: shards}
		list, err := ddl.Migrations(db, layout)
		if err != nil {
			t.Fatal(err)
		}
		statements := []string{schemaTable(db, layout)}
		for _, m := range list {
			statements = append(statements, m.Statements...)
		}
		for _, s := range statements {
			var text string
			if err := conn.QueryRow(t.Context(), "SELECT formatQuery($1)", s).Scan(&text); err != nil {
				t.Fatalf("%v\n%s", err, s)
			}
			if !strings.Contains(text, "ON CLUSTER bank") {
				t.Errorf("understood otherwise: %.200s", text)
			}
		}
	}
}

// keeperConfig gives an engine a Keeper in its own process, enough to make tables.
const keeperConfig = `<clickhouse>
  <zookeeper><implementation>testkeeper</implementation></zookeeper>
  <macros><shard>01</shard><replica>r1</replica></macros>
  <remote_servers><bank><shard><replica><host>127.0.0.1</host><port>1</port></replica></shard></bank></remote_servers>
</clickhouse>`

// TestReplicatedTablesAreMade: the engine takes engines, paths and settings of every
// table of every layout. It cannot fill them: it has no address for other replicas.
func TestReplicatedTablesAreMade(t *testing.T) {
	engine := configured(t, keeperConfig)
	conn, err := Open(ConnOptions{Addrs: []string{engine.Addr()}, Database: "x", User: engine.User(), Password: engine.Password()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for db, shards := range map[string]int{"one": 1, "three": 3} {
		layout := ddl.Layout{Cluster: "bank", ReplicaPath: ddl.DefaultReplicaPath, ReplicaName: ddl.DefaultReplicaName, Shards: shards}
		list, err := ddl.Migrations(db, layout)
		if err != nil {
			t.Fatal(err)
		}
		statements := []string{"CREATE DATABASE " + db, schemaTable(db, layout)}
		for _, m := range list {
			statements = append(statements, m.Statements...)
		}
		for _, s := range statements {
			if strings.HasPrefix(s, "ALTER TABLE") && strings.Contains(s, "_raw") {
				continue // a replica that is read-only takes no change
			}
			if err := conn.Exec(t.Context(), strings.Replace(s, layout.OnCluster(), "", 1)); err != nil {
				t.Fatalf("%v\n%s", err, s)
			}
		}
		n := count(t, conn, "SELECT count() FROM system.tables WHERE database = $1 AND engine LIKE 'Replicated%' AND engine_full LIKE '%/clickhouse/tables/%'", db)
		if plain := count(t, conn, "SELECT count() FROM system.tables WHERE database = $1 AND engine LIKE '%MergeTree' AND engine NOT LIKE 'Replicated%'", db); n < 20 || plain > 0 {
			t.Errorf("%s: %d replicated tables, %d others", db, n, plain)
		}
	}
}

func TestUnknownClusterIsRefused(t *testing.T) {
	conn, db := emptyDatabase(t)
	_, err := Migrate(t.Context(), conn, db, replicaSet)
	if err == nil || !strings.Contains(err.Error(), `clickhouse.cluster "bank"`) {
		t.Fatalf("got %v", err)
	}
}

// TestLayoutStays: a schema is not spread over other servers afterwards, and one
// that was made before clusters is of one server.
func TestLayoutStays(t *testing.T) {
	conn, db := database(t)
	one, two := ddl.Layout{Cluster: "bank", Shards: 1}, ddl.Layout{Cluster: "bank", Shards: 2}
	if err := checkLayout(t.Context(), conn, db, ddl.Layout{}); err != nil {
		t.Fatal(err)
	}
	err := checkLayout(t.Context(), conn, db, one)
	if err == nil || !strings.Contains(err.Error(), "was made for one server") || !strings.Contains(err.Error(), "clickhouse.database") {
		t.Fatalf("got %v", err)
	}

	conn, db = emptyDatabase(t)
	if err := conn.Exec(t.Context(), strings.Replace(schemaTable(db, one), one.OnCluster(), "", 1)); err != nil {
		t.Fatal(err)
	}
	if err := noteApplied(t.Context(), conn, db, one, ddl.Migration{Version: 1}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := checkLayout(t.Context(), conn, db, one); err != nil {
		t.Fatal(err)
	}
	for _, other := range []ddl.Layout{two, {}} {
		if err := checkLayout(t.Context(), conn, db, other); err == nil || !strings.Contains(err.Error(), "was made for cluster bank, 1 shards") {
			t.Errorf("%s: %v", other, err)
		}
	}
}

// TestTokens: a repeat may be left out where token and rows are stored in one step.
func TestTokens(t *testing.T) {
	if got := replicaSet.token("x"); got != "x" {
		t.Errorf("replicated tables: token %q, want the same for every try", got)
	}
	for _, c := range []Cluster{{}, shardedCluster} {
		if one, other := c.token("x"), c.token("x"); one == other || one == "" {
			t.Errorf("cluster %q: tokens %q and %q, want each try to have its own", c.Name, one, other)
		}
	}
}

// TestInsertSettings: what the acknowledgement of an INSERT means on a cluster.
func TestInsertSettings(t *testing.T) {
	if s := (Cluster{}).settings(); len(s) != 0 {
		t.Errorf("one server: %v, want nothing besides", s)
	}
	s := replicaSet.settings()
	if s["insert_quorum"] != "auto" || s["distributed_foreground_insert"] != 1 || s["insert_quorum_timeout"].(int64) >= insertTimeout.Milliseconds() {
		t.Errorf("cluster: %v", s)
	}
	in := (&insertion{token: "x"}).settings()
	if all := replicaSet.with(in); all["insert_deduplication_token"] != "x" || all["insert_quorum"] != "auto" {
		t.Errorf("an insertion's own settings are lost: %v", all)
	}
	_, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 3)
	o := connOptions(t, db)
	o.Cluster = replicaSet
	if err := poolOf(t, o).insert(t.Context(), b.events.insertion(db, 0, 3)); err != nil {
		t.Errorf("the server does not take the settings: %v", err)
	}
}

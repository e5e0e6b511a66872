package clickhouse

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files instead of comparing")

var (
	replicated = Layout{Cluster: "bank", ReplicaPath: DefaultReplicaPath, ReplicaName: DefaultReplicaName, Shards: 1}
	sharded    = Layout{Cluster: "bank", ReplicaPath: DefaultReplicaPath, ReplicaName: DefaultReplicaName, Shards: 3}
)

// TestSnapshots: what each layout runs, whole, for a reader.
func TestSnapshots(t *testing.T) {
	for name, l := range map[string]Layout{"single": {}, "replicated": replicated, "sharded": sharded} {
		list, err := Migrations("tierwatch", l)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, m := range list {
			b.WriteString("-- " + m.File + "\n\n" + strings.Join(m.Statements, ";\n\n") + ";\n\n")
		}
		path := filepath.Join("testdata", name+".sql")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v: run the test with -update and review the file", err)
		}
		if b.String() != string(want) {
			t.Errorf("%s differs: run the test with -update and review the change", path)
		}
	}
}

// TestEveryStatementGoesToEveryServer, and where tables are copied, all of them are.
func TestEveryStatementGoesToEveryServer(t *testing.T) {
	for _, l := range []Layout{replicated, sharded} {
		list, err := Migrations("tierwatch", l)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			for _, s := range m.Statements {
				head, _, _ := strings.Cut(s, "\n")
				if !strings.Contains(head, " ON CLUSTER `bank`") {
					t.Errorf("%s: on one server only: %.90s", m.File, s)
				}
				if strings.Contains(s, "\nENGINE = ") && !strings.Contains(s, "\nENGINE = Replicated") && !strings.Contains(s, "\nENGINE = Distributed") {
					t.Errorf("%s: without copies: %.90s", m.File, s)
				}
			}
		}
	}
}

// TestACustomerIsOnOneShard: in every table that has the customer in its key.
func TestACustomerIsOnOneShard(t *testing.T) {
	list, err := Migrations("tierwatch", sharded)
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, m := range list {
		for _, s := range m.Statements {
			name, found := strings.CutPrefix(s, "CREATE TABLE IF NOT EXISTS `tierwatch`.")
			if !found || strings.Contains(s, "ENGINE = Distributed") {
				continue
			}
			tables++
			name, _, _ = strings.Cut(name, "_local ")
			over := "'tierwatch', '" + name + "_local', cityHash64(customer_id))"
			// A dead letter may name no customer: its whole key says where it lies.
			if name != "dlq_raw" && strings.Contains(s, "    customer_id String") && !strings.Contains(strings.Join(m.Statements, "\n"), over) {
				t.Errorf("%s: rows of a customer are scattered", name)
			}
		}
	}
	if tables < 20 {
		t.Errorf("%d tables seen", tables)
	}
}

func TestAlterReachesBothTables(t *testing.T) {
	for rest, want := range map[string]string{
		"\n    ADD COLUMN IF NOT EXISTS x Int8": "ALTER TABLE `a`.x_raw_local ON CLUSTER `bank`\n    ADD COLUMN IF NOT EXISTS x Int8; " +
			"ALTER TABLE `a`.x_raw ON CLUSTER `bank`\n    ADD COLUMN IF NOT EXISTS x Int8",
		" MODIFY SETTING fsync_after_insert = 0": "ALTER TABLE `a`.x_raw_local ON CLUSTER `bank` MODIFY SETTING fsync_after_insert = 0",
	} {
		got, err := sharded.Statements("ALTER TABLE `a`.x_raw" + rest)
		if err != nil || strings.Join(got, "; ") != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	got, err := sharded.Statements("DROP TABLE IF EXISTS `a`.x_raw")
	if err != nil || len(got) != 2 || strings.Contains(got[0], "_local") || !strings.Contains(got[1], "_local") {
		t.Errorf("got %q, %v: the table that reads goes first", got, err)
	}
}

func TestWhatCannotBeClusteredIsRefused(t *testing.T) {
	const head, tail = "CREATE TABLE IF NOT EXISTS `a`.", "\n(\n    x Int8\n)\n"
	for name, s := range map[string]string{
		"form":     "CREATE DICTIONARY `a`.d",
		"engine":   head + "x_raw" + tail + "ENGINE = Memory",
		"window":   head + "x_raw" + tail + "ENGINE = MergeTree\nORDER BY x",
		"name":     head + "x" + tail + "ENGINE = MergeTree\nORDER BY x\nSETTINGS non_replicated_deduplication_window = 5",
		"ORDER BY": head + "x_raw" + tail + "ENGINE = MergeTree\nORDER BY f(x)\nSETTINGS non_replicated_deduplication_window = 5",
	} {
		if got, err := sharded.Statements(s); err == nil {
			t.Errorf("%s: made %q", name, got)
		}
	}
}

func TestLayoutIsChecked(t *testing.T) {
	for want, l := range map[string]Layout{
		"cluster":      {Cluster: "a'b"},
		"replica name": {Cluster: "a", ReplicaPath: DefaultReplicaPath},
		"{table}":      {Cluster: "a", ReplicaPath: "/x/{shard}", ReplicaName: "r"},
		"{shard}":      {Cluster: "a", ReplicaPath: "/x/{table}", ReplicaName: "r", Shards: 2},
	} {
		if _, err := Migrations("a", l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want it to name %s", l, err, want)
		}
	}
	if (Layout{}).String() != "" || replicated.String() == sharded.String() {
		t.Error("layouts are not told apart")
	}
}

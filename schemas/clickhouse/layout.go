package clickhouse

import (
	"fmt"
	"regexp"
	"strings"
)

// Defaults of a Layout's replicas. Servers name {shard} and {replica} in their
// macros; {database} and {table} are ClickHouse's own.
const (
	DefaultReplicaPath = "/clickhouse/tables/{shard}/{database}/{table}"
	DefaultReplicaName = "{replica}"
)

// Layout says over which servers the schema lies. The zero Layout is one server.
//
// The numbered files are written for one server; [Layout.Statements] turns them
// into what a cluster runs, so that there is one text to read and to review. Their
// checksums are those of the files in every layout.
type Layout struct {
	// Cluster is the cluster's name in the servers' remote_servers; empty: one server.
	Cluster string
	// ReplicaPath and ReplicaName are the arguments of the Replicated engines. An empty
	// path leaves tables unreplicated: shards without copies.
	ReplicaPath, ReplicaName string
	// Shards is the cluster's number of shards. With more than one, table x_raw is
	// Distributed over the tables x_raw_local.
	Shards int
}

// Replicated tells that tables have copies.
func (l Layout) Replicated() bool { return l.Cluster != "" && l.ReplicaPath != "" }

// Sharded tells that a table's rows lie on several shards.
func (l Layout) Sharded() bool { return l.Cluster != "" && l.Shards > 1 }

// String is the layout as a database notes it: equal for equal layouts, empty for
// one server.
func (l Layout) String() string {
	if l.Cluster == "" {
		return ""
	}
	return fmt.Sprintf("cluster %s, %d shards, replica path %s, replica name %s", l.Cluster, max(l.Shards, 1), l.ReplicaPath, l.ReplicaName)
}

// plain are characters that need no quoting in any place a setting goes to.
var plain = regexp.MustCompile(`^[A-Za-z0-9_{}/.\-]*$`)

// Validate tells which setting of l cannot be used.
func (l Layout) Validate() error {
	for _, s := range []struct{ field, value string }{
		{"cluster", l.Cluster}, {"replica path", l.ReplicaPath}, {"replica name", l.ReplicaName},
	} {
		if !plain.MatchString(s.value) {
			return fmt.Errorf("%s %q: use letters, digits and _ - . / { }", s.field, s.value)
		}
	}
	if l.ReplicaPath == "" {
		return nil
	}
	if l.ReplicaName == "" {
		return fmt.Errorf("replica name is empty: name the macro that differs from server to server, such as %s", DefaultReplicaName)
	}
	if !strings.HasPrefix(l.ReplicaPath, "/") || !strings.Contains(l.ReplicaPath, "{table}") && !strings.Contains(l.ReplicaPath, "{uuid}") {
		return fmt.Errorf("replica path %q: begin it with / and let it hold {table}, else tables would share one place in Keeper", l.ReplicaPath)
	}
	if l.Sharded() && !strings.Contains(l.ReplicaPath, "{shard}") {
		return fmt.Errorf("replica path %q: let it hold {shard}, else the %d shards would be copies of each other", l.ReplicaPath, l.Shards)
	}
	return nil
}

// OnCluster is what a statement has after the name it defines.
func (l Layout) OnCluster() string {
	if l.Cluster == "" {
		return ""
	}
	return " ON CLUSTER `" + l.Cluster + "`"
}

// form splits a statement of a schema file at the name it defines.
var form = regexp.MustCompile("(?s)^(CREATE TABLE IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE|DROP TABLE IF EXISTS|DROP VIEW IF EXISTS) (`[^`]+`\\.)([a-z0-9_]+)(.*)$")

// Statements are what the layout runs for one statement of a schema file, in order.
// It is a pure function: the snapshots in testdata show what it makes. It fails on
// a form it does not know rather than run it on one server of many.
func (l Layout) Statements(statement string) ([]string, error) {
	if l.Cluster == "" {
		return []string{statement}, nil
	}
	parts := form.FindStringSubmatch(statement)
	if parts == nil {
		return nil, fmt.Errorf("statement %.60q: its form is not known to a clustered schema", statement)
	}
	verb, db, name, rest := parts[1], parts[2], parts[3], parts[4]
	split := l.Sharded() && strings.HasSuffix(name, rawSuffix)
	switch {
	case verb == "CREATE TABLE IF NOT EXISTS":
		return l.table(db, name, rest)
	case verb == "CREATE OR REPLACE VIEW" && l.Sharded():
		return []string{l.join(verb, db, name, globally(rest))}, nil
	case verb == "ALTER TABLE" && split && ofStorage.MatchString(rest):
		return []string{l.join(verb, db, name+localSuffix, rest)}, nil
	case verb == "ALTER TABLE" && split:
		// The local table first: whoever sees a new column can write it.
		return []string{l.join(verb, db, name+localSuffix, rest), l.join(verb, db, name, rest)}, nil
	case verb == "DROP TABLE IF EXISTS" && split:
		return []string{l.join(verb, db, name, rest), l.join(verb, db, name+localSuffix, rest)}, nil
	}
	return []string{l.join(verb, db, name, rest)}, nil
}

func (l Layout) join(verb, db, name, rest string) string {
	return verb + " " + db + name + l.OnCluster() + rest
}

package clickhouse

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	// rawSuffix ends the name of what is written, localSuffix that of one shard's part of it.
	rawSuffix   = "_raw"
	localSuffix = "_local"
	customerKey = "customer_id"
)

var (
	engineLine = regexp.MustCompile(`(?m)^ENGINE = ([A-Za-z]*MergeTree)(?:\(([a-z_]+)\))?$`)
	orderLine  = regexp.MustCompile(`(?m)^ORDER BY \(?([a-z_, ]+?)\)?$`)
	comment    = regexp.MustCompile(`(?m)^COMMENT '.*$`)
	window     = regexp.MustCompile(`non_replicated_deduplication_window = (\d+)`)
	// ofStorage are changes of what a Distributed table has not.
	ofStorage = regexp.MustCompile(`^\s+MODIFY SETTING `)
)

// table makes a table's statements: the one with the rows and, with several shards,
// the Distributed one over it.
func (l Layout) table(db, name, rest string) ([]string, error) {
	if !engineLine.MatchString(rest) {
		return nil, fmt.Errorf("table %s: its engine is no MergeTree on a line of its own", name)
	}
	stored, err := l.replicas(name, rest)
	if err != nil {
		return nil, err
	}
	if !l.Sharded() {
		return []string{l.join("CREATE TABLE IF NOT EXISTS", db, name, stored)}, nil
	}
	if !strings.HasSuffix(name, rawSuffix) {
		return nil, fmt.Errorf("table %s: name it x%s: only such tables are split over shards", name, rawSuffix)
	}
	key, err := shardingKey(name, rest)
	if err != nil {
		return nil, err
	}
	said := comment.FindString(rest)
	return []string{
		l.join("CREATE TABLE IF NOT EXISTS", db, name+localSuffix, stored),
		l.join("CREATE TABLE IF NOT EXISTS", db, name, fmt.Sprintf(" AS %s%s\nENGINE = Distributed('%s', '%s', '%s', %s)\n%s",
			db, name+localSuffix, l.Cluster, strings.Trim(db, "`."), name+localSuffix, key, said)),
	}, nil
}

// replicas gives the engine its copies. The window in which a repeated insert is
// known by its token is another setting for them, kept in Keeper for all replicas.
func (l Layout) replicas(name, rest string) (string, error) {
	if !l.Replicated() {
		return rest, nil
	}
	if !window.MatchString(rest) {
		return "", fmt.Errorf("table %s: it has no non_replicated_deduplication_window: a repeated insert would be stored twice", name)
	}
	rest = window.ReplaceAllString(rest, "replicated_deduplication_window = $1, replicated_deduplication_window_seconds = 604800")
	return engineLine.ReplaceAllStringFunc(rest, func(line string) string {
		parts := engineLine.FindStringSubmatch(line)
		arguments := "'" + l.ReplicaPath + "', '" + l.ReplicaName + "'"
		if parts[2] != "" {
			arguments += ", " + parts[2]
		}
		return "ENGINE = Replicated" + parts[1] + "(" + arguments + ")"
	}), nil
}

// shardingKey keeps together what FINAL must see together: rows of one key. Where
// the key begins with the customer all of a customer's rows are on one shard, and
// on the same one in every table.
func shardingKey(name, rest string) (string, error) {
	parts := orderLine.FindStringSubmatch(rest)
	if parts == nil {
		return "", fmt.Errorf("table %s: it has no ORDER BY of plain columns, of which the shard would follow", name)
	}
	if first, _, _ := strings.Cut(parts[1], ","); first == customerKey {
		return "cityHash64(" + customerKey + ")", nil
	}
	return "cityHash64(" + parts[1] + ")", nil
}

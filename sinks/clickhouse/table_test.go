package clickhouse

import (
	"regexp"
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// aggregate strips SimpleAggregateFunction from a type.
var aggregate = regexp.MustCompile(`^SimpleAggregateFunction\(\w+, (.*)\)$`)

// TestColumnsAreTheSchema ties the one column list of each table to its DDL: same
// names, same order, same types.
func TestColumnsAreTheSchema(t *testing.T) {
	conn, db := database(t)
	for _, r := range newBatch().tables() {
		rows, err := conn.Query(t.Context(), "SELECT name, type FROM system.columns WHERE database = $1 AND table = $2 ORDER BY position", db, r.name())
		if err != nil {
			t.Fatal(err)
		}
		var names, types []string
		for rows.Next() {
			var name, typ string
			if err := rows.Scan(&name, &typ); err != nil {
				t.Fatal(err)
			}
			names, types = append(names, name), append(types, typ)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(r.columns(), " "), strings.Join(names, " "); got != want {
			t.Errorf("%s: columns\n  insert %s\n  schema %s", r.name(), got, want)
			continue
		}
		for i, kind := range r.kinds() {
			typ := types[i]
			if m := aggregate.FindStringSubmatch(typ); m != nil {
				typ = m[1]
			}
			if !strings.HasPrefix(typ, kind) {
				t.Errorf("%s.%s: inserted as %s, schema says %s", r.name(), names[i], kind, typ)
			}
		}
	}
}

// TestEnumsAreTheProto: the schema's Enum8 have the names and numbers of the proto.
func TestEnumsAreTheProto(t *testing.T) {
	conn, db := database(t)
	plain := func(names map[int32]string, strip string) map[int32]string {
		out := map[int32]string{}
		for n, name := range names {
			if out[n] = strings.TrimPrefix(name, strip); n == 0 {
				out[n] = ""
			}
		}
		return out
	}
	lower := func(names map[int32]string) map[int32]string {
		for n := range names {
			names[n] = strings.ToLower(names[n])
		}
		return names
	}
	for column, names := range map[string]map[int32]string{
		"account_type":      plain(pb.AccountType_name, ""),
		"txn_type":          plain(pb.TxnType_name, ""),
		"direction":         plain(pb.Direction_name, ""),
		"status":            plain(pb.TxnStatus_name, ""),
		"initiator":         plain(pb.Initiator_name, ""),
		"channel":           plain(pb.Channel_name, ""),
		"counterparty_type": plain(pb.CounterpartyType_name, "COUNTERPARTY_"),
		"reversal_kind":     plain(pb.ReversalKind_name, ""),
		"standing":          plain(pb.Standing_name, ""),
		"period_kind":       plain(pb.PeriodKind_name, "PERIOD_"),
		"state":             plain(pb.AlertState_name, ""),
		"severity":          plain(pb.Severity_name, ""),
		"verdicts_raw.kind": lower(plain(pb.VerdictKind_name, "VERDICT_")),

		"tier_changes_raw.kind": plain(pb.ChangeKind_name, ""),
	} {
		table := "%"
		if before, after, ok := strings.Cut(column, "."); ok {
			table, column = before, after
		}
		rows, err := conn.Query(t.Context(), "SELECT table, type FROM system.columns WHERE database = $1 AND table LIKE $2 AND table LIKE '%_raw' AND name = $3 AND type LIKE 'Enum8%'", db, table, column)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for rows.Next() {
			var tab, typ string
			if err := rows.Scan(&tab, &typ); err != nil {
				t.Fatal(err)
			}
			found++
			if got, want := len(strings.Split(typ, ",")), len(names); got != want {
				t.Errorf("%s.%s: %d values, proto has %d: add them in a new schema file", tab, column, got, want)
			}
			for n, name := range names {
				if !regexp.MustCompile(`'` + name + `' = ` + itoa(n) + `\b`).MatchString(typ) {
					t.Errorf("%s.%s: '%s' = %d is missing", tab, column, name, n)
				}
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if found == 0 {
			t.Errorf("no Enum8 column %s", column)
		}
	}
}

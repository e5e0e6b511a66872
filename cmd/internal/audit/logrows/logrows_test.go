package logrows

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Whatever piece of the log is looked at, and however many rows at a time.
func TestWhatTheSinkWritesIsWhatTheLogSays(t *testing.T) {
	b := newBank(t)
	for _, what := range []piece{{}, {window: 2}, {from: 5}, {from: 20, window: 3}, {end: 9}, {end: 24}, {end: 26}, {from: 4, end: 30, window: 2}} {
		for _, d := range b.compare(t, what) {
			t.Errorf("%+v: %+v", what, d)
		}
	}
}

// rowsOf are a row of each table: what it is in SQL, and the place of the log behind it.
var rowsOf = map[string]struct {
	where     string
	partition int32
	offset    int64
}{
	"events_raw":           {"partition = 0 AND offset = 13", 0, 13},
	"customer_facts_raw":   {"partition = 0 AND offset = 14", 0, 14},
	"account_facts_raw":    {"partition = 0 AND offset = 15", 0, 15},
	"rm_assignments_raw":   {"partition = 0 AND offset = 16", 0, 16},
	"credit_status_raw":    {"partition = 0 AND offset = 17", 0, 17},
	"complaints_raw":       {"partition = 0 AND offset = 18", 0, 18},
	"rm_actions_raw":       {"partition = 0 AND offset = 19", 0, 19},
	"opening_balances_raw": {"partition = 0 AND offset = 20", 0, 20},
	"tier_seeds_raw":       {"partition = 0 AND offset = 21", 0, 21},
	"tier_overrides_raw":   {"partition = 0 AND offset = 22", 0, 22},
	"control_raw":          {"partition = 1 AND offset = 9", 1, 9},
	"rates_raw":            {"unit = 'EUR'", 0, 3},
	"accounts_raw":         {"account_id = 'b'", 0, 29},
	"tiers_raw":            {"tier_rank = 1", 0, 2},
}

// here are the differences about a table at a place.
func here(list []found, table string, partition int32, offset int64) (what []string) {
	for _, d := range list {
		if d.Where == "table "+table && d.partition == partition && d.Offset == offset {
			what = append(what, d.What)
		}
	}
	return what
}

func TestALostRowIsNamed(t *testing.T) {
	b := newBank(t)
	for table := range Tables() {
		r, ok := rowsOf[table]
		if !ok {
			t.Errorf("no row of %s is deleted", table)
			continue
		}
		b.do(t, fmt.Sprintf("ALTER TABLE `%s`.%s DELETE WHERE %s SETTINGS mutations_sync = 2", b.db, table, r.where))
	}
	for _, window := range []int{0, 2} {
		list := b.compare(t, piece{window: window})
		for table, r := range rowsOf {
			what := here(list, table, r.partition, r.offset)
			if len(what) != 1 || !strings.HasSuffix(what[0], "a row is missing") {
				t.Errorf("window %d, %s: %q at %d:%d, want one missing row; all: %v", window, table, what, r.partition, r.offset, list)
			}
		}
		for _, d := range list {
			if strings.HasPrefix(d.Where, "table ") && len(here(list, strings.TrimPrefix(d.Where, "table "), d.partition, d.Offset)) > 0 {
				if r := rowsOf[strings.TrimPrefix(d.Where, "table ")]; r.partition == d.partition && r.offset == d.Offset {
					continue
				}
				t.Errorf("window %d: %+v, but that row is there", window, d)
			}
		}
	}
}

// mutable are the columns of a table that are not in its key, with their types.
func (b *bank) mutable(t *testing.T, table string) map[string]string {
	t.Helper()
	rows, err := b.conn.Query(t.Context(), "SELECT name, type FROM system.columns WHERE database = $1 AND table = $2 AND NOT is_in_sorting_key AND NOT is_in_partition_key", b.db, table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns := map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			t.Fatal(err)
		}
		columns[name] = typ
	}
	return columns
}

// other is a value of a type that the bank has nowhere.
func other(typ string) string {
	switch {
	case strings.Contains(typ, "Tuple"):
		return "(toDateTime(77, 'UTC'), 77, 77)"
	case strings.Contains(typ, "Array"):
		return "['77']"
	case strings.Contains(typ, "String"):
		return "'77'"
	case strings.Contains(typ, "Bool"):
		return "false"
	case strings.Contains(typ, "Enum"):
		return "1"
	}
	return "7"
}

// Each column that can be changed is changed in one row of each table.
func TestAChangedValueIsNamed(t *testing.T) {
	b := newBank(t)
	left := map[string]bool{}
	for _, name := range events.apart {
		left[name] = true
	}
	changed := map[string][]string{}
	for table := range Tables() {
		var set []string
		for name, typ := range b.mutable(t, table) {
			if name == "partition" || name == "offset" || name == "last_offset" || left[name] {
				continue
			}
			set = append(set, "`"+name+"` = "+other(typ))
			changed[table] = append(changed[table], name)
		}
		b.do(t, fmt.Sprintf("ALTER TABLE `%s`.%s UPDATE %s WHERE %s SETTINGS mutations_sync = 2", b.db, table, strings.Join(set, ", "), rowsOf[table].where))
	}
	list := b.compare(t, piece{})
	for table, names := range changed {
		r := rowsOf[table]
		if table == "control_raw" {
			names = []string{"kind", "term", "day", "at", "name", "number", "mode", "fx_lag_days", "nav_lag_days", "time_zone"}
		}
		var what string
		for _, d := range list { // of tiers_raw the row of either partition is there
			if d.Where == "table "+table && (d.Offset == r.offset || table == "tiers_raw") {
				what += d.What
			}
		}
		for _, name := range names {
			if !strings.Contains(what, name+" is ") {
				t.Errorf("%s: %q does not name %s", table, what, name)
			}
		}
	}
}

// A row too many is named: of a record that makes none, and one of a record's that has
// another key and so stands beside it.
func TestARowTooManyIsNamed(t *testing.T) {
	b := newBank(t)
	insert := func(table, change, where string) {
		t.Helper()
		b.do(t, fmt.Sprintf("INSERT INTO `%s`.%s SELECT * REPLACE(%s) FROM (SELECT * FROM `%s`.%s WHERE %s)", b.db, table, change, b.db, table, where))
	}
	for table, r := range rowsOf {
		switch table {
		case "accounts_raw":
			insert(table, "'ghost' AS account_id", r.where)
		case "tiers_raw":
			insert(table, "7 AS tier_rank, 'ghost' AS tier", r.where)
		case "rates_raw":
			insert(table, "'ghost' AS unit", r.where)
		case "events_raw", "rm_actions_raw":
			insert(table, "'ghost' AS customer_id", r.where)
		default:
			insert(table, "10 AS offset", r.where) // a TICK
		}
	}
	list := b.compare(t, piece{})
	for table, r := range rowsOf {
		offset, want := r.offset, "the log gives no such row"
		partition := r.partition
		switch table {
		case "events_raw", "rm_actions_raw":
			want = "the row is there twice"
		case "accounts_raw", "rates_raw":
		case "tiers_raw":
			what := append(here(list, table, 0, 2), here(list, table, 1, 2)...)
			if len(what) != 1 || !strings.HasPrefix(what[0], "tier ghost") || !strings.HasSuffix(what[0], want) {
				t.Errorf("%s: %q", table, what)
			}
			continue
		default:
			offset = 10
		}
		if what := strings.Join(here(list, table, partition, offset), "; "); !strings.Contains(what, want) {
			t.Errorf("%s at %d:%d: %q, want %q", table, partition, offset, what, want)
		}
	}
}

// Views that lie are found out, though their tables hold what they must.
func TestViewsAreCompared(t *testing.T) {
	b := newBank(t)
	for view, lie := range map[string]string{
		"events":           "SELECT *, '' AS txn_id, toInt64(0) AS flow_minor FROM `${db}`.events_raw FINAL",
		"complaints":       "SELECT * FROM `${db}`.complaints_raw UNION ALL SELECT * FROM `${db}`.complaints_raw",
		"tier_seeds":       "SELECT * FROM `${db}`.tier_seeds_raw FINAL WHERE 0",
		"credit_status":    "SELECT * REPLACE(toInt32(5) AS dpd) FROM `${db}`.credit_status_raw FINAL",
		"opening_balances": "SELECT * FROM `${db}`.opening_balances_raw FINAL",
		"closes":           "SELECT assumeNotNull(day) AS day, partition, offset, at FROM `${db}`.control_raw FINAL WHERE kind = 'close' AND offset > 5",
		"rates":            "SELECT unit, day, rate_e12, offset FROM `${db}`.rates_raw FINAL",
		"tiers":            "SELECT * FROM `${db}`.tiers_raw FINAL WHERE tier_rank = 0",
		"accounts":         "SELECT * FROM `${db}`.accounts_were WHERE account_id != 'unbooked'",
		"customers":        "SELECT * REPLACE(toUInt64(9) AS accounts) FROM `${db}`.customers_were",
	} {
		if strings.Contains(lie, view+"_were") {
			b.do(t, fmt.Sprintf("RENAME TABLE `%s`.%s TO `%s`.%s_were", b.db, view, b.db, view))
		}
		b.do(t, fmt.Sprintf("CREATE OR REPLACE VIEW `%s`.%s AS %s", b.db, view, strings.ReplaceAll(lie, "${db}", b.db)))
	}
	var all []string
	for _, d := range b.compare(t, piece{}) {
		all = append(all, fmt.Sprintf("%s %d:%d: %s", d.Where, d.partition, d.Offset, d.What))
		if !strings.HasPrefix(d.Where, "view ") {
			t.Errorf("%+v, but the tables are right", d)
		}
	}
	told := strings.Join(all, "\n")
	for _, want := range []string{
		"view events 0:24: a row is shown that does not count", "view events 0:25: a row is shown that does not count",
		"view events 0:23: the row is not what the log says: txn_id is empty, the log says 1; flow_minor is 0, the log says -700",
		"view complaints 0:18: the row is there twice",
		"view tier_seeds 0:21: a row is missing",
		"view credit_status 0:17: the row is not what the log says: dpd is 5, the log says 20005",
		"view opening_balances 0:30: a row is shown that does not count",
		"view closes 0:4: a row is not shown",
		"view closes 0:6: a row is shown that does not count", "view closes 0:7: a row is shown that does not count",
		"view rates 0:5: USD of 2025-01-12: ", "view rates 0:8: USD of 2025-01-13: the log gives no such row",
		"view tiers", "view accounts 0:35: account unbooked: a row is missing",
		"view customers 1:13: customer: the row is not what the log says: accounts is 9, the log says 1",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("nobody says %q", want)
		}
	}
	if t.Failed() {
		t.Log(told)
	}
}

// What was said before a snapshot is in the view rates, with what came since.
func TestRatesFromBeforeAreCompared(t *testing.T) {
	b := newBank(t)
	usd := func(e12 int64) *pb.Rate { return &pb.Rate{Unit: "USD", RateE12: e12} }
	behind := piece{from: 6, before: &clickhouse.Beginning{Day: 20100, Term: 2, Records: []*pb.LogRecord{
		b.log[0][0], ratesOn(0, 20100, usd(1), &pb.Rate{Unit: "EUR", RateE12: 2}, &pb.Rate{Unit: "FUND1", RateE12: 4}),
		ratesOn(0, 20100, &pb.Rate{Unit: "FUND1", RateE12: 5}),
	}}}
	for _, d := range b.compare(t, behind) {
		t.Errorf("%+v", d)
	}
	b.do(t, fmt.Sprintf("ALTER TABLE `%s`.rates_raw DELETE WHERE unit = 'EUR' SETTINGS mutations_sync = 2", b.db))
	b.do(t, fmt.Sprintf("ALTER TABLE `%s`.rates_raw UPDATE rate_e12 = 7 WHERE unit = 'USD' AND offset = 3 SETTINGS mutations_sync = 2", b.db))
	var told []string
	for _, d := range b.compare(t, behind) {
		told = append(told, d.Where+": "+d.What)
	}
	slices.Sort(told)
	want := []string{"view rates: EUR of 2025-01-12: a row is missing", "view rates: USD of 2025-01-12: the row is not what the log says: rate_e12 is 7, the log says 1"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// Every table that is compared here is one of the sink.
func TestTablesAreThoseOfTheSink(t *testing.T) {
	known := map[string]bool{}
	for _, table := range clickhouse.Tables() {
		known[table.Name] = true
	}
	for name := range Tables() {
		if !known[name] {
			t.Errorf("the sink has no table %s", name)
		}
	}
}

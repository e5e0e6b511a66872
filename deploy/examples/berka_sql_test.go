package examples_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	sink "github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// averages is the sum of a month's end-of-day balances per owner, from events and
// verdicts alone: every day of the month is looked at by itself.
const averages = `
WITH days AS (SELECT toDate({from:Date}) + number AS day FROM numbers(dateDiff('day', {from:Date}, {to:Date}) + 1)),
moves AS
(
    SELECT customer_id, account_id, value_day AS at, flow_minor AS n FROM events
    UNION ALL
    SELECT customer_id, account_id, assumeNotNull(day) AS at, amount AS n FROM verdicts WHERE kind = 'healed'
)
SELECT customer_id, toInt64(sum(greatest(balance, 0)))
FROM (SELECT customer_id, account_id, day, sum(n) AS balance FROM moves CROSS JOIN days WHERE at <= day GROUP BY customer_id, account_id, day)
GROUP BY customer_id`

// The books and the averages in a real ClickHouse, month by month, to the unit.
func TestBerkaWarehouse(t *testing.T) {
	t.Parallel()
	b := berka(t)
	const db = "berka"
	conn := warehouse(t, b.history, b.said, db)
	if positions, ids := stored(t, conn, db); positions != 49_102 || ids != 49_102 {
		t.Errorf("events_raw: %d positions, %d ids, want 49102", positions, ids)
	}
	var counting uint64
	if err := conn.QueryRow(t.Context(), "SELECT count() FROM events").Scan(&counting); err != nil || counting != 49_102 {
		t.Errorf("%d events count (%v): the fold refused none", counting, err)
	}
	compared := 0
	questions := averageQuestions(t)
	for _, m := range b.months() {
		day := func(d int32) string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }
		asked := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{
			"from": day(m[0]), "to": day(m[1]), "types": "['DEMAND']",
		}))
		for name, sql := range questions {
			rows, err := conn.Query(asked, sql)
			if err != nil {
				t.Fatal(name, err)
			}
			for rows.Next() {
				var owner string
				var sum int64
				if err := rows.Scan(&owner, &sum); err != nil {
					t.Fatal(err)
				}
				if got, ok := b.sumOn(owner, m[0], m[1]); !ok || got != sum {
					t.Errorf("%s: owner %s, month to %s: the fold has %d (told: %v), SQL %d", name, owner, day(m[1]), got, ok, sum)
				}
				compared++
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := len(questions) * 10_958; compared != want {
		t.Errorf("%d months of owners compared, want %d", compared, want)
	}
}

// averageQuestions are the ways of SQL to a month's sums: day by day, and the two
// that analysts are given.
func averageQuestions(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{"day by day": averages}
	given, err := sink.Queries()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range given {
		if strings.Contains(q.Name, "_adb_") {
			list[q.Name] = "SELECT customer_id, toInt64(sum_minor_days) FROM (" + q.SQL + ")"
		}
	}
	if len(list) != 3 {
		t.Fatalf("%d ways to an average, want 3", len(list))
	}
	return list
}

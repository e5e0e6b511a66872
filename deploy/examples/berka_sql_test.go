package examples_test

import (
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
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
	for _, m := range b.months() {
		day := func(d int32) string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }
		asked := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"from": day(m[0]), "to": day(m[1])}))
		rows, err := conn.Query(asked, averages)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var owner string
			var sum int64
			if err := rows.Scan(&owner, &sum); err != nil {
				t.Fatal(err)
			}
			if got, ok := b.sumOn(owner, m[0], m[1]); !ok || got != sum {
				t.Errorf("owner %s, month to %s: the fold has %d (told: %v), SQL %d", owner, day(m[1]), got, ok, sum)
			}
			compared++
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if compared != 10_958 {
		t.Errorf("%d months of owners compared, want 10958", compared)
	}
}

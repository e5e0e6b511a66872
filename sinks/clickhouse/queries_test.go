package clickhouse

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// queryParameters are the parameters that the tests and the document use.
var queryParameters = map[string]string{
	"scheme": "card", "from": "2025-05-31", "to": "2025-06-21", "percent": "5", "types": "['DEMAND','TIME','NOTICE']",
}

// periods are for the questions about a whole period.
var periods = map[string][2]string{
	"08_adb_as_restated": {"2025-05-01", "2025-05-31"},
	"09_adb_as_decided":  {"2025-05-01", "2025-05-31"},
	"10_flow_split":      {"2025-05-01", "2025-06-30"},
}

// TestQueries asks every question of the small bank; the answers are worked out by
// hand in testdata/queries.
func TestQueries(t *testing.T) {
	conn, db := database(t)
	smallBank(t, conn, db)
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		t.Run(q.Name, func(t *testing.T) {
			params := ch.Parameters{}
			maps.Copy(params, queryParameters)
			if p, ok := periods[q.Name]; ok {
				params["from"], params["to"] = p[0], p[1]
			}
			rows, err := conn.Query(ch.Context(t.Context(), ch.WithParameters(params)), q.SQL)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			golden(t, "queries/"+q.Name+".txt", render(t, rows))
		})
	}
	// The branches of the flow split, of C1's and C6's bookings behind a change, are those that rm_on tells.
	for _, day := range []string{"2025-06-16", "2025-06-21"} {
		expectRows(t, ask(t, conn, "SELECT customer_id, branch FROM rm_on(day = '"+day+"') WHERE customer_id IN ('C1', 'C6') ORDER BY customer_id"),
			"customer_id | branch\nC1 | NJ-01\nC6 | NJ-02\n")
	}
}

// TestScoresAreNotMoney: a scheme that goes by a score has customers, but no money.
func TestScoresAreNotMoney(t *testing.T) {
	conn, db := database(t)
	fill(t, db, topics.Events, 0, 0, engine0(), closeOf(date("2025-04-21")))
	snap := standing("a", "2025-04-21", 0)
	snap.Schemes[0] = &pb.SchemeSnapshot{
		Scheme: "class", Standing: pb.Standing_ACTIVE, Tier: "b", TierRank: 1, AumMinor: 4200, ThresholdMinor: 4000,
		PeriodStart: date("2025-04-01"), PeriodEnd: date("2025-04-30"), Divisor: 30,
	}
	fill(t, db, topics.Snapshots, 0, 0, snap)
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"scheme": "class"})), queries[0].SQL)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	expectRows(t, render(t, rows), "tier | customers | money_minor | money_percent | estimate_minor\nb | 1 | - | - | -\n")
}

// TestQueriesDocument keeps docs/queries.md in step with the queries and answers.
func TestQueriesDocument(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(queriesIntro)
	for _, q := range queries {
		answer, err := os.ReadFile(filepath.Join("testdata", "queries", q.Name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```sql\n%s\n```\n\n%s", q.Title, q.About, q.SQL, markdownTable(string(answer)))
	}
	path := filepath.Join("..", "..", "docs", "queries.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("docs/queries.md differs from the queries and their answers: run this test with -update and review the change")
	}
}

const queriesIntro = `# The questions of the first day

Each question below is one query over the analysts' views and is tested on the real engine, with the answer shown here
(a bank of eight customers, sinks/clickhouse/bank_test.go). The queries are files in sinks/clickhouse/queries; this page
is made from them.

- Parameters such as ` + "`{scheme:String}`" + ` are ClickHouse query parameters: ` + "`clickhouse-client --param_scheme=card`" + `, over HTTP
  ` + "`?param_scheme=card`" + `, or replace them by hand.
- Amounts are minor units (fen, cent) of the base currency. Schemes count the same money: never add them up.
- Ask about money of a scheme that goes by balances: of a scheme by score ` + "`aum_minor`" + ` is the score in basis points.
- Read the views (` + "`events`" + `, ` + "`customer_tiers`" + `), not the tables ` + "`…_raw`" + ` under them: those may hold a row twice until it is merged away.
- ` + "`tier_on(day = …)`" + ` and ` + "`customer_tiers_on(day = …)`" + ` carry money and averages to a day without a row and answer alike. The second is
  quicker for the last day closed and for days to come, also while the next day is being closed; the first for days long past.
- A past day may move a little: bookings and rates that came late count where they belong, so the same question may answer otherwise
  tomorrow. What was decided stays: ` + "`tier_changes`" + `, and [the average as it was decided](#average-daily-balance-from-the-events-as-it-was-decided).
`

func markdownTable(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		b.WriteString("| " + line + " |\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", strings.Count(line, " | ")+1) + "\n")
		}
	}
	return b.String()
}

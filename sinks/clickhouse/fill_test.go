package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// date returns the days since 1970 of an ISO date.
func date(iso string) int32 {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		panic(err)
	}
	return int32(t.Unix() / 86400)
}

// fill decodes records as if read from Kafka, one topic and partition, offsets
// from first, and inserts their rows, twice: no answer may change by a repeat.
func fill(tb testing.TB, db string, id topics.ID, partition int32, first int64, list ...marshaler) {
	tb.Helper()
	b := newBatch()
	decodeAll(tb, &decoder{tiers: testTiers}, b, id, partition, first, list...)
	b.seal()
	send(tb, db, b)
	send(tb, db, b)
}

func decodeAll(tb testing.TB, d *decoder, b *batch, id topics.ID, partition int32, first int64, list ...marshaler) {
	tb.Helper()
	for i, m := range list {
		value, err := m.MarshalVT()
		if err != nil {
			tb.Fatal(err)
		}
		from := origin{topics.DefaultNamespace.Topic(id), partition, first + int64(i)}
		if err := d.add(b, message{from, value, 1_750_000_000}); err != nil {
			tb.Fatal(err)
		}
	}
}

// put inserts the rows of a batch once.
func put(tb testing.TB, db string, b *batch) {
	tb.Helper()
	b.seal()
	send(tb, db, b)
}

func send(tb testing.TB, db string, b *batch) {
	tb.Helper()
	out := poolOf(tb, connOptions(tb, db))
	for _, r := range b.tables() {
		if r.count() == 0 {
			continue
		}
		in := r.insertion(db, 0, r.count())
		in.token = Cluster{}.token("")
		if err := out.insert(tb.Context(), in); err != nil {
			tb.Fatal(err)
		}
	}
}

// testTiers are the tiers of every policy in these tests.
func testTiers([]byte) ([]Tier, error) {
	return []Tier{
		{Scheme: "card", Rank: 0, Name: "mass", Zh: "普通", Metric: "aum"},
		{Scheme: "card", Rank: 1, Name: "gold", Zh: "金卡", Metric: "aum", Threshold: 50_000_00, WatchAfter: 1, DownAfter: 3, LandsOn: "last"},
		{Scheme: "card", Rank: 2, Name: "platinum", Zh: "白金", Metric: "aum", Threshold: 500_000_00, WatchAfter: 1, DownAfter: 3, LandsOn: "last"},
	}, nil
}

func engine0() *pb.LogRecord {
	return &pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", NavLagDays: 1}}
}

func closeOf(day int32) *pb.LogRecord {
	return &pb.LogRecord{Close: &pb.Close{Day: day, Cut: int64(day+1) * 86400}}
}

func rate(day int32, unit string, e12 int64) *pb.LogRecord {
	return &pb.LogRecord{Rates: &pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: unit, RateE12: e12}}}}
}

// atRest runs a statement about a table where its rows lie: with the cluster's clause, and
// the table.
func atRest(tb testing.TB, conn driver.Conn, statement, table string) {
	tb.Helper()
	clause := ""
	if onShards != nil {
		table, clause = table+"_local", " ON CLUSTER `bank`"
	}
	if err := conn.Exec(tb.Context(), fmt.Sprintf(statement, clause, table)); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

// ask reads a query into text, a line per row, cells joined by " | ".
func ask(tb testing.TB, conn driver.Conn, query string, args ...any) string {
	tb.Helper()
	rows, err := conn.Query(tb.Context(), query, args...)
	if err != nil {
		tb.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	return render(tb, rows)
}

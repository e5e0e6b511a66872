package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// branchBank makes records as a retail bank has them: a customer with two or three
// accounts, some thirty bookings a month with skewed amounts, ids that grow.
type branchBank struct {
	r   *rand.Rand
	seq int64
	day int32
}

func (g *branchBank) transaction(customers int) *pb.LogRecord {
	g.seq++
	c := int(float64(customers) * g.r.Float64() * g.r.Float64()) // some customers are busy
	types := []pb.TxnType{
		pb.TxnType_CARD_SPEND, pb.TxnType_CARD_SPEND, pb.TxnType_CARD_SPEND, pb.TxnType_CARD_SPEND, pb.TxnType_TRANSFER_OUT,
		pb.TxnType_TRANSFER_IN, pb.TxnType_SALARY_IN, pb.TxnType_DIRECT_DEBIT, pb.TxnType_FEE, pb.TxnType_FUND_BUY,
	}
	typ := types[g.r.IntN(len(types))]
	t := &pb.Transaction{
		CustomerId: fmt.Sprintf("C-%08x", uint32(c)*2654435761), AccountId: fmt.Sprintf("A-%08x-%d", uint32(c)*2654435761, g.r.IntN(2)+1),
		Source: "core", TxnId: fmt.Sprintf("%012d", 100_000_000+g.seq*7), Version: 1, SourceSeq: g.seq,
		AccountType: pb.AccountType_DEMAND, TxnType: typ, Direction: pb.Direction_DEBIT, Status: pb.TxnStatus_POSTED,
		Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel(1 + g.r.IntN(6)), Currency: "CNY",
		AmountMinor: int64(g.r.ExpFloat64() * 50_000), BusinessDay: g.day, ValueDay: g.day,
		EventTime: int64(g.day)*86400 + g.seq%86400, IngestTime: int64(g.day)*86400 + g.seq%86400 + 2,
		BalanceAfter: int64(g.r.ExpFloat64() * 5_000_000), BalanceKnown: true,
		BranchId: fmt.Sprintf("NJ-%03d", c%200), Origin: &pb.Origin{Name: "core.txn", Partition: int32(c % 12), Position: g.seq / 12},
	}
	t.BaseAmountMinor = t.AmountMinor
	switch typ {
	case pb.TxnType_CARD_SPEND:
		t.Mcc, t.CounterpartyType = fmt.Sprint(5000+g.r.IntN(300)), pb.CounterpartyType_COUNTERPARTY_MERCHANT
	case pb.TxnType_TRANSFER_OUT, pb.TxnType_TRANSFER_IN:
		t.CounterpartyType, t.CounterpartyBankCode = pb.CounterpartyType_OTHER_BANK, fmt.Sprintf("10%d", g.r.IntN(40))
		t.CounterpartyHash = fmt.Sprintf("%016x", g.r.Uint64())
	}
	if typ == pb.TxnType_TRANSFER_IN || typ == pb.TxnType_SALARY_IN {
		t.Direction = pb.Direction_CREDIT
	}
	return &pb.LogRecord{Transaction: t}
}

func (g *branchBank) snapshot(c int) *pb.Snapshot {
	g.seq++
	money := int64(g.r.ExpFloat64() * 20_000_000)
	s := &pb.Snapshot{
		CustomerId: fmt.Sprintf("C-%08x", uint32(c)*2654435761), Day: g.day, Policy: &pb.PolicyRef{Name: "retail", Version: 3},
		AsOf: int64(g.day+1) * 86400, Log: &pb.Position{Partition: int32(c % 12), Offset: g.seq}, AssetsMinor: money,
		Metrics: []*pb.MetricValue{{Name: "aum", Value: money}, {Name: "inflow", Value: money / 7}, {Name: "active", Value: g.r.Int64N(30)}},
		Scores: []*pb.ScoreValue{{Name: "value", ScoreBp: g.r.Int32N(10000), Contributions: []*pb.Contribution{
			{Dimension: "assets", PointsBp: g.r.Int32N(10000), WeightBp: 7000}, {Dimension: "activity", PointsBp: g.r.Int32N(10000), WeightBp: 3000},
		}}},
	}
	start := g.day - g.day%30
	scheme := &pb.SchemeSnapshot{
		Scheme: "card", Standing: pb.Standing_ACTIVE, Tier: []string{"mass", "gold", "platinum"}[c%3], TierRank: int32(c % 3), SinceDay: g.day - int32(c%300),
		AumMinor: money, AdbSumMinor: money * int64(g.day-start+1), PeriodStart: start, PeriodEnd: start + 29, PeriodKind: pb.PeriodKind_PERIOD_MONTH, Divisor: 30,
		ThresholdMinor: 5_000_000, NextThresholdMinor: 50_000_000, DepositWeightBp: 10000, RunRateMinor: money + 1000,
		Holdings: []*pb.Holding{{Unit: "CNY", Quantity: money, WeightBp: 10000}},
	}
	if c%10 == 0 {
		scheme.DownOn, scheme.LandsOn = g.day+30, "mass"
	}
	s.Schemes = []*pb.SchemeSnapshot{scheme}
	return s
}

// benchRows fills a batch with rows of n customers and days, split like the sink.
func benchRows(tb testing.TB, events, customers, days int, each func(*batch)) {
	tb.Helper()
	g := &branchBank{r: rand.New(rand.NewPCG(5, 6)), day: 20000}
	d := &decoder{}
	offsets := map[topics.ID]int64{}
	b := newBatch()
	add := func(id topics.ID, m marshaler) {
		decodeAll(tb, d, b, id, 3, offsets[id], m)
		offsets[id]++
		if offsets[id]%50_000 == 0 {
			each(b)
			b = newBatch()
		}
	}
	for range days {
		for range events / days {
			add(topics.Events, g.transaction(customers))
		}
		for c := range customers {
			if g.r.IntN(2) == 0 {
				add(topics.Snapshots, g.snapshot(c))
			}
		}
		g.day++
	}
	each(b)
}

// BenchmarkStorage reports bytes per row of each table after all merges, and the
// largest columns: the figures in schemas/clickhouse/README.md.
func BenchmarkStorage(b *testing.B) {
	conn, db := database(b)
	benchRows(b, 600_000, 20_000, 30, func(batch *batch) { put(b, db, batch) })
	b.ResetTimer()
	for b.Loop() {
		for _, table := range []string{"events_raw", "customer_snapshots_raw", "customer_metrics_raw", "customer_tiers_raw"} {
			if err := conn.Exec(b.Context(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
				b.Fatal(err)
			}
			rows, bytes := storedBytes(b, conn, db, table)
			b.ReportMetric(bytes/rows, strings.TrimSuffix(table, "_raw")+"_B/row")
		}
	}
	b.Log("\n" + ask(b, conn, `
SELECT table, name, type, compression_codec, round(data_compressed_bytes / t.rows, 2) AS bytes_per_row
FROM system.columns AS c
INNER JOIN (SELECT table, sum(rows) AS rows FROM system.parts WHERE active AND database = $1 GROUP BY table) AS t USING (table)
WHERE c.database = $1 AND data_compressed_bytes > 0
ORDER BY table, bytes_per_row DESC`, db))
}

func storedBytes(tb testing.TB, conn driver.Conn, db, table string) (rows, bytes float64) {
	tb.Helper()
	err := conn.QueryRow(tb.Context(), "SELECT toFloat64(sum(rows)), toFloat64(sum(data_compressed_bytes)) FROM system.parts WHERE active AND database = $1 AND table = $2", db, table).Scan(&rows, &bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return rows, bytes
}

// BenchmarkInsert reports rows per second, decoding included, in batches of 50,000
// records, one writer; the server shares the cores.
func BenchmarkInsert(b *testing.B) {
	g := &branchBank{r: rand.New(rand.NewPCG(5, 6)), day: 20000}
	var events, snapshots [][]byte
	for c := range 50_000 {
		e, err := g.transaction(20_000).MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		s, err := g.snapshot(c).MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		events, snapshots = append(events, e), append(snapshots, s)
	}
	for id, values := range map[topics.ID][][]byte{topics.Events: events, topics.Snapshots: snapshots} {
		b.Run(string(id), func(b *testing.B) {
			conn, db := database(b)
			d := &decoder{}
			topic := topics.DefaultNamespace.Topic(id)
			server, client := serverCPU(b, conn), clientCPU(b)
			batch := newBatch()
			for b.Loop() {
				batch.reset()
				for i, v := range values {
					if err := d.add(batch, message{origin: origin{topic, 0, int64(i)}, value: v}); err != nil {
						b.Fatal(err)
					}
				}
				put(b, db, batch)
			}
			n := float64(b.N) * float64(len(values))
			b.ReportMetric(n/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric((serverCPU(b, conn)-server)/n, "server-µs/record")
			b.ReportMetric((clientCPU(b)-client)/n, "client-µs/record")
		})
	}
}

// BenchmarkTierOn reports the server's CPU of questions to tier_on with 200,000
// customers and four snapshots each.
func BenchmarkTierOn(b *testing.B) {
	conn, db := database(b)
	benchRows(b, 0, 200_000, 8, func(batch *batch) { put(b, db, batch) })
	fill(b, db, topics.Events, 0, 0, engine0(), closeOf(20000))
	for name, query := range map[string]string{
		"money by tier": "SELECT tier, count(), sum(aum_minor) FROM tier_on(day = '2024-10-10') GROUP BY tier",
		"everything":    "SELECT groupBitXor(cityHash64(tuple(*))) FROM tier_on(day = '2024-10-10')",
		"one customer":  "SELECT * FROM tier_on(day = '2024-10-10') WHERE customer_id = 'C-00000000'",
	} {
		b.Run(name, func(b *testing.B) {
			before := serverCPU(b, conn)
			for b.Loop() {
				ask(b, conn, query)
			}
			b.ReportMetric((serverCPU(b, conn)-before)/float64(b.N)/1000, "server-ms/op")
		})
	}
}

// serverCPU is what the server's queries have used, clientCPU what this process
// has, in microseconds: unlike the rate they do not depend on who shares the cores.
func serverCPU(tb testing.TB, conn driver.Conn) float64 {
	return float64(count(tb, conn, "SELECT value FROM system.events WHERE event = 'OSCPUVirtualTimeMicroseconds'"))
}

func clientCPU(tb testing.TB) float64 {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1000
}

// BenchmarkDecode reports the client's share: records to columns, without sending.
func BenchmarkDecode(b *testing.B) {
	g := &branchBank{r: rand.New(rand.NewPCG(5, 6)), day: 20000}
	values := make([][]byte, 10_000)
	for i := range values {
		v, err := g.transaction(20_000).MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		values[i] = v
	}
	d := &decoder{}
	topic := topics.DefaultNamespace.Topic(topics.Events)
	b.ReportAllocs()
	for b.Loop() {
		batch := newBatch()
		for i, v := range values {
			if err := d.add(batch, message{origin: origin{topic, 0, int64(i)}, value: v}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(values)), "ns/record")
}

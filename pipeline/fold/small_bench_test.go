package fold_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// smallBank is the bank of `bench fold`, smaller: customers with one account, two
// schemes and about five bookings over 120 days. saved is told at the end of each
// thirty days.
func smallBank(tb testing.TB, customers int, saved func(next int64, p *fold.Partition)) *fold.Partition {
	tb.Helper()
	policy, err := os.ReadFile("../../deploy/examples/demo/policy.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	p, out, next := fold.New(fold.Options{Saves: true}), fold.Outputs{}, int64(0)
	add := func(r *pb.LogRecord) {
		v, err := r.MarshalVT()
		if err != nil {
			tb.Fatal(err)
		}
		if err := p.Apply(next, v, &out); err != nil {
			tb.Fatal(err)
		}
		next++
		for p.Draining() {
			p.Drain(1000, &out)
		}
		out.Reset()
	}
	const first, days, zone = 19723, 120, 8 * 3600
	midnight := func(d int32) int64 { return int64(d)*86400 - zone }
	add(&pb.LogRecord{Engine: &pb.Engine{Version: fold.EngineVersion, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", NavLagDays: 1, Clock: "log"}})
	add(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "retail", Version: 1, EffectiveDay: first, Yaml: policy}})
	add(&pb.LogRecord{Tick: &pb.Tick{At: midnight(first), BusinessDay: first, UtcOffset: zone}})
	rng := rand.New(rand.NewPCG(1, 2))
	balance := make([]int64, customers)
	name := func(c int) (customer, account string) { return fmt.Sprintf("C-%09d", c), fmt.Sprintf("A-%09d-1", c) }
	for c := range customers {
		balance[c] = 400_000 << rng.IntN(9)
		who, account := name(c)
		add(&pb.LogRecord{Balance: &pb.BalanceSnapshot{
			CustomerId: who, AccountId: account, AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: first - 1,
			Balance: balance[c], EventTime: midnight(first) - 1, BusinessDay: first - 1,
		}})
	}
	book := func(n int, d int32) {
		c := rng.IntN(customers)
		who, account := name(c)
		x := pb.Transaction{
			CustomerId: who, AccountId: account, Source: "core", TxnId: fmt.Sprintf("%012d", n), Version: 1, SchemaVersion: 1,
			Status: pb.TxnStatus_POSTED, AccountType: pb.AccountType_DEMAND, Currency: "CNY", Channel: pb.Channel_APP,
			AmountMinor: 4_000 + rng.Int64N(80_000), Direction: pb.Direction_DEBIT, TxnType: pb.TxnType_CARD_SPEND,
			EventTime: midnight(d) + rng.Int64N(86400), BusinessDay: d, ValueDay: d, Initiator: pb.Initiator_CUSTOMER,
			BalanceKnown: true, BalanceTrust: pb.BalanceTrust_BALANCE_TRUST_ORDERED,
		}
		if rng.IntN(2) == 0 || balance[c] < x.AmountMinor {
			x.Direction, x.TxnType = pb.Direction_CREDIT, pb.TxnType_SALARY_IN
			balance[c] += x.AmountMinor
		} else {
			balance[c] -= x.AmountMinor
		}
		x.BaseAmountMinor, x.BalanceAfter = x.AmountMinor, balance[c]
		add(&pb.LogRecord{Transaction: &x})
	}
	n := 0
	for d := int32(first); d < first+days; d++ {
		for ; n < int(d-first+1)*5*customers/days; n++ {
			book(n, d)
		}
		add(&pb.LogRecord{Close: &pb.Close{Day: d, Cut: midnight(d + 1)}})
		add(&pb.LogRecord{Tick: &pb.Tick{At: midnight(d + 1), BusinessDay: d + 1, UtcOffset: zone}})
		if (d-first)%30 == 29 {
			saved(next, p)
		}
	}
	return p
}

// smallState is what tierwatch.state holds of a small bank that was saved month by
// month, after compaction: the records of a customer lie apart.
func smallState(tb testing.TB, customers int) *stateTopic {
	tb.Helper()
	var topic stateTopic
	var saves fold.Saves
	smallBank(tb, customers, func(next int64, p *fold.Partition) {
		p.Save(p.Unsaved(), &saves)
		p.SaveProgress(next, &saves)
		topic.put(&saves)
	})
	topic.compact()
	return &topic
}

// BenchmarkRestoreSmall is the cost of taking a customer who does little.
func BenchmarkRestoreSmall(b *testing.B) {
	const customers = 20_000
	topic := smallState(b, customers)
	size := 0
	for _, r := range topic.list {
		size += len(r.Key) + len(r.Value)
	}
	b.ReportAllocs()
	watch := startWatch()
	for b.Loop() {
		takeAll(b, topic.list)
	}
	b.ReportMetric(float64(len(topic.list))/customers, "records/customer")
	b.ReportMetric(float64(size)/customers, "B/customer")
	watch.report(b, customers)
}

// takeAll restores a partition from all records.
func takeAll(tb testing.TB, list []fold.Saved) *fold.Partition {
	tb.Helper()
	l := fold.NewLoading(fold.Options{Saves: true})
	for _, r := range list {
		l.Take(r.Key, r.Value)
	}
	p, _, err := l.Done()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// BenchmarkSaveSmall is the cost of a small customer's records when he has had a day,
// a commit at a time.
func BenchmarkSaveSmall(b *testing.B) {
	const customers, commit = 20_000, 500
	var saves fold.Saves
	p := smallBank(b, customers, func(int64, *fold.Partition) {})
	p.Save(customers, &saves)
	b.ReportAllocs()
	size := 0
	watch := startWatch()
	for b.Loop() {
		p.MarkAll()
		size = 0
		for p.Unsaved() > 0 {
			saves.Reset()
			p.Save(commit, &saves)
			size += bytesOf(&saves)
		}
	}
	b.ReportMetric(float64(size)/customers, "B/customer")
	watch.report(b, customers)
}

package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

func builder(t testing.TB, zone, cut, base string) *event.Builder {
	t.Helper()
	cal, err := event.NewCalendar(zone, cut, base)
	if err != nil {
		t.Fatal(err)
	}
	return &event.Builder{Calendar: cal, Rates: fixedRates{"USD": 7_100_000_000_000, "JPY": 4_600_000_000_000}}
}

type fixedRates map[string]int64

func (r fixedRates) Rate(unit string, _ int32) (int64, bool) {
	v, ok := r[unit]
	return v, ok
}

const salary = `{"event_id":"core:88:1","source_seq":4711,"schema_version":1,"customer_id":"C-9f3a","account_id":"A-1","account_type":"DEMAND",` +
	`"txn_type":"SALARY_IN","direction":"CREDIT","amount_minor":2500000,"currency":"CNY","balance_after_minor":52000000,` +
	`"event_time":"2025-06-21T14:05:00+08:00","status":"POSTED","initiator":"CUSTOMER","channel":"APP","branch_id":"NJ-03"}`

func TestCanonicalTransaction(t *testing.T) {
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Bind(nil); err != nil {
		t.Fatal("JSON has no header: ", err)
	}
	var got *pb.LogRecord
	out, err := m.Row(event.Row{Name: "bank.txn", Partition: 3, Position: 918273, Doc: []byte(salary)}, func(r *pb.LogRecord) error {
		got = r.CloneVT()
		return nil
	})
	if err != nil || out.Verdict != event.Accepted {
		t.Fatal(err, out.Reject)
	}
	day, _ := event.Day(2025, 6, 21)
	want := &pb.LogRecord{Transaction: &pb.Transaction{
		CustomerId: "C-9f3a", AccountId: "A-1", Source: "core", TxnId: "88", Version: 1, SourceSeq: 4711, SchemaVersion: 1,
		AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_SALARY_IN, Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED,
		Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_APP, AmountMinor: 2_500_000, Currency: "CNY", BaseAmountMinor: 2_500_000,
		BalanceAfter: 52_000_000, BalanceKnown: true, BalanceTrust: pb.BalanceTrust_BALANCE_TRUST_ORDERED,
		EventTime: 1750485900, BusinessDay: day, ValueDay: day, BranchId: "NJ-03",
		Origin: &pb.Origin{Name: "bank.txn", Partition: 3, Position: 918273},
	}}
	if d := cmp.Diff(want, got, protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

func BenchmarkJSONToLog(b *testing.B) {
	m, err := Canonical().Mapper(builder(b, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		b.Fatal(err)
	}
	row := event.Row{Name: "bank.txn", Doc: []byte(salary)}
	buf := make([]byte, 0, 4096)
	emit := func(r *pb.LogRecord) error {
		_, err := r.MarshalToSizedBufferVT(buf[:r.BoundVT()])
		return err
	}
	b.SetBytes(int64(len(salary)))
	b.ReportAllocs()
	for b.Loop() {
		out, err := m.Row(row, emit)
		if err != nil || out.Verdict != event.Accepted {
			b.Fatal(err, out.Reject)
		}
	}
}

package role_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// oneRate is all that is known of rates, whatever the day.
type oneRate int64

func (r oneRate) Rate(string, int32) (int64, bool) { return int64(r), true }

// TestAForeignBookingIsPostedAtAnotherRate: it comes PENDING while the rate of the day
// before is the last one known, and POSTED behind the rate of its day; then both are
// read once more.
func TestAForeignBookingIsPostedAtAnotherRate(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "24:00", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	day := int32(20_250)
	p := fold.New(fold.Options{})
	var out fold.Outputs
	offset := int64(0)
	take := func(r *pb.LogRecord) (said []string) {
		t.Helper()
		v, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Apply(offset, v, &out); err != nil {
			t.Fatal(err)
		}
		offset++
		for _, o := range out.List {
			m := &pb.Verdict{}
			if o.Kind == fold.KindVerdict && m.UnmarshalVT(o.Value) == nil {
				said = append(said, m.Kind.String()+" "+m.Cause)
			}
		}
		out.Reset()
		return said
	}
	take(&pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai"}})
	take(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "small", Version: 1, EffectiveDay: day, Yaml: []byte(trial.Policy)}})
	take(&pb.LogRecord{Tick: &pb.Tick{At: int64(day) * 86400, BusinessDay: day}})
	for _, c := range []struct {
		rate    oneRate
		status  pb.TxnStatus
		want    string
		balance int64
	}{
		{7_100_000_000_000, pb.TxnStatus_PENDING, "", 0},
		{7_200_000_000_000, pb.TxnStatus_POSTED, "VERDICT_SUPERSEDED newer_status", 10_000},
		{7_300_000_000_000, pb.TxnStatus_PENDING, "VERDICT_SUPERSEDED older_status", 10_000},
		{7_300_000_000_000, pb.TxnStatus_POSTED, "VERDICT_DUPLICATE ", 10_000},
	} {
		r := &pb.LogRecord{Transaction: &pb.Transaction{
			CustomerId: "C1", AccountId: "A1", Source: "core", TxnId: "1", AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_TRANSFER_IN,
			Direction: pb.Direction_CREDIT, Status: c.status, Initiator: pb.Initiator_CUSTOMER, AmountMinor: 10_000, Currency: "USD",
			EventTime: cal.Cut(day-1) + 3600,
		}}
		if rej := (&event.Builder{Calendar: cal, Rates: c.rate}).Complete(r); rej != nil {
			t.Fatal(rej)
		}
		got := ""
		for _, s := range take(r) {
			got += s
		}
		if got != c.want {
			t.Errorf("%v at %d: %q, want %q", c.status, c.rate, got, c.want)
		}
		x, _ := p.Explain("C1")
		if b := x.Accounts[0].Book; b != c.balance {
			t.Errorf("%v at %d: balance %d, want %d", c.status, c.rate, b, c.balance)
		}
	}
}

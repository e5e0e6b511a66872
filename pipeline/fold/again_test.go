package fold_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestDaysWrittenInTurnAreThoseWrittenAlone: what is carried from one day to the next,
// and the days that are skipped because nothing happened on them, change no row. The
// policy has a metric of every kind.
func TestDaysWrittenInTurnAreThoseWrittenAlone(t *testing.T) {
	log := bankLog(t, 150, 130, "metrics:\n", `metrics:
  biggest: {kind: max, window: 20d}
  ways:    {kind: distinct, window: 30d, of: channel}
  last:    {kind: recency, where: {initiator: CUSTOMER}}
  change:  {kind: trend, recent: inflow, base: before}
  before:  {kind: sum, window: 180d, where: {direction: CREDIT, internal: false}}
  today:   {kind: count, window: 24h}
  point:   {kind: balance, classes: [deposits, funds]}
  rolling: {kind: adb, over: 30d, classes: [deposits, funds]}
  quarter: {kind: adb, over: quarter, classes: [deposits]}
  owed:    {kind: utilisation}
  overdue: {kind: dpd}
`)
	for _, upTo := range []int{len(log) / 3, len(log) * 2 / 3, len(log)} {
		p, last := fold.New(fold.Options{}), int32(0)
		var out fold.Outputs
		for i, v := range log[:upTo] {
			if err := p.Apply(int64(i), v, &out); err != nil {
				t.Fatal(err)
			}
			for !p.Drain(1000, &out) {
				continue
			}
			for _, o := range out.List {
				if m, ok := decode(t, o).(*pb.Snapshot); ok {
					last = max(last, m.Day)
				}
			}
			out.Reset()
		}
		days, carried := compareDays(t, p, last)
		if days == 0 || carried == 0 {
			t.Errorf("%d days written again, %d carried by another: the test tests nothing", days, carried)
		}
	}
}

// TestDaysWrittenInTurnWithValueDatesOfTheirOwn: bookings and values on days apart, and
// schemes that decide within the month.
func TestDaysWrittenInTurnWithValueDatesOfTheirOwn(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		policy := strings.Replace(tapePolicy, "    assess: day\n", fmt.Sprintf("    assess: %dd\n", 2+r.IntN(9)), 1)
		tp := newTape(t, fold.Options{}, strings.Replace(policy, "60d", fmt.Sprintf("%dd", 2+r.IntN(20)), 4))
		for d := first; d < first+75; d++ {
			if r.IntN(5) == 0 {
				tp.txn(fmt.Sprint(d), d, r.Int64N(4_000)-1_500, func(x *pb.Transaction) { x.ValueDay = d + int32(r.IntN(12)) - 4 })
			}
			switch account := fmt.Sprintf("B%d", d/30); d % 30 {
			case 3: // known from its opening balance on
				tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: account, AccountType: 1, Unit: "CNY", Day: d - 1, Balance: 7_700}})
			case 17:
				tp.write(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: account, AccountType: 1, ClosedDay: d + int32(r.IntN(3)) - 1}})
			}
			tp.close(d)
		}
		if days, carried := compareDays(t, tp.part, first+74); days == 0 || carried == 0 {
			t.Errorf("seed %d: %d days written again, %d carried by another", seed, days, carried)
		}
	}
}

func compareDays(t *testing.T, p *fold.Partition, last int32) (days, carried int) {
	var out fold.Outputs
	for _, id := range p.Names() {
		for _, first := range []int32{last - 70, last - 20, last - 1} {
			p.WriteAgain(id, first, last, &out)
			var turn, alone []*pb.Snapshot
			for _, o := range out.List {
				turn = append(turn, daysOf(t, sameBytes(t, o.Value))...)
			}
			carried += len(turn) - len(out.List)
			out.Reset()
			for d := first; d <= last; d++ {
				p.WriteAgain(id, d, d, &out)
			}
			for _, o := range out.List {
				alone = append(alone, decode(t, o).(*pb.Snapshot))
			}
			out.Reset()
			days += len(alone)
			if !slices.EqualFunc(turn, alone, func(a, b *pb.Snapshot) bool { return proto.Equal(a, b) }) {
				t.Fatalf("%s from %d: %s", id, first, firstDifference(turn, alone))
			}
		}
	}
	return days, carried
}

// sameBytes decodes a snapshot whose bytes are those that marshalling gives.
func sameBytes(t *testing.T, value []byte) *pb.Snapshot {
	m := &pb.Snapshot{}
	if err := m.UnmarshalVT(value); err != nil {
		t.Fatal(err)
	}
	if again, err := m.MarshalVT(); err != nil || !slices.Equal(again, value) {
		t.Fatalf("the record is not what its message marshals to (%v)", err)
	}
	return m
}

func firstDifference(turn, alone []*pb.Snapshot) string {
	if len(turn) != len(alone) {
		return fmt.Sprintf("%d days in turn, %d alone", len(turn), len(alone))
	}
	for i := range turn {
		if !proto.Equal(turn[i], alone[i]) {
			return fmt.Sprintf("in turn\n%v\nalone\n%v", turn[i], alone[i])
		}
	}
	return "none"
}

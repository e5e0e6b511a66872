package demo_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/synth"
)

const zone = 8 * 3600

// theatre plays the synthetic bank to one partition and keeps what is said.
type theatre struct {
	t         *testing.T
	partition *fold.Partition
	out       fold.Outputs
	offset    int64
	verdicts  map[pb.VerdictKind]int
	dead      []string
	outflows  map[string]bool
	moves     map[string]int
	opened    map[string]int
	snapshots int
}

func (th *theatre) apply(r *pb.LogRecord) {
	th.t.Helper()
	value, err := r.MarshalVT()
	if err != nil {
		th.t.Fatal(err)
	}
	if err := th.partition.Apply(th.offset, value, &th.out); err != nil {
		th.t.Fatal(err)
	}
	th.offset++
	for th.partition.Draining() {
		th.partition.Drain(10_000, &th.out)
	}
	for _, o := range th.out.List {
		if err := th.hear(o); err != nil {
			th.t.Fatal(err)
		}
	}
	th.out.Reset()
}

func (th *theatre) hear(o fold.Output) error {
	switch o.Kind {
	case fold.KindVerdict:
		var v pb.Verdict
		if err := v.UnmarshalVT(o.Value); err != nil {
			return err
		}
		th.verdicts[v.Kind]++
	case fold.KindDeadLetter:
		var d pb.DeadLetter
		if err := d.UnmarshalVT(o.Value); err != nil {
			return err
		}
		th.dead = append(th.dead, d.Cause+" "+d.EventId)
	case fold.KindAlert:
		var a pb.Alert
		if err := a.UnmarshalVT(o.Value); err != nil {
			return err
		}
		if a.Revision == 1 {
			th.opened[a.Scheme+" "+a.Code]++
		}
		if a.Code == "LARGE_OUTFLOW" {
			th.outflows[a.Customer.Id] = true
		}
	case fold.KindTierChange:
		var c pb.TierChange
		if err := c.UnmarshalVT(o.Value); err != nil {
			return err
		}
		th.moves[c.Scheme+" "+c.Kind.String()]++
	case fold.KindSnapshot:
		th.snapshots++
	}
	return nil
}

// play runs the bank's history as a load would and gives back the number of
// repeated bookings in it.
func (th *theatre) play(p synth.Params, bank *synth.Bank) (repeats int) {
	th.apply(&pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", NavLagDays: 1, Epoch: 1}})
	th.apply(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "retail", Version: 1, EffectiveDay: p.Start, Yaml: demo.Policy}})
	seen := map[string]bool{}
	for day := p.Start; day <= p.LastHistoryDay(); day++ {
		th.apply(&pb.LogRecord{Tick: &pb.Tick{At: int64(day)*86400 - zone, BusinessDay: day}})
		if day == p.Start {
			th.apply(&pb.LogRecord{Rates: bank.Rates(day - 1)})
		}
		err := bank.Day(day, func(it synth.Item) error {
			if it.Record == nil {
				return nil
			}
			if x := it.Record.Transaction; x != nil {
				if id := x.Source + ":" + x.TxnId; seen[id] {
					repeats++
				} else {
					seen[id] = true
				}
			}
			th.apply(it.Record)
			return nil
		})
		if err != nil {
			th.t.Fatal(err)
		}
		th.apply(&pb.LogRecord{Rates: bank.Rates(day)})
		th.apply(&pb.LogRecord{Close: &pb.Close{Day: day, Cut: int64(day+1)*86400 - zone}})
	}
	return repeats
}

func TestTheFoldUnderstandsTheBank(t *testing.T) {
	p := synth.Defaults()
	p.Customers, p.Months = 250, 5
	p.LatePPM, p.DuplicatePPM, p.ReversalPPM = 20_000, 10_000, 10_000
	bank := synth.New(p)
	th := &theatre{
		t: t, partition: fold.New(fold.Options{}), verdicts: map[pb.VerdictKind]int{}, outflows: map[string]bool{},
		moves: map[string]int{}, opened: map[string]int{},
	}
	repeats := th.play(p, bank)

	for _, kind := range []pb.VerdictKind{
		pb.VerdictKind_VERDICT_HEALED, pb.VerdictKind_VERDICT_REJECTED, pb.VerdictKind_VERDICT_CONFLICT,
		pb.VerdictKind_VERDICT_SUPERSEDED, pb.VerdictKind_VERDICT_PARKED,
	} {
		if n := th.verdicts[kind]; n != 0 {
			t.Errorf("%d verdicts %v: the bank's books are right", n, kind)
		}
	}
	if len(th.dead) > 0 {
		t.Errorf("dead letters: %v", th.dead)
	}
	if n := th.verdicts[pb.VerdictKind_VERDICT_DUPLICATE]; n != repeats || n == 0 {
		t.Errorf("%d verdicts duplicate, %d repeats", n, repeats)
	}
	for _, kind := range []pb.VerdictKind{pb.VerdictKind_VERDICT_LATE, pb.VerdictKind_VERDICT_REVERSED, pb.VerdictKind_VERDICT_WAITING} {
		if th.verdicts[kind] == 0 {
			t.Errorf("no verdict %v", kind)
		}
	}
	for _, move := range []string{"card ENTERED", "card UPGRADED", "card WATCH", "card DOWNGRADED", "class ENTERED", "class UPGRADED"} {
		if th.moves[move] == 0 {
			t.Errorf("no %s: %v", move, th.moves)
		}
	}
	for _, code := range []string{"card MISS_PROJECTED", "card VALUE_DOWNGRADE_PROJECTED", " LARGE_OUTFLOW", "card NEAR_UPGRADE"} {
		if th.opened[code] == 0 {
			t.Errorf("no alert %s: %v", code, th.opened)
		}
	}
	if th.snapshots == 0 {
		t.Error("no snapshot")
	}
	th.foundOutflows(bank)
}

// foundOutflows wants an alert for each sudden outflow of a sum that matters.
func (th *theatre) foundOutflows(bank *synth.Bank) {
	var truth bytes.Buffer
	if err := bank.WriteTruth(&truth); err != nil {
		th.t.Fatal(err)
	}
	told := 0
	for lines := bufio.NewScanner(&truth); lines.Scan(); {
		var x synth.Truth
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			th.t.Fatal(err)
		}
		if x.Story != "sudden_outflow" || !x.Begun || x.AmountMinor < 10_100_000 {
			continue
		}
		if told++; !th.outflows[x.Customer] {
			th.t.Errorf("nobody noticed %+v", x)
		}
	}
	th.t.Logf("%d outflows, %v", told, th.opened)
}

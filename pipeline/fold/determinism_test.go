package fold_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// bankLog is a small bank's log as one partition would hold it; change are pairs of
// what the demo's policy says and what it says here.
func bankLog(t testing.TB, customers int, days int32, change ...string) [][]byte {
	t.Helper()
	policy, err := os.ReadFile("../../deploy/examples/demo/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	policy = []byte(strings.NewReplacer(change...).Replace(string(policy)))
	params := synth.Defaults()
	params.Customers = customers
	params.LatePPM, params.DuplicatePPM, params.ReversalPPM = 20_000, 20_000, 20_000
	bank := synth.New(params)
	var log [][]byte
	add := func(r *pb.LogRecord) error {
		v, err := r.MarshalVT()
		log = append(log, v)
		return err
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(add(&pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", NavLagDays: 1}}))
	must(add(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "demo", Version: 1, Yaml: policy}}))
	const zone = 8 * 3600
	for d := params.Start; d < params.Start+days; d++ {
		must(add(&pb.LogRecord{Tick: &pb.Tick{At: int64(d)*86400 - zone + 60, BusinessDay: d, UtcOffset: zone}}))
		must(add(&pb.LogRecord{Rates: bank.Rates(d)}))
		must(bank.Day(d, func(i synth.Item) error {
			if i.Record == nil {
				return nil
			}
			return add(i.Record)
		}))
		// Evening: what is held for hours is told within the day.
		must(add(&pb.LogRecord{Tick: &pb.Tick{At: int64(d+1)*86400 - zone - 3600, BusinessDay: d, UtcOffset: zone}}))
		must(add(&pb.LogRecord{Close: &pb.Close{Day: d, Cut: int64(d+1)*86400 - zone}}))
		if d == params.Start+45 {
			next := bytes.Replace(policy, []byte("version: 1"), []byte("version: 2"), 1)
			must(add(&pb.LogRecord{Policy: &pb.PolicyActivation{
				Name: "demo", Version: 2, EffectiveDay: day.MonthEnd(d+31) + 1, Yaml: next,
			}}))
		}
	}
	return log
}

// heldLog is a bank's log under rules with hold and dwell. Those that come into force ask
// for more, so that many are short at once; each CLOSE is followed by a TICK an hour, before
// any other record.
func heldLog(t testing.TB, customers int, days int32) [][]byte {
	t.Helper()
	more := strings.NewReplacer("from: 50_000,", "from: 90_000,", "from: 500_000,", "from: 900_000,", "from: 2_000_000,", "from: 4_000_000,")
	var log [][]byte
	add := func(r *pb.LogRecord) {
		v, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, v)
	}
	for _, v := range bankLog(t, customers, days, "MISS_PROJECTED:            {cooldown: 7d}", "MISS_PROJECTED: {cooldown: 7d, hold: 2h, dwell: 3h}") {
		var r pb.LogRecord
		if err := r.UnmarshalVT(v); err != nil {
			t.Fatal(err)
		}
		if r.Policy != nil && r.Policy.Version > 1 {
			r.Policy.Yaml = []byte(more.Replace(string(r.Policy.Yaml)))
		}
		add(&r)
		for h := int64(1); r.Close != nil && h <= 5; h++ {
			add(&pb.LogRecord{Tick: &pb.Tick{At: r.Close.Cut + h*3600, BusinessDay: r.Close.Day + 1, UtcOffset: 8 * 3600}})
		}
	}
	return log
}

// said is what a fold said, by customer and kind, in order.
func said(t testing.TB, log [][]byte, chunk int) map[string][]byte {
	t.Helper()
	p := fold.New(fold.Options{Partition: 3})
	var out fold.Outputs
	all := map[string][]byte{}
	take := func() {
		for _, o := range out.List {
			key := fmt.Sprint(o.Customer, "/", o.Kind)
			all[key] = append(all[key], fmt.Sprintf("%d.%d:%x\n", o.Offset, o.Sub, o.Value)...)
		}
		out.Reset()
	}
	for i, v := range log {
		if err := p.Apply(int64(i), v, &out); err != nil {
			t.Fatal(err)
		}
		if chunk > 0 {
			p.Drain(chunk, &out)
		}
		take()
	}
	for !p.Draining() || !p.Drain(1000, &out) {
		if !p.Draining() {
			break
		}
	}
	take()
	return all
}

// TestChunkingIsInvisible: whatever the size in which a drain is divided, and even
// if it is left to the next control record, each customer's outputs are the same
// bytes.
func TestChunkingIsInvisible(t *testing.T) {
	t.Run("closes", func(t *testing.T) { dividedAlike(t, bankLog(t, 60, 130)) })
	// What begins to be held at an activation ends at the same TICK (rule R160).
	t.Run("timers", func(t *testing.T) { dividedAlike(t, heldLog(t, 60, 130)) })
}

func dividedAlike(t *testing.T, log [][]byte) {
	t.Helper()
	want := said(t, log, 1<<30)
	for _, chunk := range []int{0, 1, 7} {
		got := said(t, log, chunk)
		if len(got) != len(want) {
			t.Errorf("chunk %d: %d sequences, want %d", chunk, len(got), len(want))
		}
		for key, w := range want {
			if g := got[key]; !bytes.Equal(g, w) {
				t.Fatalf("chunk %d: %s differs:\n got %.400s\nwant %.400s", chunk, key, diff(g, w), diff(w, g))
			}
		}
	}
}

// diff is a from the first line on that b does not share.
func diff(a, b []byte) []byte {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[bytes.LastIndexByte(a[:i], '\n')+1:]
}

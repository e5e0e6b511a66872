package fold_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// reader folds records at places that leave room for repeats in between.
type reader struct {
	t    *rapid.T
	part *fold.Partition
	out  fold.Outputs
	// heard are the outputs of each record.
	heard map[int64][]string
	// rejected: the last record was.
	rejected bool
}

func (r *reader) read(offset int64, rec *pb.LogRecord) {
	v, err := rec.MarshalVT()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.part.Apply(offset, v, &r.out); err != nil {
		r.t.Fatal(err)
	}
	for !r.part.Drain(1000, &r.out) {
		continue
	}
	r.rejected = false
	for _, o := range r.out.List {
		r.heard[offset] = append(r.heard[offset], fmt.Sprintf("kind %d: %x", o.Kind, o.Value))
		var v pb.Verdict
		if o.Kind == fold.KindVerdict && v.UnmarshalVT(o.Value) == nil && v.Kind == pb.VerdictKind_VERDICT_REJECTED {
			r.rejected = true
		}
	}
	r.out.Reset()
}

func ofCustomer(r *pb.LogRecord) bool {
	return r.Tick == nil && r.Close == nil && r.Rates == nil && r.Policy == nil && r.Engine == nil
}

// TestAWindowOfTheLogAgain: ingest that dies writes again what it has not committed. The
// second time it leaves verdicts and nothing else, and all that comes behind it is said
// as if it had not come (rules R6, R153, R155). What was rejected may be taken now.
func TestAWindowOfTheLogAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		f    gen.Features
	}{{"all", gen.Features{}}, {"days", gen.Features{Days: true}}, {"hold", gen.Features{Hold: true, NoSkips: true}}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				f := c.f
				f.MaxDays, f.Warm, f.Alerts, f.Seeded = 90, true, true, true
				l := gen.Draw(t, f)
				from := rapid.IntRange(0, len(l.Records)-1).Draw(t, "from")
				to := min(len(l.Records), from+1+rapid.IntRange(0, 60).Draw(t, "length"))
				checkWindow(t, l, from, to)
			})
		})
	}
}

func checkWindow(t *rapid.T, l *gen.Log, from, to int) {
	once := &reader{t: t, part: fold.New(fold.Options{}), heard: map[int64][]string{}}
	again := &reader{t: t, part: fold.New(fold.Options{}), heard: map[int64][]string{}}
	var window []*pb.LogRecord
	for i, r := range l.Records {
		at := int64(i+1) * 1000
		once.read(at, r)
		if i >= from && i < to && ofCustomer(r) && !once.rejected {
			window = append(window, r)
		}
		again.read(at, r)
		if i != to-1 {
			continue
		}
		for k, r := range window {
			again.read(at+1+int64(k), r)
			for _, s := range again.heard[at+1+int64(k)] {
				if s[:7] != fmt.Sprintf("kind %d:", fold.KindVerdict) && s[:7] != fmt.Sprintf("kind %d:", fold.KindDeadLetter) {
					t.Fatalf("read again, %s says %s\n%d to %d of\n%s", gen.Line(r), s, from, to, l)
				}
			}
		}
		known := once.part.Known()
		for id, got := range again.part.Known() {
			if !bytes.Equal(got, known[id]) {
				t.Fatalf("%s is otherwise after %d to %d came again of\n%s\n%s", id, from, to, l, difference(once.part.Describe(), again.part.Describe()))
			}
		}
	}
	for i := range l.Records {
		at := int64(i+1) * 1000
		if got, want := fmt.Sprint(again.heard[at]), fmt.Sprint(once.heard[at]); got != want {
			t.Fatalf("record %d says otherwise after %d to %d came again of\n%s", i, from, to, l)
		}
	}
}

// difference is the first line that differs.
func difference(a, b string) string {
	x, y := bytes.Split([]byte(a), []byte("\n")), bytes.Split([]byte(b), []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) && !bytes.Contains(x[i], []byte("  saved")) {
			return fmt.Sprintf("once  %s\nagain %s", x[i], y[i])
		}
	}
	return ""
}

package worker

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// checkedLoading reads state as the real fold does, for a fake fold that has saved
// nothing.
type checkedLoading struct {
	*fold.Loading
	partition int32
	broken    bool
}

func (l checkedLoading) Done() (Fold, int64, error) {
	if l.broken {
		panic("broken")
	}
	_, _, err := l.Loading.Done()
	return newFakeFold(l.partition), 0, err
}

// TestUnfitStateStopsItsPartitionAlone: it is told with what to do, shown to readiness
// and metrics, and nothing is folded onto it, while the others go on; the remedy helps.
func TestUnfitStateStopsItsPartitionAlone(t *testing.T) {
	var s fold.Saves
	fold.New(fold.Options{Saves: true}).SaveProgress(0, &s)
	whole := s.List[len(s.List)-1].Value
	for name, change := range map[string]func(v []byte) []byte{
		"damaged": func(v []byte) []byte { v[len(v)-1] ^= 1; return v },
		"cut":     func(v []byte) []byte { return v[:5] },
		"newer":   func(v []byte) []byte { v[0] = codec.Format + 1; return v },
		"panic":   func(v []byte) []byte { return v },
	} {
		each := func(t *testing.T, test func(t *testing.T, b *bank)) { test(t, newBank(t)) }
		if name == "damaged" {
			each = onBoth
		}
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *bank) { unfitStopsAlone(t, b, change(bytes.Clone(whole)), name == "panic") })
		})
	}
}

func unfitStopsAlone(t *testing.T, b *bank, state []byte, broken bool) {
	t.Helper()
	b.writeState([]byte("/progress"), state)
	start := func() (*running, chan string) {
		errs := make(chan string, 1) // the first is enough
		r := b.start(func(o *Options) {
			o.Log = zerolog.New(firstError(errs)).Level(zerolog.ErrorLevel)
			o.NewFold = nil
			o.Restore = func(p int32) Loading {
				return checkedLoading{fold.NewLoading(fold.Options{Partition: p, Saves: true}), p, broken && p == 0}
			}
		})
		return r, errs
	}
	b.traffic(50, 5, 20)
	lost := b.log[0]
	b.log[0] = nil // the oracle's view of a partition that has stopped
	worker, errs := start()
	line := b.wait(errs)
	for _, part := range []string{`"partition":0`, "tierwatch state rebuild --partition", "upgrade"} {
		if !strings.Contains(line, part) {
			t.Errorf("the log says %s, want %q in it", line, part)
		}
	}
	_, n := b.expect()
	b.read(n)
	if m := worker.w.o.Metrics; gauge(t, m.stopped.WithLabelValues("0")) != 1 || gauge(t, m.restore.WithLabelValues("0")) != 0 {
		t.Error("the metrics do not show partition 0 stopped and no restore under way")
	}
	if err := worker.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()

	b.log[0], broken = lost, false
	var forget fold.Saves
	fold.ForgetState(&forget)
	b.writeState(forget.List[0].Key, forget.List[0].Value)
	_, n = b.expect()
	worker, _ = start()
	b.read(n)
	if err := worker.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
}

// firstError passes the first line that is logged on.
type firstError chan string

func (c firstError) Write(line []byte) (int, error) {
	select {
	case c <- string(line):
	default:
	}
	return len(line), nil
}

func gauge(t *testing.T, g prometheus.Gauge) float64 {
	t.Helper()
	var m dto.Metric
	if err := g.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetGauge().GetValue()
}

func (b *bank) wait(lines <-chan string) string {
	b.t.Helper()
	select {
	case line := <-lines:
		return line
	case <-time.After(2 * time.Minute):
		b.t.Fatal("nothing was logged")
		return ""
	}
}

func (b *bank) writeState(key, value []byte) {
	b.t.Helper()
	r := &kgo.Record{Topic: b.ns.Topic(topics.State), Partition: 0, Key: key, Value: value}
	if err := b.client.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// brokenDrain panics where a drain visits a customer.
type brokenDrain struct{ *fakeFold }

func (brokenDrain) Drain(int, *fold.Outputs) bool { panic("broken") }

// A drain that cannot be made any more, say of a newer build, stops its partition alone
// in a replay too.
func TestADrainThatBreaksInAReplayStopsItsPartitionAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.traffic(20, 5, 0)
		b.write(1, closeTag)
		first := b.start()
		_, n := b.expect()
		b.read(n)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		errs := make(chan string, 1)
		second := b.start(func(o *Options) {
			o.Log = zerolog.New(firstError(errs)).Level(zerolog.ErrorLevel)
			o.NewFold = func(p int32) Fold {
				if p == 1 {
					return brokenDrain{newFakeFold(p)}
				}
				return newFakeFold(p)
			}
		})
		if line := b.wait(errs); !strings.Contains(line, "do not park a record") {
			t.Errorf("the log says %s", line)
		}
		b.write(0, "rA", "rB")
		b.write(2, "rA", "rB")
		_, n = b.expect()
		b.read(n)
		if err := second.stop(); err != nil {
			t.Fatal(err)
		}
		b.check()
	})
}

// A record that cannot be folded is at fault also while a drain is going on.
func TestAPoisonRecordInADrainIsNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.write(1, "rA", "rB", closeTag, "p")
		errs := make(chan string, 1)
		r := b.start(func(o *Options) {
			o.Log = zerolog.New(firstError(errs)).Level(zerolog.ErrorLevel)
			o.NewFold = func(p int32) Fold { return slowDrain{newFakeFold(p), nil} }
		})
		if line := b.wait(errs); !strings.Contains(line, `"offset":3`) || !strings.Contains(line, "dlq park") {
			t.Errorf("the log says %s", line)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// earlyVisit breaks in the visit of a customer whose record comes before his turn.
type earlyVisit struct{ slowDrain }

func (earlyVisit) Visiting() bool { return true }

// TestAVisitBeforeItsTurnIsNoPoisonRecord: the customer's record lets him be visited, and
// the visit breaks: no record is at fault, and none is to be parked.
func TestAVisitBeforeItsTurnIsNoPoisonRecord(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.write(1, "rA", "rB", closeTag, "p")
		errs := make(chan string, 1)
		r := b.start(func(o *Options) {
			o.Log = zerolog.New(firstError(errs)).Level(zerolog.ErrorLevel)
			o.NewFold = func(p int32) Fold { return earlyVisit{slowDrain{newFakeFold(p), nil}} }
		})
		if line := b.wait(errs); !strings.Contains(line, `"control_offset":2`) || !strings.Contains(line, "broken drain") || strings.Contains(line, "dlq park") {
			t.Errorf("the log says %s", line)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// aheadLoading gives state that lies behind a drain of partition 0.
type aheadLoading struct {
	*fold.Loading
	partition int32
	from      int64
}

func (l aheadLoading) Done() (Fold, int64, error) { return newFakeFold(l.partition), l.from, nil }

// State that knows the end of a drain of which only a part has been said would leave the
// rest unsaid.
func TestStateBehindADrainIsUnfit(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.write(0, "rA", "rB", "rC", closeTag)
		visits := make(chan struct{}, 1)
		visits <- struct{}{}
		first := b.start(func(o *Options) {
			o.NewFold = func(p int32) Fold { return slowDrain{newFakeFold(p), visits} }
		})
		b.read(4) // one of three is told at the close
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		errs := make(chan string, 1)
		second := b.start(func(o *Options) {
			o.Log = zerolog.New(firstError(errs)).Level(zerolog.ErrorLevel)
			o.NewFold = nil
			o.Restore = func(p int32) Loading {
				from := int64(0)
				if p == 0 {
					from = 4
				}
				return aheadLoading{fold.NewLoading(fold.Options{Partition: p, Saves: true}), p, from}
			}
		})
		if line := b.wait(errs); !strings.Contains(line, "in the midst of the drain of offset 3") || !strings.Contains(line, "state rebuild") {
			t.Errorf("the log says %s", line)
		}
		if err := second.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

package worker

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

const cardPolicy = `
policy: retail
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE], weight: 100%}
metrics:
  aum: {kind: adb, over: month, day_count: actual, classes: [deposits]}
schemes:
  card:
    by: aum
    assess: month
    entry: first_assessment
    upgrade: next_period
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, watch_after: 1, down_after: 3, lands_on: last}
alerts:
  MISS_PROJECTED: {}
  VALUE_DOWNGRADE_PROJECTED: {within: 30d}
`

// history is two months of 30 customers in one partition, with repeats and
// late records; each day ends in a CLOSE with records right behind it, and that of the
// first month brings two policies into force.
func history(t *testing.T, partition int) []string {
	t.Helper()
	l := &gen.Log{}
	first := gen.Day("2025-01-01")
	l.Begin(cardPolicy, first)
	id := func(c int) string { return fmt.Sprintf("C%d-%d", partition, c) }
	for c := range 30 {
		l.Balance(id(c), "A", first, int64(3_000_000+400_000*c))
	}
	for d := first; d < first+62; d++ {
		l.Tick(d)
		if d == first+20 {
			for v, from := range []string{"from: 45_000", "from: 60_000"} {
				text := strings.NewReplacer("version: 1", fmt.Sprint("version: ", v+2), "from: 50_000", from).Replace(cardPolicy)
				l.Policy(text, uint32(v+2), first+31)
			}
		}
		for c := int(d) % 3; c < 30; c += 3 {
			amount := int64((c*7919+int(d)*104729)%400_000 - 230_000)
			l.Book(id(c), "A", d, amount)
			if c%5 == 0 {
				l.Add(l.Records[len(l.Records)-1]) // a repeat
			}
			if c%7 == 0 {
				l.Book(id(c), "A", max(first, d-4), 100)
			}
		}
		l.Close(d)
	}
	values := make([]string, len(l.Records))
	for i, r := range l.Records {
		b, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		values[i] = string(b)
	}
	return values
}

// plainFold folds the log in one go: what the topics must hold.
func (b *bank) plainFold(logs [][]string) (said, int) {
	b.t.Helper()
	want, n := said{}, 0
	for p, values := range logs {
		f, out := fold.New(fold.Options{Partition: int32(p)}), &fold.Outputs{}
		for i, v := range values {
			if err := f.Apply(int64(i), []byte(v), out); err != nil {
				b.t.Fatal(err)
			}
		}
		for f.Draining() && !f.Drain(1<<20, out) {
		}
		for _, o := range out.List {
			want.add(b.ns.Topic(outputTopics[o.Kind]), o.Customer, string(o.Value))
			n++
		}
	}
	return want, n
}

func TestTheRealFoldSurvivesKillsByteForByte(t *testing.T) {
	t.Run("from the log", func(t *testing.T) {
		onBoth(t, func(t *testing.T, b *bank) { survives(t, b, fromTheLog) })
	})
	t.Run("from its state", func(t *testing.T) {
		onBoth(t, func(t *testing.T, b *bank) {
			var newest atomic.Int64 // offset from which a restored partition went on
			survives(t, b, fromItsState(&newest))
			if newest.Load() < 100 {
				t.Errorf("the newest restore went on at offset %d: nothing was saved", newest.Load())
			}
		})
	})
}

func fromTheLog(o *Options) {
	o.NewFold = func(p int32) Fold { return fold.New(fold.Options{Partition: p}) }
}

// fromItsState lets a worker save nearly all that changed in each commit.
func fromItsState(newest *atomic.Int64) func(*Options) {
	return func(o *Options) {
		o.NewFold = nil
		o.StateAge, o.StateBytes = time.Millisecond, 1<<30
		o.Restore = func(p int32) Loading {
			return loading{fold.NewLoading(fold.Options{Partition: p, Saves: true}), func(from int64) {
				newest.Store(max(newest.Load(), from))
			}}
		}
	}
}

// loading is what restores a real fold, and tells from where.
type loading struct {
	*fold.Loading
	tell func(from int64)
}

func (l loading) Done() (Fold, int64, error) {
	p, from, err := l.Loading.Done()
	if err != nil {
		return nil, 0, err
	}
	l.tell(from)
	return p, from, nil
}

// history gives each partition its own and says what the topics must hold in the end.
func (b *bank) history() (logs [][]string, want said, n int) {
	b.t.Helper()
	logs = make([][]string, testPartitions)
	for p := range logs {
		logs[p] = history(b.t, p)
	}
	want, n = b.plainFold(logs)
	if n < 1000 || len(want) < 60 {
		b.t.Fatalf("%d outputs of %d sequences: too little to prove anything", n, len(want))
	}
	return logs, want, n
}

// survives lets the worker live and die several times, and holds what can be read in
// the end against a fold that never died.
func survives(t *testing.T, b *bank, with func(*Options)) {
	t.Helper()
	logs, want, n := b.history()
	// Each life ends at some commit: alternately at the offsets and at the end of the
	// transaction. In memory the broker never hears of it, Apache Kafka does and its
	// answer is lost.
	var left atomic.Int32
	struck := make(chan struct{}, 1)
	strike := func() bool {
		if left.Add(-1) != 0 {
			return false
		}
		struck <- struct{}{}
		return true
	}
	if b.cluster != nil {
		b.answers(strike)
	}
	whole := func(o *Options) {
		// So long a dead one tries to end its transaction, before the next life begins.
		o.TransactionTimeout = time.Second
		if b.cluster == nil {
			o.TransactionTimeout = 2 * time.Second
		}
		with(o)
	}
	// What is written runs ahead of what is folded, in steps, so that each life
	// finds work and dies in the midst of it.
	lives := 6
	if b.cluster == nil {
		lives = 4 // each waits for the session of the one before
	}
	written := make([]int, testPartitions)
	for life := range lives {
		for p := range logs {
			upTo := len(logs[p]) * (life + 1) / lives
			b.write(int32(p), logs[p][written[p]:upTo]...)
			written[p] = upTo
		}
		left.Store(int32(2 + life))
		w := &wire{}
		if b.cluster == nil {
			w.cutAt(strike, kmsg.TxnOffsetCommit, kmsg.EndTxn)
		}
		r := b.startWired(w, whole)
		select {
		case <-struck:
		case err := <-r.done:
			r.done <- err
			t.Fatalf("the worker ended: %v", err)
		}
		r.kill()
	}
	left.Store(0)
	last := b.start(whole)
	got := b.read(n)
	if err := last.stop(); err != nil {
		t.Fatal(err)
	}
	compare(t, got, want)
	if visible := b.visible(); visible != n {
		t.Errorf("%d outputs are readable, want %d", visible, n)
	}
}

// answers lets the broker in memory hang up, unheard, when strike says so.
func (b *bank) answers(strike func() bool) {
	hangUp := func(kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if strike() {
			return nil, errors.New("killed"), true
		}
		return nil, nil, false
	}
	b.cluster.ControlKey(kmsg.TxnOffsetCommit.Int16(), hangUp)
	b.cluster.ControlKey(kmsg.EndTxn.Int16(), hangUp)
}

package worker

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// The state that a partition gives with its answer is whole: restored, and folded on
// from the position, it says what the partition itself says ahead of the commit, to the
// byte. And it stays as it was given, however much is folded while it is on its way.
func TestTheRealStateOfAnAnswerIsThatOfItsPosition(t *testing.T) {
	log := history(t, 0)
	synctest.Test(t, func(t *testing.T) {
		o := Options{Restore: func(int32) Loading { return nil }, Registry: &memRegistry{}, Log: zerolog.Nop(), DrainChunk: 1 << 20}
		if err := o.defaults(); err != nil {
			t.Fatal(err)
		}
		to := make(chan handover)
		p := newPartition(&Worker{o: o}, 0, "txn", lines{to: to, ahead: new(atomic.Int64), pace: newPace()})
		p.fold, p.paused = fold.New(fold.Options{Saves: true}), false
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for p.step(ctx) {
			}
		}()
		// give hands over records and collects what is said of them.
		var said []string
		next := 0
		collect := func() {
			for {
				synctest.Wait()
				select {
				case h := <-to:
					said = append(said, texts(h.outs)...)
				default:
					return
				}
			}
		}
		give := func(n int) {
			var records []*kgo.Record
			for ; n > 0; n-- {
				records = append(records, &kgo.Record{Offset: int64(next), Value: []byte(log[next])})
				next++
			}
			p.in <- task{records: records}
			collect()
		}
		topic := map[string]string{} // what a compacted topic holds
		restored := 0
		const step, ahead = 150, 60
		for next+step+ahead < len(log) {
			give(step)
			time.Sleep(time.Minute) // the change is due to be saved
			said = nil
			p.calls <- task{barrier: true}
			answer := <-to
			said = nil // what is said from here on is said ahead
			var given []fold.Saved
			if answer.saves != nil {
				for _, s := range answer.saves.List {
					given = append(given, fold.Saved{Key: slices.Clone(s.Key), Value: slices.Clone(s.Value)})
				}
			}
			give(ahead)
			p.calls <- task{} // the commit is over
			if answer.saves == nil {
				continue // the first answer only begins to count the time
			}
			for i, s := range answer.saves.List {
				if string(s.Key) != string(given[i].Key) || string(s.Value) != string(given[i].Value) {
					t.Fatalf("position %d: state record %d has changed since it was given", answer.ack.pos.next, i)
				}
				topic[string(s.Key)] = string(s.Value)
			}
			p.respare(answer.saves)
			if got := foldOn(t, topic, answer.ack.pos.next, log[:next]); !slices.Equal(got, said) {
				t.Fatalf("position %d: restored it says %d things, the partition said %d ahead", answer.ack.pos.next, len(got), len(said))
			}
			if len(said) > 0 {
				restored++
			}
		}
		if restored < 3 {
			t.Errorf("state was restored %d times: too little to prove anything", restored)
		}
		cancel()
		<-ended
	})
}

func texts(outs *fold.Outputs) (list []string) {
	for _, o := range outs.List {
		list = append(list, o.Customer+" "+string(o.Value))
	}
	return list
}

// foldOn restores a fold from the records of a state topic and lets it fold what follows.
func foldOn(t *testing.T, topic map[string]string, position int64, log []string) []string {
	t.Helper()
	l := fold.NewLoading(fold.Options{Saves: true})
	for k, v := range topic {
		l.Take([]byte(k), []byte(v))
	}
	f, from, err := l.Done()
	if err != nil {
		t.Fatal(err)
	}
	if from > position {
		t.Fatalf("state that goes with position %d is to be folded on from %d", position, from)
	}
	out := &fold.Outputs{}
	for i := from; i < int64(len(log)); i++ {
		if i == position {
			for f.Draining() && !f.Drain(1<<20, out) {
			}
			out.Reset() // was said before
		}
		if err := f.Apply(i, []byte(log[i]), out); err != nil {
			t.Fatal(err)
		}
	}
	for f.Draining() && !f.Drain(1<<20, out) {
	}
	return texts(out)
}

// toldState takes a millisecond for a record, and says with its state how many it has
// folded.
type toldState struct {
	quietFold
	folded *atomic.Int64
	saved  int64
}

func (f *toldState) Apply(offset int64, _ []byte, out *fold.Outputs) error {
	time.Sleep(time.Millisecond)
	f.folded.Add(1)
	return f.quietFold.Apply(offset, []byte("loud"), out)
}

func (f *toldState) Unsaved() int                    { return int(min(1, f.folded.Load()-f.saved)) }
func (f *toldState) ReplayFrom(next int64) int64     { return next }
func (f *toldState) SaveProgress(int64, *fold.Saves) {}
func (f *toldState) Save(_ int, s *fold.Saves) {
	f.saved = f.folded.Load()
	s.List = append(s.List, fold.Saved{Key: []byte("k"), Value: []byte("state=" + strconv.FormatInt(f.saved, 10) + ";")})
}

// nothingSaved begins with an empty fold.
type nothingSaved struct{ f Fold }

func (nothingSaved) Take(_, _ []byte)             {}
func (n nothingSaved) Done() (Fold, int64, error) { return n.f, 0, nil }

var toldStateOf = regexp.MustCompile(`state=(\d+);`)

// onTheWire is what the broker sees of one transaction. It asks one function at a time.
type onTheWire struct {
	states   []int64
	position int64
}

// A transaction that commits a position holds the state as of it and no other, though
// the partition has folded on before the transaction has ended.
func TestATransactionHoldsTheStateOfItsPosition(t *testing.T) {
	var folded atomic.Int64
	set := func(o *Options) {
		o.CommitEvery, o.StateAge = 20*time.Millisecond, 10*time.Millisecond // some is due with every commit
		o.Kafka = append(slices.Clip(o.Kafka), kgo.ProducerBatchCompression(kgo.NoCompression()))
		o.Restore = func(id int32) Loading {
			return nothingSaved{&toldState{quietFold: quietFold{newFakeFold(id)}, folded: &folded}}
		}
	}
	inFakeTimeSet(t, 1, set, func(t *testing.T, p *paced) {
		time.Sleep(time.Second) // the commit of the first output is over
		synctest.Wait()
		tx, compared, wentOn := onTheWire{position: -1}, 0, 0
		p.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
			p.cluster.KeepControl()
			for _, topic := range req.(*kmsg.ProduceRequest).Topics {
				for _, part := range topic.Partitions {
					for _, m := range toldStateOf.FindAllSubmatch(part.Records, -1) {
						n, _ := strconv.ParseInt(string(m[1]), 10, 64) // digits by the expression
						tx.states = append(tx.states, n)
					}
				}
			}
			return nil, nil, false
		})
		p.cluster.ControlKey(kmsg.TxnOffsetCommit.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
			p.cluster.KeepControl()
			tx.position = req.(*kmsg.TxnOffsetCommitRequest).Topics[0].Partitions[0].Offset
			p.cluster.SleepControl(func() { time.Sleep(10 * time.Millisecond) })
			return nil, nil, false
		})
		p.cluster.ControlKey(kmsg.EndTxn.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
			p.cluster.KeepControl()
			for _, n := range tx.states {
				if compared++; n != tx.position {
					t.Errorf("the state of %d records is in the transaction that commits position %d", n, tx.position)
				}
			}
			if len(tx.states) > 0 && folded.Load() > tx.position {
				wentOn++
			}
			tx = onTheWire{position: -1}
			return nil, nil, false
		})
		const written = 400
		var list []*kgo.Record
		for range written {
			list = append(list, &kgo.Record{Topic: ns.Topic(topics.Events), Partition: 0, Value: []byte("loud")})
		}
		if err := p.client.ProduceSync(t.Context(), list...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if at := p.position(t).At; at != 1+written {
			t.Errorf("position %d is committed, want %d", at, 1+written)
		}
		if compared < 10 || wentOn < 8 {
			t.Errorf("%d transactions held state, and in %d the partition had folded on: too few to prove anything", compared, wentOn)
		}
	})
}

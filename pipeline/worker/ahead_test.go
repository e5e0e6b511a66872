package worker

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

const toldPerDrain = 20

// heldCommit is a bank whose partitions stand in the midst of a drain, of which each
// visit needs a token of the test, and whose next commit of outputs waits for the test:
// the broker has its request, and has not answered.
type heldCommit struct {
	*bank
	visits  [testPartitions]chan struct{} // unbuffered: who has sent knows that it was taken
	joins   atomic.Int32
	carries atomic.Bool // outputs are in the open transaction
	armed   atomic.Bool
	reached chan struct{}
	answer  chan func(*kmsg.TxnOffsetCommitRequest) kmsg.Response // nil: that of the broker
}

func newHeldCommit(t *testing.T) *heldCommit {
	t.Helper()
	h := &heldCommit{bank: newBank(t), reached: make(chan struct{}), answer: make(chan func(*kmsg.TxnOffsetCommitRequest) kmsg.Response)}
	for p := range int32(testPartitions) {
		h.visits[p] = make(chan struct{})
		for i := range toldPerDrain {
			h.write(p, fmt.Sprintf("rC%d-%d", p, i))
		}
		h.write(p, closeTag)
	}
	h.cluster.ControlKey(kmsg.TxnOffsetCommit.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		h.cluster.KeepControl()
		if !h.carries.Load() || !h.armed.CompareAndSwap(true, false) {
			return nil, nil, false
		}
		close(h.reached)
		var answer func(*kmsg.TxnOffsetCommitRequest) kmsg.Response
		h.cluster.SleepControl(func() { answer = <-h.answer })
		if answer == nil {
			return nil, nil, false
		}
		return answer(req.(*kmsg.TxnOffsetCommitRequest)), nil, true
	})
	h.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		h.cluster.KeepControl()
		if req.(*kmsg.ProduceRequest).TransactionID != nil {
			h.carries.Store(true)
		}
		return nil, nil, false
	})
	h.cluster.ControlKey(kmsg.EndTxn.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		h.cluster.KeepControl()
		h.carries.Store(false)
		return nil, nil, false
	})
	h.cluster.ControlKey(kmsg.JoinGroup.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		h.cluster.KeepControl()
		h.joins.Add(1)
		return nil, nil, false
	})
	return h
}

func (h *heldCommit) stepping(o *Options) {
	o.SessionTimeout, o.TransactionTimeout = 6*time.Second, time.Minute // the test takes its time
	o.NewFold = func(p int32) Fold { return slowDrain{newFakeFold(p), h.visits[p]} }
}

// tell lets each partition visit n customers, and returns when it has.
func (h *heldCommit) tell(n int) {
	h.t.Helper()
	patience := time.After(time.Minute)
	for _, visits := range h.visits {
		for range n {
			select {
			case visits <- struct{}{}:
			case <-patience:
				h.t.Fatal("nothing is folded while a commit is under way")
			}
		}
	}
}

// hold lets some be told and committed, and then waits for a commit of more under way.
func (h *heldCommit) hold() {
	h.t.Helper()
	h.tell(3)
	h.read(testPartitions * (toldPerDrain + 3))
	h.armed.Store(true)
	h.tell(1)
	select {
	case <-h.reached:
	case <-time.After(time.Minute):
		h.t.Fatal("no commit has come to the broker")
	}
}

// release ends the wait for tokens, in every worker.
func (h *heldCommit) release() {
	for _, visits := range h.visits {
		close(visits)
	}
}

// finish expects that everything has been told once.
func (h *heldCommit) finish(r *running) {
	h.t.Helper()
	h.release()
	_, n := h.expect()
	h.read(n)
	if err := r.stop(); err != nil {
		h.t.Fatal(err)
	}
	h.check()
}

// What was folded ahead of a commit that is refused is gone with it, and folded again.
func TestFoldedAheadOfACommitThatIsAborted(t *testing.T) {
	h := newHeldCommit(t)
	r := h.start(h.stepping)
	h.hold()
	h.tell(4)
	h.answer <- func(req *kmsg.TxnOffsetCommitRequest) kmsg.Response {
		return offsetsRefused(req, kerr.IllegalGeneration)
	}
	h.finish(r)
}

// What was folded ahead belongs into the next transaction: who dies before that has
// said nothing of it.
func TestFoldedAheadAndKilled(t *testing.T) {
	h := newHeldCommit(t)
	over := &wire{}
	var ending atomic.Bool
	over.cutAt(ending.Load, kmsg.EndTxn)
	r := h.startWired(over, h.stepping)
	h.hold()
	h.tell(4)
	ending.Store(true)
	h.answer <- nil
	kafkatest.Until(t, "the worker is cut off", over.isCut)
	_ = r.stop()
	h.finish(h.start(h.stepping))
}

// A partition that is taken away after the commit takes with it what it has said ahead.
func TestFoldedAheadAndRevoked(t *testing.T) {
	h := newHeldCommit(t)
	first := h.start(h.stepping)
	h.hold()
	joins := h.joins.Load()
	second := h.start(h.stepping)
	kafkatest.Until(t, "the second worker joins", func() bool { return h.joins.Load() >= joins+2 }) // the first try gives it its name
	h.tell(4)
	h.answer <- nil
	h.release()
	_, n := h.expect()
	h.read(n)
	for _, r := range []*running{first, second} {
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	}
	h.check()
}

// A planned stop while a commit is under way still commits what was folded ahead.
func TestFoldedAheadAndStopped(t *testing.T) {
	h := newHeldCommit(t)
	r := h.start(h.stepping)
	h.hold()
	h.tell(4)
	r.cancel()
	h.answer <- nil
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got, want := h.visible(), testPartitions*(toldPerDrain+8); got != want {
		t.Errorf("%d outputs are readable after the stop, want %d", got, want)
	}
	for p := range int32(testPartitions) {
		if c := h.committedCursor(p); !c.Draining {
			t.Errorf("partition %d: no drain in the committed position", p)
		}
	}
	h.finish(h.start(h.stepping))
}

// What a partition has said ahead that is not ours any more is not said.
func TestWhoIsGoneSaysNothing(t *testing.T) {
	gone := &partition{id: 1, answered: true}
	here := &partition{id: 2, answered: true, calls: make(chan task, 1)}
	s := &session{parts: map[int32]*partition{1: {id: 1}, 2: here}}
	s.ahead.take(gone, &fold.Outputs{List: make([]fold.Output, 3)})
	s.catchUp() // to say anything it would need a client
	if s.tx.outputs != 0 || len(s.ahead.said) != 0 || s.ahead.bytes.Load() != 0 {
		t.Errorf("%d outputs are said, %d wait", s.tx.outputs, len(s.ahead.said))
	}
	if here.answered || len(here.calls) != 1 {
		t.Error("who is here does not know that the commit is over")
	}
}

// slowCount counts what it folds.
type slowCount struct {
	slowFold
	folded *atomic.Int64
}

func (f *slowCount) Apply(offset int64, value []byte, out *fold.Outputs) error {
	f.folded.Add(1)
	return f.slowFold.Apply(offset, value, out)
}

// Records are folded on while a commit waits for its answer; when that is no, they are
// folded again, and said once.
func TestRecordsAreFoldedAheadOfACommitThatIsAborted(t *testing.T) {
	var folded atomic.Int64
	newFold := func(id int32) Fold { return &slowCount{slowFold{quietFold: quietFold{newFakeFold(id)}}, &folded} }
	inFakeTimeWith(t, newFold, func(t *testing.T, p *paced) {
		const n, wait = 40, 5
		var ahead atomic.Int64
		var struck atomic.Bool
		p.cluster.ControlKey(kmsg.TxnOffsetCommit.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
			p.cluster.KeepControl()
			if !struck.CompareAndSwap(false, true) {
				return nil, nil, false
			}
			before := folded.Load()
			p.cluster.SleepControl(func() { time.Sleep(wait * slow) })
			ahead.Store(folded.Load() - before)
			return offsetsRefused(req.(*kmsg.TxnOffsetCommitRequest), kerr.IllegalGeneration), nil, true
		})
		before := p.position(t).At
		for range n {
			p.write(t, "slow")
		}
		for p.position(t).At < before+n {
			time.Sleep(slow)
		}
		if ahead.Load() < wait-1 {
			t.Errorf("%d records were folded in %d times the time of one, while a commit was under way", ahead.Load(), wait)
		}
		if got := p.alerts(t); got != n+1 { // the first was written to see the worker up
			t.Errorf("%d outputs are readable, want %d", got, n+1)
		}
	})
}

// alerts counts those that are readable, up to the end of the topic.
func (p *paced) alerts(t *testing.T) (n int) {
	t.Helper()
	topic := ns.Topic(topics.Alerts)
	var end kadm.ListedOffset
	kafkatest.Until(t, "the end of "+topic+" is told", func() bool { // a fenced leader has none
		ends, err := kadm.NewClient(p.client).ListEndOffsets(t.Context(), topic)
		end, _ = ends.Lookup(topic, 0)
		return err == nil && end.Err == nil
	})
	client, err := kgo.NewClient(append(slices.Clip(p.opts), kgo.ConsumeTopics(topic),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for next := int64(0); next < end.Offset; {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if next = r.Offset + 1; !r.Attrs.IsControl() {
				n++
			}
		})
	}
	return n
}

package worker

import (
	"bytes"
	"io"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// refusedByBroker is how a worker tells that its commit was refused because the
// transaction had been aborted.
var refusedByBroker = regexp.MustCompile(`INVALID_PRODUCER_EPOCH|PRODUCER_FENCED|INVALID_TXN_STATE`)

// safeBuffer is a log that is read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) says(what *regexp.Regexp) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return what.Match(s.b.Bytes())
}

// builds counts how often each partition is built.
type builds struct {
	mu sync.Mutex
	n  [testPartitions]int
}

func (b *builds) add(p int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n[p]++
}

func (b *builds) now() [testPartitions]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

// A broker aborts a transaction that stays open for too long. The worker hears of it when
// it commits, which it still tries: an answer came late. All that was in it is folded anew.
func TestATransactionThatTheBrokerHasAborted(t *testing.T) {
	some := func(b *bank) { b.traffic(60, 5, 30) }
	for _, c := range []struct {
		name  string
		write func(*bank) // into the log, once the first transaction is over
		late  kmsg.Key    // its answer comes when the transaction has been aborted
	}{
		{"while outputs are on their way", some, kmsg.Produce},
		{"before positions are sent", func(b *bank) { b.write(1, "rC1-0") }, kmsg.Produce}, // one output, in one request
		{"before it is to end", some, kmsg.TxnOffsetCommit},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bank) {
				t.Parallel()
				b.abortedMeanwhile(c.write, c.late)
			})
		})
	}
}

func (b *bank) abortedMeanwhile(write func(*bank), key kmsg.Key) {
	b.t.Helper()
	var told safeBuffer
	var built builds
	over := &wire{}
	r := b.startWired(over, func(o *Options) {
		// A commit is given up when it has taken as long as a transaction may. It begins
		// half of that after the transaction: so long the broker is ahead.
		o.CommitGap, o.CommitEvery, o.TransactionTimeout = 2*time.Second, 2*time.Second, 4*time.Second
		o.SessionTimeout = 20 * time.Second // heartbeats may wait behind the answer
		o.NewFold = func(p int32) Fold {
			built.add(p)
			return newFakeFold(p)
		}
		o.Log = zerolog.New(io.MultiWriter(zerolog.NewTestWriter(b.t), &told)).Level(zerolog.WarnLevel)
	})
	b.traffic(60, 5, 30)
	_, n := b.expect()
	b.read(n)
	for range 5 { // on a machine that stands still the worker may give up first
		before := built.now()
		late := over.holdBack(key)
		b.t.Cleanup(late.let)
		write(b)
		select {
		case <-late.here:
		case <-time.After(time.Minute):
			b.t.Fatal("the answer that is to come late has not come")
		}
		kafkatest.Until(b.t, "the broker aborts the transaction", func() bool { return !b.open(topics.Alerts) })
		late.let()
		_, n = b.expect()
		b.read(n)
		if !told.says(refusedByBroker) {
			continue
		}
		for p, times := range built.now() {
			if times <= before[p] {
				b.t.Errorf("partition %d is not rebuilt", p)
			}
		}
		break
	}
	if !told.says(refusedByBroker) {
		b.t.Error("no commit was refused")
	}
	if err := r.stop(); err != nil {
		b.t.Fatal(err)
	}
	b.check()
}

package worker

import (
	"io"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// incarnationEnded is what a worker tells when it begins anew.
const incarnationEnded = "fold incarnation ended; its partitions are rebuilt"

// The broker commits, and nobody hears its answer: the worker, which lives on, gives up a
// commit that was done. It rebuilds all of its partitions and goes on from the position of
// the group; from the one that it remembers it would say all that was committed again.
func TestACommitThatWasDoneUnheardIsNotSaidAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		t.Parallel()
		b.committedUnheard()
	})
}

func (b *bank) committedUnheard() {
	b.t.Helper()
	var told journal
	var built builds
	over := &wire{}
	r := b.startWired(over, func(o *Options) {
		o.TransactionTimeout = 4 * time.Second // so long the answer is waited for
		o.NewFold = func(p int32) Fold {
			built.add(p)
			return newFakeFold(p)
		}
		o.Log = zerolog.New(io.MultiWriter(zerolog.NewTestWriter(b.t), &told)).Level(zerolog.WarnLevel)
	})
	b.traffic(60, 5, 30)
	_, n := b.expect()
	b.read(n) // from now on there is a group
	done := false
	for tries := 0; !done && tries < 5; tries++ { // on a machine that stands still the worker may give up first
		b.allFolded()
		before, ends, position := built.now(), len(told.with(incarnationEnded)), b.position()
		late := over.holdBack(kmsg.EndTxn)
		b.t.Cleanup(late.let)
		b.traffic(60, 5, 30)
		select {
		case <-late.here:
		case <-time.After(2 * time.Minute):
			b.t.Fatal("no transaction ends")
		}
		kafkatest.Until(b.t, "the group's position moves", func() bool { return b.position() > position })
		done = len(told.with(incarnationEnded)) == ends
		kafkatest.Until(b.t, "the worker gives the commit up", func() bool { return len(told.with(incarnationEnded)) > ends })
		late.let()
		b.traffic(60, 5, 30) // each partition has to be at work again
		b.allFolded()
		for p, times := range built.now() {
			if times <= before[p] {
				b.t.Errorf("partition %d is not rebuilt", p)
			}
		}
	}
	if !done {
		b.t.Error("no commit was done before the worker gave it up")
	}
	if err := r.stop(); err != nil {
		b.t.Fatal(err)
	}
	b.check()
}

// position is how far the fold's group has committed, of all partitions together.
func (b *bank) position() (sum int64) {
	b.t.Helper()
	rows, err := b.admin.FetchOffsets(b.t.Context(), b.ns.Group("fold"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, row := range rows.Sorted() {
		sum += row.At
	}
	return sum
}

// allFolded waits until all that was written is folded and committed.
func (b *bank) allFolded() {
	b.t.Helper()
	want := int64(0)
	for _, values := range b.log {
		want += int64(len(values))
	}
	kafkatest.Until(b.t, "all is folded", func() bool { return b.position() == want })
}

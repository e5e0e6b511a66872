package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// transaction is what one holds so far.
type transaction struct {
	polled  bool      // something was polled: kgo must hear of a commit before a rebalance
	given   int       // records handed over
	outputs int       // outputs produced
	lastEnd time.Time // of the transaction before
	taken   []taken   // memory to give back after the flush
	saved   []saved
}

type taken struct {
	p    *partition
	outs *fold.Outputs
}

type saved struct {
	p     *partition
	saves *fold.Saves
}

func (t *transaction) take(p *partition, outs *fold.Outputs) {
	t.outputs += len(outs.List)
	t.taken = append(t.taken, taken{p, outs})
}

// wait says how long until a commit is due; for ever when there is nothing to
// commit. owed tells of work that the last commit saw in progress.
func (t *transaction) wait(o *Options, owed bool) time.Duration {
	switch {
	case t.outputs > 0:
		return max(0, o.CommitGap-time.Since(t.lastEnd))
	case t.given == 0 && owed: // state alone: see trickle
		return max(0, min(o.CommitEvery, idleAfter)-time.Since(t.lastEnd))
	case t.given > 0 || owed:
		return max(0, o.CommitEvery-time.Since(t.lastEnd))
	}
	return math.MaxInt64
}

// wait is that of the open transaction.
func (s *session) wait() time.Duration { return s.tx.wait(&s.w.o, s.owed()) }

// owed says whether records or a drain were left at the last commit: how they went
// on must be committed, though they may say nothing.
func (s *session) owed() bool {
	for _, p := range s.parts {
		if p.live && p.owes {
			return true
		}
	}
	return false
}

func (s *session) begin() error {
	if err := s.kafka.Begin(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	s.begun = true
	return nil
}

// errAborted ends an incarnation: the outputs of all its partitions are gone.
var errAborted = errors.New("transaction aborted: the group has moved on")

// commit ends the open transaction with all that was folded, if anything. The
// partitions fold on meanwhile, for the next one.
// The last commit saves all that waits to be saved.
func (s *session) commit(ctx context.Context, last bool) error {
	last = last && s.w.o.Restore != nil
	if !last && !s.tx.polled && s.tx.given == 0 && s.tx.outputs == 0 && !s.owed() {
		return nil
	}
	began, given, drained := time.Now(), s.tx.given, s.pace.barrier()
	reached, err := s.barrier(last)
	if err != nil {
		return err
	}
	tx := s.tx
	s.tx = transaction{lastEnd: time.Now(), given: tx.given - given} // some of it may be folded already
	if len(reached.acks) == 0 {
		return nil // all partitions were taken away: nobody has said anything
	}
	if err := s.endMeanwhile(ctx, reached); err != nil {
		return err
	}
	s.settle(&tx, reached, began)
	s.pace.committed(drained, time.Since(began))
	return s.begin()
}

// endMeanwhile ends the transaction and listens to the partitions until it has ended:
// nobody else may use the client's transaction then, whatever a partition says.
func (s *session) endMeanwhile(ctx context.Context, reached *barrier) error {
	ended := make(chan error, 1)
	go func() { ended <- s.end(ctx, reached) }()
	var failed error // of a partition
	for {
		s.offer()
		select {
		case err := <-ended:
			return errors.Join(err, failed)
		case <-s.room:
		case h := <-s.from:
			failed = errors.Join(failed, s.receive(h))
		}
	}
}

// end commits what was produced and where the partitions are. It runs beside the loop,
// which leaves the client's transaction alone meanwhile.
func (s *session) end(ctx context.Context, reached *barrier) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.w.o.TransactionTimeout)
	defer cancel()
	ctx, calm := s.hurry(ctx)
	defer calm()
	// The session would commit without a record that failed.
	if err := s.kafka.Client().Flush(ctx); err != nil {
		return fmt.Errorf("flush outputs: %w", errors.Join(err, lost(ctx)))
	}
	if err := s.out.failed(); err != nil {
		return fmt.Errorf("produce outputs: %w", err)
	}
	s.unasked()
	committed, err := s.kafka.End(kgo.PreTxnCommitFnContext(ctx, reached.rewrite), kgo.TryCommit)
	if err != nil {
		return fmt.Errorf("end transaction: %w", errors.Join(err, lost(ctx)))
	}
	s.begun = false
	if !committed {
		return errAborted
	}
	return nil
}

// settle books a committed transaction.
func (s *session) settle(tx *transaction, reached *barrier, began time.Time) {
	now := time.Now()
	m := s.w.o.Metrics
	m.commit.Observe(now.Sub(began).Seconds())
	for p, a := range reached.acks {
		m.committed(p, a, now)
		p.committed, p.owes = a.pos, a.left()
	}
	for _, t := range tx.taken {
		m.said(t.outs)
		t.p.recycle(t.outs)
	}
	for _, t := range tx.saved {
		m.saved(t.saves)
		t.p.respare(t.saves)
	}
	s.tx.lastEnd = now
}

// barrier is what each partition has folded of what was polled. It waits for no
// more than a record or a chunk of a drain each: a transaction must end in time
// however much was polled.
type barrier struct {
	topic string
	acks  map[*partition]ack
	byID  map[int32]*partition
}

// barrier asks every live partition where it stands, and produces what they hand
// over until then.
func (s *session) barrier(last bool) (*barrier, error) {
	b := &barrier{
		topic: s.w.log(),
		acks:  make(map[*partition]ack, len(s.parts)),
		byID:  make(map[int32]*partition, len(s.parts)),
	}
	for _, p := range s.parts {
		p.yield.Store(p.live)
	}
	for _, p := range s.parts {
		if !p.live {
			continue
		}
		b.byID[p.id] = p
		if err := s.pushBarrier(b, p, last); err != nil {
			return nil, err
		}
	}
	for len(b.acks) < len(b.byID) {
		select {
		case h := <-s.from:
			if err := s.answer(b, h); err != nil {
				return nil, err
			}
		case <-s.room:
		}
		s.offer() // who has answered goes on
	}
	return b, nil
}

func (s *session) pushBarrier(b *barrier, p *partition, last bool) error {
	for {
		select {
		case p.calls <- task{barrier: true, last: last}:
			return nil
		case h := <-s.from:
			if err := s.answer(b, h); err != nil {
				return err
			}
		}
	}
}

// answer notes an answer to the barrier and takes what came with it.
func (s *session) answer(b *barrier, h handover) error {
	if h.ack != nil {
		b.acks[h.p] = *h.ack
	}
	return s.receive(h)
}

// rewrite makes the commit say where the partitions are, where the session would
// say what was polled: the offsets, the drain as metadata, and partitions for which
// nothing was polled. It fails rather than let a position go back, or let another member
// say it than the one that the partitions were assigned to: since hold looked the group may
// have taken this one in anew, and others may have folded on in between.
//
// A commit of state alone says again where a partition is: without an answer about
// offsets the client does not know how old the broker is, and lets half a second pass
// for one that is too old to hide offsets of an open transaction.
func (b *barrier) rewrite(req *kmsg.TxnOffsetCommitRequest) error {
	for id, p := range b.byID {
		if p.member != req.MemberID {
			return fmt.Errorf("commit partition %d: assigned to group member %q, which is %q now", id, p.member, req.MemberID)
		}
	}
	var rows *[]kmsg.TxnOffsetCommitRequestTopicPartition
	for i := range req.Topics {
		if req.Topics[i].Topic == b.topic {
			rows = &req.Topics[i].Partitions
		}
	}
	if rows == nil {
		t := kmsg.NewTxnOffsetCommitRequestTopic()
		t.Topic = b.topic
		req.Topics = append(req.Topics, t)
		rows = &req.Topics[len(req.Topics)-1].Partitions
	}
	seen := make(map[int32]bool, len(*rows))
	for i := range *rows {
		row := &(*rows)[i]
		p := b.byID[row.Partition]
		if p == nil {
			return fmt.Errorf("commit partition %d: not ours", row.Partition)
		}
		a := b.acks[p]
		if row.Offset < a.pos.next {
			return fmt.Errorf("commit partition %d: polled to %d but folded to %d", row.Partition, row.Offset, a.pos.next)
		}
		if err := b.fill(row, p, a); err != nil {
			return err
		}
		seen[row.Partition] = true
	}
	for id, p := range b.byID {
		if !seen[id] && b.acks[p].pos != p.committed {
			if err := b.add(rows, p); err != nil {
				return err
			}
		}
	}
	for _, p := range b.byID {
		if len(*rows) == 0 {
			return b.add(rows, p)
		}
	}
	return nil
}

// add says where a partition is of which nothing was polled.
func (b *barrier) add(rows *[]kmsg.TxnOffsetCommitRequestTopicPartition, p *partition) error {
	row := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	row.Partition, row.LeaderEpoch = p.id, -1
	if err := b.fill(&row, p, b.acks[p]); err != nil {
		return err
	}
	*rows = append(*rows, row)
	return nil
}

func (b *barrier) fill(row *kmsg.TxnOffsetCommitRequestTopicPartition, p *partition, a ack) error {
	if a.pos.next < p.committed.next {
		return fmt.Errorf("commit partition %d: offset %d is before the committed %d", p.id, a.pos.next, p.committed.next)
	}
	metadata, err := encodeProgress(a.pos.cursor)
	if err != nil {
		return err
	}
	row.Offset, row.Metadata = a.pos.next, &metadata
	return nil
}

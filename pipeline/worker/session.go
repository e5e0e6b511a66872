package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// session is one incarnation: a group member with one transactional id. Its
// loop owns everything in it except, while hold lets a rebalance pass, the
// partitions, which the group's callbacks own then.
type session struct {
	w     *Worker
	id    string
	made  time.Time
	kafka *kgo.GroupTransactSession
	kill  context.CancelFunc // ends what the client still tries
	out   *producer

	parts   map[int32]*partition
	revoked bool // a callback took partitions since the last hold

	joining  atomic.Bool   // the group is rebalanced: see joined
	assigned chan struct{} // joining may have changed; capacity 1, a mere signal
	// failed is the last error for which the group was left.
	failed atomic.Pointer[error]
	// rejoins: partitions were taken, so that the member joins again once the round has
	// been told to its end; not where the broker decides. The callbacks', which never
	// overlap.
	rejoins bool
	// given is what the last round of the group gave, of the log; rounds, told and
	// silent are for a group that cannot be heard: see untold. The callbacks', but silent.
	given  []int32
	rounds int
	told   bool
	silent atomic.Bool

	from    chan handover // from all partitions; unbuffered, see partition.hand
	room    chan struct{} // a partition has taken records; capacity 1, a mere signal
	polls   chan context.Context
	polled  chan kgo.Fetches // one poll is out at most: capacity 1 never blocks the poller
	ended   chan struct{}    // the poller has ended
	blocked chan struct{}    // a rebalance waits for hold; capacity 1, a mere signal
	ready   []*partition     // replayed, to be woken outside of a barrier
	offers  []offer          // polled, and the partition was busy: see mostQueued

	begun bool        // the client is in a transaction
	tx    transaction // the open one: while another is committed, the next
	ahead ahead
	pace  *pace
}

func newSession(w *Worker, id string) (*session, error) {
	s := &session{
		w: w, id: id, made: time.Now(), pace: newPace(),
		parts:   map[int32]*partition{},
		from:    make(chan handover),
		room:    make(chan struct{}, 1),
		polls:   make(chan context.Context),
		polled:  make(chan kgo.Fetches, 1),
		ended:   make(chan struct{}),
		blocked: make(chan struct{}, 1), assigned: make(chan struct{}, 1),
	}
	life, kill := context.WithCancel(context.Background())
	opts := w.opts(
		kgo.WithContext(life),
		kgo.ConsumerGroup(w.group()),
		kgo.ConsumeTopics(w.log()),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		// A fetch under way does not know of partitions resumed since: they
		// wait for its end.
		kgo.FetchMaxWait(250*time.Millisecond),
		kgo.SessionTimeout(w.o.SessionTimeout),
		kgo.HeartbeatInterval(min(max(w.o.SessionTimeout/6, 100*time.Millisecond), mostHeartbeat)),
		kgo.RebalanceTimeout(2*w.o.SessionTimeout), // a member that died while it joined holds the others up so long
		kgo.BlockRebalanceOnPoll(),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(s.onAssigned),
		kgo.OnPartitionsRevoked(s.onRevoked),
		kgo.OnPartitionsLost(s.onLost),
		kgo.OnPartitionsCallbackBlocked(s.onBlocked),
		kgo.WithHooks((*groupErrors)(s)),
		kgo.TransactionalID(id),
		kgo.TransactionTimeout(w.o.TransactionTimeout),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(maxBatchBytes),
		kgo.ProducerLinger(0),
		kgo.MetadataMinAge(metadataAge),
	)
	opts = append(opts, s.balancing()...)
	if w.o.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(w.o.InstanceID))
	}
	kafka, err := kgo.NewGroupTransactSession(opts...)
	if err != nil {
		kill()
		return nil, fmt.Errorf("open group session: %w", err)
	}
	s.kafka, s.kill = kafka, kill
	s.out = newProducer(kafka.Client(), w.o.Namespace)
	go s.poller()
	return s, nil
}

// mostHeartbeat: members hear of a rebalance by their heartbeats, and wait for the one
// who hears last.
const mostHeartbeat = 500 * time.Millisecond

// maxBatchBytes is what the output topics take (schemas/topics).
const maxBatchBytes = 4 << 20

// metadataAge: a transaction begins while the broker may still be writing the markers
// of the one before, and then refuses records for the moment. The client sends them again
// after its next look at the metadata, which by default would come after five seconds.
const metadataAge = 50 * time.Millisecond

// close stops the partitions and the poller and leaves the group. A
// transaction still open is aborted if the broker answers soon.
func (s *session) close() {
	s.stopPartitions()
	close(s.polls)
	<-s.ended
	ctx, cancel := context.WithTimeout(context.Background(), s.w.o.StopTimeout)
	defer cancel()
	if s.begun {
		if _, err := s.kafka.End(ctx, kgo.TryAbort); err != nil {
			s.w.o.Log.Warn().Err(err).Msg("open transaction not aborted; a successor ends it")
		}
	}
	s.kafka.AllowRebalance()
	if err := s.leave(ctx); err != nil {
		s.w.o.Log.Warn().Err(err).Msg("group not left; it waits for the session timeout")
	}
	s.kill() // a leave that is not answered would be tried for half a minute
	s.kafka.Close()
	s.kafka.AllowRebalance() // closing polls once more, and would block its own second leave
	s.stopPartitions()       // that a last round gave, and took without a word
}

// loop runs until ctx ends (nil, after a last commit) or anything fails.
func (s *session) loop(ctx context.Context) error {
	if err := s.begin(); err != nil {
		return err
	}
	for {
		if err := s.hold(ctx); err != nil {
			return err
		}
		if err := s.fill(ctx); err != nil {
			return err
		}
		last := ctx.Err() != nil // a stop that comes later has a commit of its own
		if err := s.commit(ctx, last); err != nil {
			return err
		}
		if last {
			return nil
		}
	}
}

// poller makes the blocking polls, one at a time, so that the loop can listen
// to the partitions meanwhile.
func (s *session) poller() {
	defer close(s.ended)
	for ctx := range s.polls {
		s.polled <- s.kafka.PollRecords(ctx, s.w.o.PollRecords)
	}
}

// fill polls and hands records over until a commit is due, a rebalance waits
// or ctx ends. No poll is out when it returns.
func (s *session) fill(ctx context.Context) error {
	s.catchUp()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		done, err := s.fillOnce(ctx, timer)
		if done || err != nil {
			return err
		}
	}
}

func (s *session) fillOnce(ctx context.Context, timer *time.Timer) (done bool, err error) {
	s.wake()
	if s.offer(); s.queued() >= s.mostQueued() {
		return s.waitForTaker(ctx, timer)
	}
	pollCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.polls <- pollCtx
	for {
		s.offer()
		timer.Reset(s.wait())
		select {
		case fetches := <-s.polled:
			return false, s.handOver(fetches)
		case <-s.room:
			continue
		case h := <-s.from:
			if err := s.receive(h); err != nil {
				cancel()
				<-s.polled
				return true, err
			}
			s.wake()
			continue
		case <-timer.C:
			if s.wait() > 0 {
				continue // nothing to commit: the timer ran for ever
			}
		case <-s.blocked:
			s.signal() // the commit is to hurry; hold takes it away
		case <-ctx.Done():
		}
		cancel()
		return true, s.handOver(<-s.polled)
	}
}

// handOver offers each partition the records polled for it.
func (s *session) handOver(fetches kgo.Fetches) error {
	var errs []error
	fetches.EachError(func(_ string, partition int32, err error) {
		if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !s.awaits(err) {
			errs = append(errs, fmt.Errorf("poll partition %d of the log: %w", partition, err))
		}
	})
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	var err error
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if err != nil || len(f.Records) == 0 {
			return
		}
		p := s.parts[f.Partition]
		if p == nil || !p.live {
			err = fmt.Errorf("poll gave %d records of partition %d, which is not ready", len(f.Records), f.Partition)
			return
		}
		s.tx.polled = true
		s.offers = append(s.offers, offer{p, task{records: f.Records, end: f.HighWatermark}})
	})
	return err
}

// receive takes what a partition hands over. What follows its answer to a barrier
// belongs into the next transaction.
func (s *session) receive(h handover) error {
	switch {
	case h.err != nil:
		return h.err
	case h.ready:
		h.p.committed = h.pos
		s.ready = append(s.ready, h.p)
	case h.stopped:
		s.kafka.Client().PauseFetchPartitions(s.one(h.p.id))
	}
	switch {
	case h.outs == nil:
	case h.p.answered:
		s.ahead.take(h.p, h.outs)
	default:
		s.say(h.p, h.outs)
	}
	if h.saves != nil {
		s.tx.saved = append(s.tx.saved, saved{h.p, h.saves})
		s.out.produceState(context.Background(), h.p.id, h.saves)
	}
	h.p.answered = h.p.answered || h.ack != nil
	return nil
}

// say puts outputs into the open transaction.
func (s *session) say(p *partition, outs *fold.Outputs) {
	s.tx.take(p, outs)
	s.out.produce(context.Background(), p.id, outs)
}

// wake lets partitions begin that have been replayed. Not during a barrier: what
// a partition says then would be committed without its position.
func (s *session) wake() {
	for _, p := range s.ready {
		if s.parts[p.id] != p {
			continue // revoked meanwhile
		}
		p.live, p.owes = true, p.committed.cursor.Draining
		s.w.o.Metrics.waiting.WithLabelValues(label(p.id)).Set(0)
		s.kafka.Client().ResumeFetchPartitions(s.one(p.id))
		p.calls <- task{} // the first one: there is room
	}
	s.ready = s.ready[:0]
}

// lines are what joins a partition to the loop.
func (s *session) lines() lines {
	return lines{to: s.from, room: s.room, ahead: &s.ahead.bytes, pace: s.pace}
}

func (s *session) one(partition int32) map[string][]int32 {
	return map[string][]int32{s.w.log(): {partition}}
}

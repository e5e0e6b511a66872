package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Sink carries the log and the fold's outputs into ClickHouse. Run does the work.
type Sink struct {
	cfg     Config
	conn    inserter
	client  *kgo.Client
	log     zerolog.Logger
	metrics *metrics
	decoder decoder
	offsets *offsets
}

// NewSink checks the configuration and prepares the clients; nothing is read or
// written before Run. Who does not call Run calls Close.
func NewSink(cfg Config) (*Sink, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("configure warehouse: %w", err)
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("configure warehouse: %w", err)
	}
	s := &Sink{
		cfg: cfg, log: cfg.Logger, metrics: m, offsets: newOffsets(),
		decoder: decoder{namespace: cfg.Namespace, tiers: cfg.Tiers},
	}
	if s.conn, err = newPool(cfg.Conn); err != nil {
		return nil, fmt.Errorf("configure warehouse: %w", err)
	}
	if s.client, err = kgo.NewClient(s.kafkaOptions()...); err != nil {
		return nil, fmt.Errorf("configure warehouse: open Kafka client: %w", err)
	}
	return s, nil
}

func (s *Sink) kafkaOptions() []kgo.Opt {
	names := make([]string, len(readTopics))
	for i, id := range readTopics {
		names[i] = s.cfg.Namespace.Topic(id)
	}
	return append([]kgo.Opt{
		// The bound of what waits in the client, packed: unpacked it is some seven times as
		// much. A larger single record still passes.
		kgo.FetchMaxBytes(8 << 20),
		kgo.FetchMaxPartitionBytes(1 << 20),
		kgo.MaxConcurrentFetches(2),
		// Rows wait for others anyway. The fold commits some forty times a second, each
		// time into most partitions of all these topics: a fetch that came back for every
		// one of them was much of what the broker did.
		kgo.FetchMinBytes(512 << 10),
		kgo.FetchMaxWait(250 * time.Millisecond),
		// A successor of a killed process waits for no longer, as with the fold.
		kgo.SessionTimeout(s.cfg.SessionTimeout),
		kgo.HeartbeatInterval(s.cfg.SessionTimeout / 5),
		kgo.RebalanceTimeout(2 * s.cfg.SessionTimeout), // a member that died while it joined holds the others up so long
	}, append(append([]kgo.Opt(nil), s.cfg.Kafka...),
		kgo.ConsumerGroup(s.cfg.Namespace.Group(Role)),
		kgo.ConsumeTopics(names...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// Markers of transactions take offsets too: without them a group could
		// never be seen to have reached the end of a topic.
		kgo.KeepControlRecords(),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
			s.offsets.assign(parts)
			if len(parts) > 0 {
				s.log.Info().Int("topics", len(parts)).Msg("warehouse partitions assigned")
			}
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) { s.offsets.revoke(parts) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) { s.offsets.revoke(parts) }),
	)...)
}

// Close releases the clients of a Sink whose Run was never called.
func (s *Sink) Close() {
	s.client.Close()
	if err := s.conn.close(); err != nil {
		s.log.Warn().Err(err).Msg("connections to ClickHouse not closed in order")
	}
}

// Run carries records until ctx ends, then writes what it holds, within
// StopTimeout, and closes the clients. It returns nil at a clean stop. While
// ClickHouse or Kafka is away it waits; the metrics waiting and retries_total and
// a warning in the log say so.
func (s *Sink) Run(ctx context.Context) error {
	// One batch fills while another is on its way: capacity 0. Both are used again.
	batches, spare := make(chan *batch), make(chan *batch, 2)
	written := make(chan error, 1) // 1: the writer can leave before anyone asks
	wctx, abandon := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abandon(nil)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		written <- s.write(wctx, batches, spare)
		stop() // nobody takes batches any more
		abandon(nil)
	}()
	stopWaiting := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(s.cfg.StopTimeout, func() { abandon(errStopTimeout) })
		context.AfterFunc(wctx, func() { timer.Stop() })
	})
	defer stopWaiting()

	readErr := s.read(reading, wctx, batches, spare)
	close(batches)
	writeErr := <-written
	if readErr == nil && writeErr == nil {
		s.log.Info().Msg("warehouse stopped")
	}
	s.Close()
	return errors.Join(readErr, writeErr)
}

var errStopTimeout = errors.New("stop timeout: what was not acknowledged is read again at the next start")

// read fills batches until ctx ends and hands the last one over too. A batch is
// handed over when it is full, or old enough and the writer is free: so batches
// grow with the backlog, and what waits for a busy writer waits in one batch.
func (s *Sink) read(ctx, wctx context.Context, batches chan<- *batch, spare <-chan *batch) error {
	b, due := newBatch(), time.Time{}
	next := func() {
		due = time.Time{}
		select {
		case b = <-spare:
		default:
			b = newBatch()
		}
	}
	for ctx.Err() == nil {
		err := s.poll(ctx, b, due)
		if errors.Is(err, kgo.ErrClientClosed) {
			return fmt.Errorf("read topics: %w", err)
		}
		now := time.Now()
		switch {
		case b.empty():
		case b.full(s.cfg.MaxRecords, s.cfg.MaxBytes):
			select {
			case batches <- b:
			case <-wctx.Done(): // the writer has left; the offsets stay uncommitted
			}
			next()
		case due.IsZero():
			due = now.Add(s.cfg.Interval)
		case !now.Before(due):
			select {
			case batches <- b:
				next()
			default:
				due = now.Add(s.cfg.Interval / 10)
			}
		}
	}
	if b.empty() {
		return nil
	}
	select {
	case batches <- b:
	case <-wctx.Done():
	}
	return nil
}

// pollMost is how many records a poll brings at most: by so many can a batch become
// larger than it should.
const pollMost = 8192

// poll adds what one poll brings; with a batch begun it waits no longer than until
// the batch is due.
func (s *Sink) poll(ctx context.Context, b *batch, due time.Time) error {
	if !due.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, due)
		defer cancel()
	}
	fetches := s.client.PollRecords(ctx, min(s.cfg.MaxRecords-b.records, pollMost))
	// Until here no partition could be taken away, so a record belongs to the
	// assignment it is noted under.
	defer s.client.AllowRebalance()
	if fetches.IsClientClosed() {
		return kgo.ErrClientClosed
	}
	fetches.EachError(func(topic string, partition int32, err error) {
		if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
			s.metrics.retries.WithLabelValues(reasonKafka).Inc()
			s.log.Warn().Err(err).Str("topic", topic).Int32("partition", partition).Msg("reading failed, trying again")
		}
	})
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		key := topicPartition{p.Topic, p.Partition}
		assignment := s.offsets.assignment(key)
		if s.offsets.reached(key, p.HighWatermark) {
			s.offsets.began(key, s.client.CommittedOffsets()[p.Topic][p.Partition].Offset)
		}
		for _, r := range p.Records {
			from := origin{r.Topic, r.Partition, r.Offset}
			b.note(from, assignment)
			if r.Attrs.IsControl() {
				continue
			}
			if err := s.decoder.add(b, message{from, r.Value, r.Timestamp.Unix()}); err != nil {
				s.metrics.unreadable.WithLabelValues(r.Topic).Inc()
				s.log.Error().Err(err).Str("topic", r.Topic).Int32("partition", r.Partition).Int64("offset", r.Offset).
					Msg("record cannot be read, it is in table dlq")
			}
		}
	})
	return nil
}

package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/errgroup"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/retry"
)

// write takes batches in order: every table's rows in and acknowledged, then the
// offsets. Nothing is acknowledged to Kafka before it is durable in ClickHouse.
func (s *Sink) write(ctx context.Context, batches <-chan *batch, spare chan<- *batch) error {
	for b := range batches {
		if err := s.flush(ctx, b); err != nil {
			return err
		}
		fits := b.reset()
		if _, room := b.size(); !fits || room > roomMost*s.cfg.MaxBytes {
			continue // its memory goes with it
		}
		select {
		case spare <- b:
		default: // as many as there can be wait already
		}
	}
	return nil
}

// inserters is how many tables of a batch are written at a time: while one waits for
// the disk another is encoded.
const inserters = 3

func (s *Sink) flush(ctx context.Context, b *batch) error {
	b.seal()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(inserters)
	for _, r := range b.tables() {
		if r.count() > 0 {
			group.Go(func() error { return s.insert(groupCtx, b, r, 0, r.count()) })
		}
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("write batch: %w", err)
	}
	if err := s.commit(ctx, b.spans); err != nil {
		return fmt.Errorf("write batch: %w", err)
	}
	s.metrics.lastFlush.SetToCurrentTime()
	for topic, n := range s.offsets.lag() {
		s.metrics.lag.WithLabelValues(topic).Set(float64(n))
	}
	return nil
}

// insertTimeout bounds one try: a server that hangs is tried again.
const insertTimeout = 2 * time.Minute

// insert sends rows lo to hi, again and again while the fault is not theirs. Rows
// that ClickHouse refuses are halved until the culprits stand alone; those go to
// the dead letters, the others in.
func (s *Sink) insert(ctx context.Context, b *batch, r rows, lo, hi int) error {
	in := r.insertion(s.cfg.Conn.Database, lo, hi)
	same := b.token(r, lo, hi)
	waits := false
	err := s.patiently(&waits).Do(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, insertTimeout)
		defer cancel()
		start := time.Now()
		in.token = s.cfg.Conn.Cluster.token(same)
		err := s.conn.insert(ctx, in)
		if err != nil {
			return fmt.Errorf("insert into %s: %w", r.name(), err)
		}
		s.metrics.insert.WithLabelValues(r.name()).Observe(time.Since(start).Seconds())
		return nil
	})
	if waits {
		s.metrics.waiting.Dec()
	}
	switch {
	case err == nil:
		s.metrics.rows.WithLabelValues(r.name()).Add(float64(hi - lo))
		return nil
	case !refused(err):
		return err
	case hi-lo == 1:
		return s.refuse(ctx, r, lo, err)
	}
	mid := lo + (hi-lo)/2
	if err := s.insert(ctx, b, r, lo, mid); err != nil {
		return err
	}
	return s.insert(ctx, b, r, mid, hi)
}

// patiently waits for ClickHouse as long as it takes: giving up would lose rows,
// and the topics keep what comes meanwhile. waits becomes true with the first wait.
func (s *Sink) patiently(waits *bool) retry.Policy {
	return retry.Policy{
		First: 100 * time.Millisecond, Max: 10 * time.Second,
		Retryable: func(err error) bool { return !refused(err) },
		OnRetry: func(failures int, pause time.Duration, err error) {
			s.waits(waits, err)
			s.log.Warn().Err(err).Int("failures", failures).Dur("pause", pause).Msg("insert failed, trying again")
		},
	}
}

// waits counts what is tried again for err, and once who waits.
func (s *Sink) waits(already *bool, err error) {
	if !*already {
		*already = true
		s.metrics.waiting.Inc()
	}
	s.metrics.retries.WithLabelValues(reason(err)).Inc()
}

// refuse writes a row that ClickHouse will not take to the dead letters, by its
// place in its topic, which keeps it. A dead letter that is refused itself stays in
// its topic only: writing another would never end.
func (s *Sink) refuse(ctx context.Context, r rows, i int, cause error) error {
	from := r.origin(i)
	s.metrics.refused.WithLabelValues(r.name()).Inc()
	s.log.Error().Err(cause).Str("table", r.name()).Str("topic", from.topic).Int32("partition", from.partition).
		Int64("offset", from.offset).Msg("row refused by ClickHouse, it is in the dead letters")
	topic := s.cfg.Namespace.Topic(topics.DLQ)
	if from.topic == topic {
		return nil
	}
	value, err := (&pb.DeadLetter{
		Cause: causeRefused, Detail: cause.Error(), Stage: stageWarehouse, Source: r.name(),
		OriginName: from.topic, OriginPartition: from.partition, OriginPosition: from.offset, At: time.Now().Unix(),
	}).MarshalVT()
	if err != nil {
		return fmt.Errorf("encode dead letter: %w", err)
	}
	if err := s.client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: value}).FirstErr(); err != nil {
		return fmt.Errorf("write dead letter: %w", err)
	}
	return nil
}

// commit tells Kafka how far the rows are in. It goes on until the broker agrees
// or none of the partitions is this sink's any more.
func (s *Sink) commit(ctx context.Context, spans map[topicPartition]span) error {
	err := retry.Policy{
		First: 50 * time.Millisecond, Max: 5 * time.Second,
		OnRetry: func(failures int, pause time.Duration, err error) {
			s.metrics.retries.WithLabelValues(reasonCommit).Inc()
			s.log.Warn().Err(err).Int("failures", failures).Dur("pause", pause).Msg("commit failed, trying again")
		},
	}.Do(ctx, func(ctx context.Context) error {
		return s.offsets.commit(spans, func(list map[string]map[int32]kgo.EpochOffset) error {
			return s.commitOnce(ctx, list)
		})
	})
	if err != nil {
		return fmt.Errorf("commit offsets: %w", err)
	}
	return nil
}

func (s *Sink) commitOnce(ctx context.Context, list map[string]map[int32]kgo.EpochOffset) error {
	var failed error
	s.client.CommitOffsetsSync(ctx, list, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		if err != nil {
			failed = err
			return
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				failed = errors.Join(failed, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	})
	return failed
}

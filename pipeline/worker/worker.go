package worker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Registry is what the control topic tells about partitions and their owners. An error
// with a method Lasting that says true would be the same at the next try: it ends Run.
type Registry interface {
	// Claim records that the transactional id writes the partition's outputs
	// from now on. It returns when the record is durable.
	Claim(ctx context.Context, partition int32, id string) error
	// Owner returns the id last claimed for the partition, "" if none.
	Owner(ctx context.Context, partition int32) (string, error)
	// Skips returns the offsets of parked records of the partition.
	Skips(ctx context.Context, partition int32) ([]int64, error)
}

// Options of a Worker. Zero durations and sizes take the defaults named.
type Options struct {
	// Kafka holds seed brokers and security, for every client of the worker.
	Kafka     []kgo.Opt
	Namespace topics.Namespace
	// InstanceID makes the member static: a restart within SessionTimeout gets
	// its partitions back without a rebalance. Two live processes must not
	// share one. Empty: dynamic.
	InstanceID string
	// Protocol is how the group shares the partitions out (Classic).
	Protocol Protocol
	// NewFold makes an empty Fold: a partition is rebuilt from the log alone.
	NewFold func(partition int32) Fold
	// Restore, in its place, begins to build a Fold from tierwatch.state, and lets the
	// worker save there what changes.
	Restore  func(partition int32) Loading
	Registry Registry
	Log      zerolog.Logger
	Metrics  *Metrics

	// CommitGap is the least time between commits (20 ms), CommitEvery the
	// most while there is something to commit (500 ms).
	CommitGap, CommitEvery time.Duration
	// TransactionTimeout bounds how long a dead worker's transaction hides what
	// others write (10 s); it must exceed the longest commit.
	TransactionTimeout time.Duration
	// SessionTimeout is the group's (10 s).
	SessionTimeout time.Duration
	// StopTimeout bounds how long an ending incarnation tells the broker (5 s).
	StopTimeout time.Duration
	// FenceAfter is how long a predecessor's transaction may stay open before
	// it is ended for him (1 s).
	FenceAfter time.Duration
	// PollRecords bounds a poll (8192 records).
	PollRecords int
	// DrainChunk is how many customers a drain visits between two looks at the
	// queue (256).
	DrainChunk int
	// StateAge is how long a change may wait to be saved (60 s), StateBytes how much
	// state a partition writes per second though it waits longer (1 MiB), ReplayMost
	// how many records a restore may have to fold again before it writes more (10 M).
	StateAge   time.Duration
	StateBytes int
	ReplayMost int
	// Replays bounds how many partitions replay at once (2).
	Replays int
	// Standby keeps the saved state of partitions that others own in memory, so that
	// they are taken over at once.
	Standby bool
}

func (o *Options) defaults() error {
	if (o.NewFold == nil) == (o.Restore == nil) || o.Registry == nil {
		return errors.New("worker: Registry and one of NewFold and Restore are required")
	}
	if err := o.Namespace.Validate(); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Protocol == "" {
		o.Protocol = Classic
	}
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&o.CommitGap, 20 * time.Millisecond},
		{&o.CommitEvery, 500 * time.Millisecond},
		{&o.TransactionTimeout, 10 * time.Second},
		{&o.SessionTimeout, 10 * time.Second},
		{&o.StopTimeout, 5 * time.Second},
		{&o.FenceAfter, time.Second},
		{&o.StateAge, time.Minute},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	for _, n := range []struct {
		v   *int
		def int
	}{
		{&o.PollRecords, 8192}, {&o.DrainChunk, 256}, {&o.Replays, 2}, {&o.StateBytes, 1 << 20}, {&o.ReplayMost, 10_000_000},
	} {
		if *n.v <= 0 {
			*n.v = n.def
		}
	}
	if o.TransactionTimeout < 2*o.CommitEvery {
		return fmt.Errorf("worker: transaction timeout %s must be at least twice the commit interval %s", o.TransactionTimeout, o.CommitEvery)
	}
	return nil
}

// Worker folds the partitions the group gives it.
type Worker struct {
	o       Options
	admin   *kadm.Client
	client  *kgo.Client // without a group: offsets, fencing
	replays chan struct{}
	// standbys is nil if there are none.
	standbys *standbys
	urgent   urgent
}

// New checks the options and connects lazily: a broker that is away is no error.
func New(o Options) (*Worker, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(o.Kafka...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	w := &Worker{o: o, client: client, admin: kadm.NewClient(client), replays: make(chan struct{}, o.Replays)}
	if o.Standby && o.Restore != nil {
		w.standbys = &standbys{w: w, shadows: map[int32]*shadow{}}
	}
	return w, nil
}

// Close releases the worker's clients; Run must have returned.
func (w *Worker) Close() { w.client.Close() }

// refusal is an error that no new incarnation can mend.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(format string, args ...any) error {
	return &refusal{fmt.Errorf(format, args...)}
}

const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// Run folds until ctx ends (nil) or a state is found that a person must mend.
// Everything else, brokers away and lost groups included, ends an incarnation
// and begins the next one.
func (w *Worker) Run(ctx context.Context) error {
	defer w.standbys.end()
	backoff := firstBackoff
	for n := 1; ; n++ {
		began := time.Now()
		err := w.unfit(w.incarnate(ctx, n))
		var r *refusal
		switch {
		case errors.As(err, &r):
			return err
		case ctx.Err() != nil:
			if err != nil {
				w.o.Log.Warn().Err(err).Msg("fold stopped without its last commit; the next start folds that part again")
			}
			return nil
		}
		w.o.Metrics.incarnations.Inc()
		w.o.Log.Warn().Err(err).Int("incarnation", n).Dur("retry_in", backoff).
			Msg("fold incarnation ended; its partitions are rebuilt")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(backoff):
		}
		if backoff = min(2*backoff, lastBackoff); time.Since(began) > time.Minute {
			backoff = firstBackoff
		}
	}
}

func (w *Worker) incarnate(ctx context.Context, n int) error {
	w.o.Metrics.joining.Set(1)
	if err := w.preflight(ctx); err != nil {
		return err
	}
	if err := w.awaitStandbys(ctx); err != nil {
		return err
	}
	s, err := newSession(w, w.transactionalID())
	if err != nil {
		return err
	}
	defer s.close()
	// The loop may stand in a produce that waits for room, and for a broker: it bears
	// no bound of its own.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.o.TransactionTimeout+w.o.StopTimeout, s.kill) })()
	w.o.Log.Info().Int("incarnation", n).Str("transactional_id", s.id).Msg("fold incarnation begins")
	return s.loop(ctx)
}

// transactionalID is fresh for each incarnation: a broker that lost an abort
// must never see the id again.
func (w *Worker) transactionalID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return w.o.Namespace.Group("fold") + "-" + hex.EncodeToString(b[:])
}

func (w *Worker) group() string { return w.o.Namespace.Group("fold") }
func (w *Worker) log() string   { return w.o.Namespace.Topic(topics.Events) }
func (w *Worker) opts(o ...kgo.Opt) []kgo.Opt {
	return append(append([]kgo.Opt(nil), w.o.Kafka...), o...)
}

package kafka

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Gate tells whether live events may go into the log (control.Gate).
type Gate interface{ Open() bool }

// IngestOptions of one source. Zero values take the defaults named.
type IngestOptions struct {
	// Name of the source: in close.wait_for, reports, dead letters, metrics.
	Name string
	// Source holds the brokers and security of the bank's cluster, Kafka ours.
	Source, Kafka []kgo.Opt
	// Topics of the bank.
	Topics    []string
	Namespace topics.Namespace
	// Writer tunes the log writer; Kafka and Namespace are taken from here.
	Writer WriterOptions
	// WholeTopic: a marker of the end of a day stands for all partitions of its topic,
	// not for its own alone.
	WholeTopic bool
	// NewDecoder makes a decoder for one goroutine.
	NewDecoder func() (Decoder, error)
	// Gate may be nil: always open.
	Gate Gate
	// Now is the deployment's clock (time.Now), Calendar its days: a marker of a day that
	// has not begun is left out; nil takes every marker.
	Now      func() time.Time
	Calendar *event.Calendar
	// Workers decode in parallel (GOMAXPROCS).
	Workers int
	// PollRecords bounds a batch (8192), MaxBatches how many may wait for their
	// acknowledgement (8).
	PollRecords, MaxBatches int
	// ReportEvery is how often progress is told to the conductor (1 s).
	ReportEvery time.Duration
	// SessionTimeout of the group (10 s).
	SessionTimeout time.Duration
	Log            zerolog.Logger
	Metrics        *Metrics
}

func (o *IngestOptions) defaults() error {
	if o.Name == "" || len(o.Topics) == 0 || o.NewDecoder == nil {
		return errors.New("ingest: Name, Topics and NewDecoder are required")
	}
	o.Writer.Kafka, o.Writer.Namespace = o.Kafka, o.Namespace
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.PollRecords <= 0 {
		o.PollRecords = 8192
	}
	if o.MaxBatches <= 0 {
		o.MaxBatches = 8
	}
	if o.ReportEvery <= 0 {
		o.ReportEvery = time.Second
	}
	if o.SessionTimeout <= 0 {
		o.SessionTimeout = 10 * time.Second
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	return nil
}

// Ingest reads one source into the log.
type Ingest struct{ o IngestOptions }

// NewIngest checks the options; it connects in Run.
func NewIngest(o IngestOptions) (*Ingest, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	o.Metrics.expect(o.Name)
	return &Ingest{o: o}, nil
}

const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
	gatePause    = 100 * time.Millisecond
	stopTimeout  = 10 * time.Second
)

// Run reads until ctx ends (nil). Failures begin it again from the last commit;
// only a decoder that cannot be made is an error.
func (i *Ingest) Run(ctx context.Context) error {
	var decoders []Decoder
	for range i.o.Workers {
		d, err := i.o.NewDecoder()
		if err != nil {
			return fmt.Errorf("ingest %s: %w", i.o.Name, err)
		}
		decoders = append(decoders, d)
	}
	for backoff := firstBackoff; ; {
		began := time.Now()
		err := i.once(ctx, decoders)
		if ctx.Err() != nil {
			if err != nil {
				i.o.Log.Warn().Err(err).Str("source", i.o.Name).Msg("ingest stopped without its last commit; the next start reads that part again")
			}
			return nil
		}
		i.o.Metrics.restarts.WithLabelValues(i.o.Name).Inc()
		i.o.Log.Warn().Err(err).Str("source", i.o.Name).Dur("retry_in", backoff).Msg("ingest begins again from its last commit")
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

// ingest is one life of an Ingest, until something fails.
type ingest struct {
	o        *IngestOptions
	decoders []Decoder
	log      *LogWriter
	dead     *DeadLetters
	source   *kgo.Client
	reports  *reporter
	commits  *committer
	ahead    sync.Once // a record dated after the clock is told of
}

func (i *Ingest) once(ctx context.Context, decoders []Decoder) error {
	in := &ingest{o: &i.o, decoders: decoders}
	var err error
	if in.log, err = NewLogWriter(i.o.Writer); err != nil {
		return err
	}
	defer in.log.Close()
	if in.dead, err = NewDeadLetters(i.o.Kafka, i.o.Namespace, i.o.Writer.Partitions); err != nil {
		return err
	}
	defer in.dead.Close()
	if in.reports, err = newReporter(&i.o); err != nil {
		return err
	}
	defer in.reports.close()
	in.commits = newCommitter(&i.o, in.reports.source)
	in.reports.cut = in.commits.cut
	if in.source, err = in.join(); err != nil {
		return err
	}
	defer in.leave()
	return in.run(ctx)
}

// join enters the source's group. The committer commits its offsets.
func (in *ingest) join() (*kgo.Client, error) {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), in.o.Source...),
		kgo.ConsumerGroup(in.o.Namespace.Group("ingest-"+in.o.Name)),
		kgo.ConsumeTopics(in.o.Topics...),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		// Bookings of an aborted transaction are none. Markers of transactions take
		// offsets too: without them a source could never be seen to be at its end.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(), // until poll knows under which assignment it polled
		kgo.SessionTimeout(in.o.SessionTimeout),
		kgo.HeartbeatInterval(max(in.o.SessionTimeout/6, 100*time.Millisecond)),
		kgo.RebalanceTimeout(2*in.o.SessionTimeout), // a member that died while it joined holds the others up so long
		kgo.OnPartitionsAssigned(in.onAssigned),
		kgo.OnPartitionsRevoked(in.onRevoked),
		kgo.OnPartitionsLost(in.onLost),
	)...)
	if err != nil {
		return nil, fmt.Errorf("join source %s: %w", in.o.Name, err)
	}
	return client, nil
}

func (in *ingest) onAssigned(ctx context.Context, client *kgo.Client, got map[string][]int32) {
	in.commits.assigned(got)
	in.reports.onAssigned(ctx, client, got)
	for topic, partitions := range got {
		in.o.Log.Info().Str("source", in.o.Name).Str("topic", topic).Ints32("partitions", partitions).Msg("source partitions assigned")
	}
}

func (in *ingest) onLost(ctx context.Context, client *kgo.Client, lost map[string][]int32) {
	in.commits.lost(lost)
	in.reports.onLost(ctx, client, lost)
}

// onRevoked commits what is acknowledged, up to a marker that is not reported; the
// successor reads the rest again.
func (in *ingest) onRevoked(ctx context.Context, client *kgo.Client, revoked map[string][]int32) {
	if err := in.commits.commit(ctx, client, true); err != nil {
		in.o.Log.Warn().Err(err).Str("source", in.o.Name).Msg("offsets of revoked partitions not committed; that part is read twice")
	}
	in.onLost(ctx, client, revoked)
}

func (in *ingest) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := in.commits.commit(ctx, in.source, true); err != nil {
		in.o.Log.Warn().Err(err).Str("source", in.o.Name).Msg("last offsets not committed; that part is read twice")
	}
	_ = in.source.LeaveGroupContext(ctx) // else the others wait for the session timeout
	in.source.CloseAllowingRebalance()
}

// run polls and decodes; a second goroutine waits for acknowledgements in the
// order of the batches and reports.
func (in *ingest) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Capacity: that many batches may wait for their acknowledgement while the
	// next is decoded; the log writer bounds their bytes.
	written := make(chan *batch, in.o.MaxBatches)
	settled := make(chan error, 1)
	go func() { settled <- in.settle(written, cancel) }()
	over := make(chan struct{})
	patience := make(chan struct{})
	go func() { defer close(patience); in.giveUp(ctx, over) }()
	watched := make(chan struct{})
	go func() { defer close(watched); in.watchGate(over) }()
	err := in.read(ctx, written)
	close(written)
	if failed := <-settled; failed != nil {
		err = failed
	}
	close(over)
	<-patience
	<-watched
	return err
}

// giveUp closes the clients when a stop takes too long, the broker being away:
// what waits for them then fails.
func (in *ingest) giveUp(ctx context.Context, over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	select {
	case <-over:
	case <-time.After(stopTimeout):
		in.log.Close()
		in.dead.Close()
	}
}

func (in *ingest) read(ctx context.Context, written chan<- *batch) error {
	for ctx.Err() == nil {
		if !in.passGate(ctx) {
			break
		}
		fetches, b := in.poll(ctx)
		if ctx.Err() != nil && fetches.Empty() {
			break
		}
		for _, f := range fetches.Errors() {
			// What a source has lost is booked with its batch: to begin again would only
			// meet it again.
			_, lost := errors.AsType[*kgo.ErrDataLoss](f.Err)
			if !lost && !errors.Is(f.Err, context.Canceled) && !errors.Is(f.Err, context.DeadlineExceeded) {
				return fmt.Errorf("poll %s partition %d: %w", f.Topic, f.Partition, f.Err)
			}
		}
		// A batch begun is finished even if ctx ends: records whose produce is
		// cancelled would break the writer for the rest.
		in.decode(context.WithoutCancel(ctx), b)
		written <- b
	}
	return nil
}

// poll returns after a while without records too, so that the gate is looked
// at and progress is told.
func (in *ingest) poll(ctx context.Context) (kgo.Fetches, *batch) {
	ctx, cancel := context.WithTimeout(ctx, in.o.ReportEvery)
	defer cancel()
	fetches := in.source.PollRecords(ctx, in.o.PollRecords)
	b := newBatch(fetches)
	in.commits.enter(b)
	in.source.AllowRebalance()
	return fetches, b
}

// passGate waits until live events may pass; false when ctx ends.
func (in *ingest) passGate(ctx context.Context) bool {
	for !in.mayPass() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(gatePause):
		}
	}
	return true
}

func (in *ingest) mayPass() bool { return in.o.Gate == nil || in.o.Gate.Open() }

// watchGate shows whether live events are held back. It does not leave that to read,
// which while brokers are away waits for what was read before.
func (in *ingest) watchGate(over <-chan struct{}) {
	gauge := in.o.Metrics.held.WithLabelValues(in.o.Name)
	for {
		held := 0.0
		if !in.mayPass() {
			held = 1
		}
		gauge.Set(held)
		select {
		case <-over:
			return
		case <-time.After(gatePause):
		}
	}
}

// settle reports batches that are durable, in order, and commits their offsets.
// After a failure it stops the reader and lets it come to its end.
func (in *ingest) settle(written <-chan *batch, stop context.CancelCauseFunc) error {
	var failed error
	for b := range written {
		if failed != nil {
			continue
		}
		if failed = in.settleOne(b); failed != nil {
			stop(failed)
		}
	}
	return failed
}

func (in *ingest) settleOne(b *batch) error {
	if err := b.wait(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := in.commits.book(ctx, b); err != nil {
		return err
	}
	reported, err := in.reports.book(b)
	if err != nil {
		return err
	}
	if reported {
		in.commits.said(in.reports.untold())
	}
	if err := in.commits.commit(ctx, in.source, false); err != nil {
		in.o.Metrics.uncommitted.WithLabelValues(in.o.Name).Inc()
		in.o.Log.Warn().Err(err).Str("source", in.o.Name).Msg("offsets not committed, trying again")
	}
	return nil
}

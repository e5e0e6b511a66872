package control

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

// RateSource gives the rates of a day beside those published by operators; nil
// or an empty message when it has none (yet).
type RateSource interface {
	Rates(ctx context.Context, day int32) (*pb.Rates, error)
}

// Options of a Conductor.
type Options struct {
	// Kafka holds seed brokers and security.
	Kafka     []kgo.Opt
	Namespace topics.Namespace
	// Partitions of the log.
	Partitions int32
	Calendar   *event.Calendar
	Clock      Clock
	Schedule   Schedule
	// Engine opens a new log; its first policy is the first published one.
	Engine *pb.Engine
	// Rates is optional.
	Rates RateSource
	// Holder names this process in the lease.
	Holder  string
	Log     zerolog.Logger
	Metrics *Metrics
	// SessionTimeout of the election (10 s).
	SessionTimeout time.Duration
}

// ErrGap refuses to close more than MaxGap missed days without CatchUp, at the start and
// when the clock of the one in office jumps.
var ErrGap = errors.New("too many days are over and not closed")

// Conductor is the LIVE writer of time.
type Conductor struct{ o Options }

// NewConductor checks the options; it connects in Run.
func NewConductor(o Options) (*Conductor, error) {
	if o.Calendar == nil || o.Clock == nil || o.Engine == nil || o.Partitions <= 0 {
		return nil, errors.New("conductor: Calendar, Clock, Engine and Partitions are required")
	}
	o.Schedule.defaults()
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.SessionTimeout <= 0 {
		o.SessionTimeout = 10 * time.Second
	}
	return &Conductor{o: o}, nil
}

const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// Run stands for election and, while elected, writes time; it returns nil when
// ctx ends. A broker that is away is waited for. The error is one that a person
// must mend: ErrGap, or an opening that does not fit the deployment.
func (c *Conductor) Run(ctx context.Context) error {
	e, err := c.stand()
	if err != nil {
		return err
	}
	defer e.close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case office := <-e.offices:
			if err := c.hold(ctx, office); err != nil {
				return err
			}
		}
	}
}

// hold stays in office until it or ctx ends; a term that fails is followed by
// the next.
func (c *Conductor) hold(ctx, office context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(office, cancel)()
	for backoff := firstBackoff; ; {
		began := time.Now()
		err := c.term(ctx)
		var stop *refusal
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &stop):
			return err
		}
		if errors.Is(err, errSuperseded) {
			// Who has lost the office is told so by the group at one of the next heartbeats.
			backoff = max(backoff, 2*c.heartbeat())
		}
		c.o.Log.Warn().Err(err).Dur("retry_in", backoff).Msg("conductor's term ended")
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

// refusal is an error that waiting does not mend.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// term writes time under one claim, until ctx ends or anything fails.
func (c *Conductor) term(ctx context.Context) error {
	defer c.o.Metrics.leave()
	d, err := c.takeOffice(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	return d.run(ctx)
}

package role

import (
	"context"
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// IngestOptions are what a demo sets and `run` leaves alone.
type IngestOptions struct {
	// Clock is the wall's if nil.
	Clock control.Clock
	// Stale is the age, by the clock, from which the last TICK says that the
	// conductor is down; 0 is the default of control.NewGate.
	Stale time.Duration
	// ReportEvery is how often, by the wall, progress is told to the conductor;
	// 0 is the default of kafka.NewIngest.
	ReportEvery time.Duration
}

// NewIngest makes the role ingest: every configured source into the log.
func NewIngest(d *wire.Deployment, o IngestOptions) (Run, error) {
	if o.Clock == nil {
		o.Clock = control.Wall{}
	}
	metrics := kafka.NewMetrics()
	gate, err := control.NewGate(d.Kafka, d.Namespace, o.Clock, o.Stale)
	if err != nil {
		return nil, err
	}
	var sources []*kafka.Ingest
	for i := range d.Config.Ingest.Sources {
		s := &d.Config.Ingest.Sources[i]
		in, err := newSource(d, s, o, gate, metrics)
		if err != nil {
			gate.Close()
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		sources = append(sources, in)
	}
	if err := d.Register(metrics.Collectors()...); err != nil {
		gate.Close()
		return nil, err
	}
	return func(ctx context.Context) error {
		defer gate.Close()
		group := lifecycle.NewGroup(ctx)
		group.Go("gate", gate.Run)
		for i, in := range sources {
			group.Go(d.Config.Ingest.Sources[i].Name, in.Run)
		}
		return group.Wait()
	}, nil
}

func newSource(d *wire.Deployment, s *config.Source, o IngestOptions, gate *control.Gate, metrics *kafka.Metrics) (*kafka.Ingest, error) {
	decoder, err := decoderOf(d, s, gate.Rates())
	if err != nil {
		return nil, err
	}
	return kafka.NewIngest(kafka.IngestOptions{
		Name: s.Name, Source: d.Kafka, Kafka: d.Kafka, Topics: []string{s.Topic}, Namespace: d.Namespace,
		Writer:     kafka.WriterOptions{Partitions: d.Partitions, Compression: d.Config.Ingest.Compression},
		WholeTopic: s.EndOfDay == "topic",
		NewDecoder: decoder, Gate: gate, Now: o.Clock.Now, Calendar: d.Calendar, ReportEvery: o.ReportEvery,
		SessionTimeout: d.Config.Kafka.SessionTimeout.Of(),
		Log:            d.Log.With().Str("role", Ingest).Logger(), Metrics: metrics,
	})
}

// decoderOf compiles the mapping once; every worker gets its own mapper.
func decoderOf(d *wire.Deployment, s *config.Source, rates event.Rates) (func() (kafka.Decoder, error), error) {
	builder := &event.Builder{Calendar: d.Calendar, Rates: rates}
	if s.Format == "protobuf" {
		return func() (kafka.Decoder, error) { return &kafka.ProtoDecoder{Builder: builder}, nil }, nil
	}
	program := mapping.Canonical()
	if s.Mapping != "" {
		var err error
		if program, err = mapping.Load(s.Mapping); err != nil {
			return nil, err
		}
	}
	return func() (kafka.Decoder, error) { return program.Mapper(builder) }, nil
}

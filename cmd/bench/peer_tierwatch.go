package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/control/topology"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// deployment is a log of its own on the given Kafka, under clock: event.
func (b *peerBench) deployment() (*wire.Deployment, error) {
	c := config.Default()
	c.Deployment.TimeZone, c.Deployment.BaseCurrency, c.Deployment.Clock = "UTC", "CNY", "event"
	c.Kafka.Partitions = peerPartitions
	c.Fold.StateAge, c.Fold.StateBytes, c.Fold.CommitGap = config.Duration(b.stateAge), b.stateBytes, config.Duration(b.commit)
	cal, err := event.NewCalendar(c.Deployment.TimeZone, "", c.Deployment.BaseCurrency)
	if err != nil {
		return nil, err
	}
	return &wire.Deployment{
		Config: c, Log: warnings(), Kafka: b.kafka, Namespace: topics.Namespace(b.name), Partitions: peerPartitions,
		Calendar: cal, Metrics: prometheus.NewRegistry(),
	}, nil
}

// openPeerLog makes the topics and writes ENGINE and policy: no TICK, no CLOSE.
func openPeerLog(ctx context.Context, b *peerBench, d *wire.Deployment) error {
	if err := topology.Ensure(ctx, b.client, topology.Options{Namespace: d.Namespace, Partitions: d.Partitions}); err != nil {
		return fmt.Errorf("make topics: %w", err)
	}
	if err := b.known(ctx, topicNames(d.Namespace)...); err != nil {
		return err
	}
	back, err := control.StartBackfill(ctx, control.BackfillOptions{
		Kafka: d.Kafka, Namespace: d.Namespace, Calendar: d.Calendar, Holder: role.Holder("bench"),
		Writer: kafka.WriterOptions{Partitions: d.Partitions},
		Opening: &control.Opening{
			Engine: d.Engine(),
			Policy: &pb.PolicyActivation{
				Name: "peer_job", Version: 1, EffectiveDay: int32(peerjob.FirstDay.Unix() / 86_400), Yaml: peerjob.Policy,
			},
		},
	})
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	back.Close()
	return nil
}

// runTierwatch measures the whole path: JSON to log, fold, outputs and state.
func (b *peerBench) runTierwatch(ctx context.Context) error {
	d, err := b.deployment()
	if err != nil {
		return err
	}
	if err := openPeerLog(ctx, b, d); err != nil {
		return err
	}
	opened, err := b.extentOf(ctx, d.Namespace.Topic(topics.Events))
	if err != nil {
		return err
	}
	program, err := mapping.Compile("mapping.yaml", peerjob.Mapping)
	if err != nil {
		return err
	}
	in, err := kafka.NewIngest(kafka.IngestOptions{
		Name: "peer", Source: d.Kafka, Kafka: d.Kafka, Topics: []string{b.topic}, Namespace: d.Namespace,
		Writer: kafka.WriterOptions{Partitions: d.Partitions}, Log: d.Log,
		NewDecoder: func() (kafka.Decoder, error) { return program.Mapper(&event.Builder{Calendar: d.Calendar}) },
	})
	if err != nil {
		return fmt.Errorf("make ingest: %w", err)
	}
	fold, err := role.NewFold(d)
	if err != nil {
		return err
	}
	stop, err := startProfile(b.profile)
	if err != nil {
		return err
	}
	group, start := lifecycle.NewGroup(ctx), readUsage()
	group.Go("ingest", in.Run)
	group.Go("fold", fold)
	err = b.allDone(group.Context(), d, opened)
	u := readUsage().since(start)
	stop()
	group.Stop()
	if err := errors.Join(err, group.Wait()); err != nil {
		return err
	}
	return b.reportTierwatch(ctx, d, u)
}

func (b *peerBench) reportTierwatch(ctx context.Context, d *wire.Deployment, u used) error {
	saved, err := b.extentOf(ctx, d.Namespace.Topic(topics.State))
	if err != nil {
		return err
	}
	families, err := gathered(d)
	if err != nil {
		return err
	}
	commits := families["commit_seconds"].GetMetric()[0].GetHistogram()
	b.tierwatch = &jobRun{used: u, topic: d.Namespace.Topic(topics.TierChanges), note: fmt.Sprintf(
		"JSON to log, fold, outputs readable, state saved (%s records); %d commits that took %.1f s in all",
		grouped(saved.records), commits.GetSampleCount(), commits.GetSampleSum())}
	b.line("Tierwatch, whole path", b.tierwatch)
	return nil
}

// allDone waits until every event is in the log or among the dead letters and is
// folded, the outputs are readable and no customer's change waits to be saved.
func (b *peerBench) allDone(ctx context.Context, d *wire.Deployment, opened extent) error {
	log, dead := d.Namespace.Topic(topics.Events), d.Namespace.Topic(topics.DLQ)
	err := await(ctx, "ingest", func(ctx context.Context) (bool, error) {
		ends, err := b.admin.ListEndOffsets(ctx, log, dead)
		if err == nil {
			err = ends.Error()
		}
		n := int64(0)
		for _, byPartition := range ends {
			for _, end := range byPartition {
				n += end.Offset
			}
		}
		return n-opened.records >= b.input.records, err
	})
	if err != nil {
		return err
	}
	ends, err := progress.Ends(ctx, b.admin, d.Namespace)
	if err != nil {
		return err
	}
	if err := progress.WaitFolded(ctx, b.admin, d.Namespace, ends); err != nil {
		return err
	}
	outputs := []string{d.Namespace.Topic(topics.TierChanges), d.Namespace.Topic(topics.Verdicts), d.Namespace.Topic(topics.State)}
	return await(ctx, "state", func(ctx context.Context) (bool, error) {
		waiting, partitions, err := unsaved(d)
		if err != nil || waiting > 0 || partitions < peerPartitions {
			return false, err
		}
		return b.settled(ctx, outputs...)
	})
}

// gathered are the fold's metrics by the end of their names.
func gathered(d *wire.Deployment) (map[string]*dto.MetricFamily, error) {
	families, err := d.Metrics.Gather()
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	named := map[string]*dto.MetricFamily{}
	for _, f := range families {
		named[strings.TrimPrefix(f.GetName(), "tierwatch_fold_")] = f
	}
	return named, nil
}

// unsaved is the number of customers that wait to be saved, and of the partitions
// that have told.
func unsaved(d *wire.Deployment) (customers float64, partitions int, err error) {
	families, err := gathered(d)
	if err != nil {
		return 0, 0, err
	}
	told := families["unsaved_customers"].GetMetric()
	for _, m := range told {
		customers += m.GetGauge().GetValue()
	}
	return customers, len(told), nil
}

package clickhouse

import (
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// decoder turns records into rows. It does no I/O and knows no time, so the same
// records always give the same rows.
type decoder struct {
	namespace topics.Namespace
	// tiers lists the tiers of a policy text; nil: table tiers stays empty.
	tiers func(yaml []byte) ([]Tier, error)
}

// message is a record of a topic.
type message struct {
	origin
	value []byte
	// at is the record's own timestamp, UTC seconds.
	at int64
}

// add puts the rows of m into b. A record that cannot be read becomes a row of dlq
// with the error, which is also returned for the count; the stream goes on.
func (d *decoder) add(b *batch, m message) error {
	err := d.decode(b, m)
	if err != nil {
		b.dead.add(&deadRow{
			d: &pb.DeadLetter{
				Cause: causeUnreadable, Detail: err.Error(), Stage: stageWarehouse, Original: m.value,
				OriginName: m.topic, OriginPartition: m.partition, OriginPosition: m.offset, At: m.at,
			},
			hash: xxhash.Sum64(m.value),
		}, m.origin)
	}
	return err
}

// Values of dlq that this sink writes.
const (
	stageWarehouse  = "warehouse"
	causeUnreadable = "unreadable"
	causeRefused    = "refused_by_clickhouse"
)

func (d *decoder) decode(b *batch, m message) error {
	switch m.topic {
	case d.namespace.Topic(topics.Events):
		return d.logRecord(b, m)
	case d.namespace.Topic(topics.Verdicts):
		return verdict(b, m)
	case d.namespace.Topic(topics.Snapshots):
		return snapshot(b, m)
	case d.namespace.Topic(topics.TierChanges):
		return tierChange(b, m)
	case d.namespace.Topic(topics.Alerts):
		return alert(b, m)
	case d.namespace.Topic(topics.DLQ):
		return deadLetter(b, m)
	default:
		return fmt.Errorf("topic %q is none that the warehouse reads", m.topic)
	}
}

func verdict(b *batch, m message) error {
	v := new(pb.Verdict)
	if err := v.UnmarshalVTUnsafe(m.value); err != nil {
		return fmt.Errorf("decode verdict: %w", err)
	}
	s, err := stampOf(v.Log, m.value)
	if err != nil {
		return fmt.Errorf("read verdict: %w", err)
	}
	b.verdicts.add(&verdictRow{v, s}, m.origin)
	return nil
}

func snapshot(b *batch, m message) error {
	snap := new(pb.Snapshot)
	if err := snap.UnmarshalVTUnsafe(m.value); err != nil {
		return fmt.Errorf("decode snapshot: %w", err)
	}
	s, err := stampOf(snap.Log, m.value)
	if err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	err = snap.EachDay(func(snap *pb.Snapshot) error {
		b.metrics.add(&metricsRow{snap, s}, m.origin)
		for _, scheme := range snap.Schemes {
			row := standingRow{snap: snap, scheme: scheme, stamp: s}
			b.stand(&row, m.origin)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	return nil
}

func tierChange(b *batch, m message) error {
	c := new(pb.TierChange)
	if err := c.UnmarshalVTUnsafe(m.value); err != nil {
		return fmt.Errorf("decode tier change: %w", err)
	}
	s, err := stampOf(c.Log, m.value)
	if err != nil {
		return fmt.Errorf("read tier change: %w", err)
	}
	b.changes.add(&changeRow{c, s}, m.origin)
	return nil
}

func alert(b *batch, m message) error {
	a := new(pb.Alert)
	if err := a.UnmarshalVTUnsafe(m.value); err != nil {
		return fmt.Errorf("decode alert: %w", err)
	}
	s, err := stampOf(a.Log, m.value)
	if err != nil {
		return fmt.Errorf("read alert: %w", err)
	}
	if a.AlertId == "" {
		return errors.New("read alert: alert_id is empty: every alert has one")
	}
	row := alertRow{a, s}
	b.alertHistory.add(&row, m.origin)
	b.alerts.add(&row, m.origin)
	return nil
}

func deadLetter(b *batch, m message) error {
	d := new(pb.DeadLetter)
	if err := d.UnmarshalVTUnsafe(m.value); err != nil {
		return fmt.Errorf("decode dead letter: %w", err)
	}
	if m.partition > maxPartition {
		return fmt.Errorf("partition %d: must be 0 to %d", m.partition, maxPartition)
	}
	b.dead.add(&deadRow{d: d, partition: uint16(m.partition), offset: uint64(m.offset), hash: xxhash.Sum64(d.Original)}, m.origin)
	return nil
}

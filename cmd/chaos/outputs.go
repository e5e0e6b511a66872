package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// origin is what makes an output one of its kind: the record of the log that caused
// it, and its number among those of a customer.
type origin struct {
	topic     topics.ID
	partition int32
	offset    int64
	sub       uint32
	customer  string
	rest      string // what else tells those apart that share a number
}

// readOutputs reads the topics of the fold, committed, and looks for records that are
// there twice or not in their order.
func (b *logbook) readOutputs(ctx context.Context, opts []kgo.Opt, found *findings) error {
	seen, order := map[origin]place{}, newOrders()
	for _, id := range []topics.ID{topics.Alerts, topics.TierChanges, topics.Snapshots, topics.Verdicts, topics.DLQ} {
		err := readAll(ctx, opts, topics.DefaultNamespace.Topic(id), func(r *kgo.Record) error {
			b.outputs[string(id)]++
			o, ok, err := b.output(id, r)
			if err != nil || !ok {
				return err
			}
			at := place{r.Partition, r.Offset}
			if o.partition != r.Partition {
				found.add("topic %s, record %s is caused by partition %d", id, at, o.partition)
			}
			if first, twice := seen[o]; twice {
				found.add("topic %s: records %s and %s are both number %d of log %d:%d, customer %s", id, first, at, o.sub, o.partition, o.offset, o.customer)
			}
			seen[o] = at
			if wrong := order.output(&o); wrong != "" {
				found.add("%s", wrong)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, customer := range slices.Sorted(maps.Keys(b.alerts)) {
		for _, a := range b.alerts[customer] {
			if wrong := order.alert(a); wrong != "" {
				found.add("%s", wrong)
			}
		}
	}
	return nil
}

// output notes a record of an output topic; false for a dead letter of ingest, which
// may come twice.
func (b *logbook) output(id topics.ID, r *kgo.Record) (o origin, ok bool, err error) {
	var customer, rest string
	var at *pb.Position
	switch id {
	case topics.Alerts:
		m := new(pb.Alert)
		err = m.UnmarshalVT(r.Value)
		customer, at = m.Customer.GetId(), m.Log
		b.alerts[customer] = append(b.alerts[customer], m)
	case topics.TierChanges:
		m := new(pb.TierChange)
		err = m.UnmarshalVT(r.Value)
		customer, at = m.CustomerId, m.Log
		b.changes[customer] = append(b.changes[customer], m)
	case topics.Snapshots:
		m := new(pb.Snapshot)
		err = m.UnmarshalVT(r.Value)
		customer, at = m.CustomerId, m.Log
		b.snapshots[customer] = append(b.snapshots[customer], m)
		// A late record writes several days again under one number; the fold writes a day
		// with the same bytes each time.
		rest = strconv.FormatUint(xxhash.Sum64(r.Value), 16)
	case topics.Verdicts:
		m := new(pb.Verdict)
		err = m.UnmarshalVT(r.Value)
		customer, at, rest = m.CustomerId, m.Log, m.Kind.String()+m.EventId+m.AccountId
		b.verdicts[customer] = append(b.verdicts[customer], m)
		if keptOut(m) {
			b.out[b.about(m)] = m.Kind
		}
	default:
		m := new(pb.DeadLetter)
		err = m.UnmarshalVT(r.Value)
		customer, at = m.CustomerId, m.Log
		if err == nil && m.Stage == "ingest" {
			b.letters[place{m.OriginPartition, m.OriginPosition}] = m.Cause
			return o, false, nil
		}
		b.refused[customer] = append(b.refused[customer], m)
	}
	if err != nil {
		return o, false, fmt.Errorf("decode output: %w", err)
	}
	if at == nil {
		return o, false, errors.New("output without position in the log")
	}
	return origin{id, at.Partition, at.Offset, at.SubIndex, customer, rest}, true, nil
}

// about is the record that a verdict judges.
func (b *logbook) about(m *pb.Verdict) place {
	if m.AboutOffset > 0 {
		return place{m.Log.Partition, m.AboutOffset}
	}
	return place{m.Log.Partition, m.Log.Offset}
}

package audit

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/logrows"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// outputs are the topics of the fold, by kind.
var outputs = [...]topics.ID{
	fold.KindAlert: topics.Alerts, fold.KindTierChange: topics.TierChanges, fold.KindSnapshot: topics.Snapshots,
	fold.KindVerdict: topics.Verdicts, fold.KindDeadLetter: topics.DLQ,
}

// ahead is how many outputs the fresh fold may say before the topics are read
// up to it.
const ahead = 50_000

// drainStep is how many customers one call of Drain visits.
const drainStep = 1024

// partition is the audit of one partition.
type partition struct {
	a     *auditor
	id    int32
	from  int64 // of the log, what is audited
	end   int64
	fold  *fold.Partition
	skips map[int64]bool
	out   fold.Outputs

	topics  [fold.KindDeadLetter + 1]*reading.Partition
	said    [fold.KindDeadLetter + 1]int64 // by the fresh fold
	read    [fold.KindDeadLetter + 1]int64 // from the topic
	waiting int                            // said since the topics were read
	// open is what only one side has said so far.
	open  map[said]*unmatched
	books books
	rows  rows
	// log compares the tables that are filled from the log itself.
	log *logrows.Partition
	rec pb.LogRecord
}

// said is one output by its content.
type said struct {
	kind fold.Kind
	hash uint64
}

type unmatched struct {
	n     int // > 0: only the fold said it
	value []byte
}

func (a *auditor) newPartition(id int32) (*partition, error) {
	p := &partition{a: a, id: id, from: a.from(id), end: a.bounds[id].End, skips: a.skips[id], open: map[said]*unmatched{}}
	var err error
	if p.fold, err = a.begin(id); err != nil {
		return nil, err
	}
	p.books.start()
	if p.log, err = a.logRows(id, p.from, p.end); err != nil {
		return nil, err
	}
	for kind := fold.KindAlert; kind <= fold.KindDeadLetter; kind++ {
		topic := a.d.Namespace.Topic(outputs[kind])
		r, err := reading.Open(a.d.Kafka, topic, id, 0, a.targets[topic][id])
		if err != nil {
			p.close()
			return nil, err
		}
		p.topics[kind] = r
	}
	return p, nil
}

func (p *partition) close() {
	for _, r := range p.topics {
		if r != nil {
			r.Close()
		}
	}
}

// run folds the log of the partition and compares topics and rows.
func (p *partition) run(ctx context.Context) error {
	log, err := reading.Open(p.a.d.Kafka, p.a.d.Namespace.Topic(topics.Events), p.id, p.from, p.end)
	if err != nil {
		return err
	}
	defer log.Close()
	for {
		r, err := log.Read(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		sound, err := p.record(ctx, r)
		if err != nil {
			return err
		}
		p.a.step(1)
		if !sound {
			break
		}
	}
	if err := p.finish(ctx); err != nil {
		return err
	}
	if err := p.compareRows(ctx); err != nil {
		return err
	}
	return p.compareLog(ctx)
}

// record folds one record of the log; false when the partition stops there.
func (p *partition) record(ctx context.Context, r *kgo.Record) (bool, error) {
	p.out.Reset()
	var err error
	if p.skips[r.Offset] {
		err = p.park(r)
	} else {
		err = p.fold.Apply(r.Offset, r.Value, &p.out)
	}
	if err != nil {
		p.a.found.add(Difference{Where: "log", Partition: p.id, Offset: r.Offset, What: err.Error()})
		return false, nil //nolint:nilerr // it is told as a difference
	}
	if err := p.note(ctx, r); err != nil {
		return false, err
	}
	for {
		if err := p.take(ctx); err != nil {
			return false, err
		}
		if !p.fold.Draining() {
			return true, nil
		}
		p.out.Reset()
		p.fold.Drain(drainStep, &p.out)
	}
}

// note takes in what a record of the log itself says. One that cannot be read was taken
// out of the fold, and is a dead letter of the warehouse.
func (p *partition) note(ctx context.Context, r *kgo.Record) error {
	p.rec = pb.LogRecord{}
	if err := p.rec.UnmarshalVTUnsafe(r.Value); err != nil {
		if p.skips[r.Offset] {
			return nil
		}
		return fmt.Errorf("decode log record at offset %d: %w", r.Offset, err)
	}
	if err := p.books.note(&p.rec, p.out.List, func(what string) {
		p.a.found.add(Difference{Where: "books", Partition: p.id, Offset: r.Offset, Customer: string(r.Key), What: what})
	}); err != nil {
		return err
	}
	p.noteSource(r)
	p.a.tiers.Record(p.id, r.Offset, &p.rec)
	return p.log.Record(ctx, r.Offset, &p.rec)
}

// park says what the worker says of a record that an operator took out.
func (p *partition) park(r *kgo.Record) error {
	o, err := worker.Parked(p.id, r.Offset, string(r.Key))
	p.out.List = append(p.out.List, o)
	return err
}

// take notes what the fresh fold said.
func (p *partition) take(ctx context.Context) error {
	for i := range p.out.List {
		o := &p.out.List[i]
		p.said[o.Kind]++
		p.meet(o.Kind, o.Value, 1)
		if err := p.rows.expect(outputs[o.Kind], o); err != nil {
			return err
		}
		if o.Kind != fold.KindVerdict {
			continue
		}
		v := new(pb.Verdict)
		if err := v.UnmarshalVT(o.Value); err != nil {
			return fmt.Errorf("decode verdict: %w", err)
		}
		p.log.Verdict(v)
	}
	p.waiting += len(p.out.List)
	if p.waiting < ahead {
		return nil
	}
	p.waiting = 0
	for kind := fold.KindAlert; kind <= fold.KindDeadLetter; kind++ {
		for p.read[kind] < p.said[kind] {
			if more, err := p.readOne(ctx, kind); err != nil || !more {
				if err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// readOne reads a record of an output topic; false at its end.
func (p *partition) readOne(ctx context.Context, kind fold.Kind) (bool, error) {
	for {
		r, err := p.topics[kind].Read(ctx)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if kind == fold.KindDeadLetter && p.a.letter(r) != stageFold {
			continue
		}
		if p.before(kind, r.Value) {
			continue
		}
		p.read[kind]++
		p.meet(kind, r.Value, -1)
		return true, nil
	}
}

// before tells whether a record before those that are audited led to an output.
func (p *partition) before(kind fold.Kind, value []byte) bool {
	if p.from == 0 {
		return false
	}
	at, err := placeOf(kind, value)
	return err == nil && at.offset < p.from
}

// meet lets the two sides of an output find each other.
func (p *partition) meet(kind fold.Kind, value []byte, n int) {
	key := said{kind, xxhash.Sum64(value)}
	u := p.open[key]
	if u == nil {
		p.open[key] = &unmatched{n, append([]byte(nil), value...)}
		return
	}
	if u.n += n; u.n == 0 {
		delete(p.open, key)
	}
}

// finish reads the topics to their end; what has not met then is a difference.
func (p *partition) finish(ctx context.Context) error {
	for kind := fold.KindAlert; kind <= fold.KindDeadLetter; kind++ {
		for {
			more, err := p.readOne(ctx, kind)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
		p.a.report.Outputs[string(outputs[kind])] += p.said[kind]
	}
	p.unmatched()
	return nil
}

// place is what two versions of one output share.
type place struct {
	kind     fold.Kind
	customer string
	offset   int64
	sub      uint32
}

// unmatched reports what did not meet, a missing and an extra record of one
// place as one difference.
func (p *partition) unmatched() {
	sides := map[place][2]int{}
	for key, u := range p.open {
		at, err := placeOf(key.kind, u.value)
		if err != nil {
			at = place{kind: key.kind, offset: -1}
		}
		if u.n < 0 && at.offset >= p.end {
			continue // of a record after the end of the audit
		}
		s := sides[at]
		if u.n > 0 {
			s[0] += u.n
		} else {
			s[1] -= u.n
		}
		sides[at] = s
	}
	for _, at := range sortedPlaces(sides) {
		s := sides[at]
		d := Difference{Where: "topic " + string(outputs[at.kind]), Partition: p.id, Offset: at.offset, Customer: at.customer}
		for range min(s[0], s[1]) {
			d.What = "the record is not what the log gives"
			p.a.found.add(d)
		}
		for range s[0] - min(s[0], s[1]) {
			d.What = "the record is missing"
			p.a.found.add(d)
		}
		for range s[1] - min(s[0], s[1]) {
			d.What = "the log gives no such record"
			if at.offset < 0 {
				d.What = "the record cannot be read"
			}
			p.a.found.add(d)
		}
	}
}

// placeOf decodes what an output is about.
func placeOf(kind fold.Kind, value []byte) (place, error) {
	var (
		customer string
		log      *pb.Position
		err      error
	)
	switch kind {
	case fold.KindAlert:
		m := new(pb.Alert)
		err = m.UnmarshalVT(value)
		customer, log = m.Customer.GetId(), m.Log
	case fold.KindTierChange:
		m := new(pb.TierChange)
		err = m.UnmarshalVT(value)
		customer, log = m.CustomerId, m.Log
	case fold.KindSnapshot:
		m := new(pb.Snapshot)
		err = m.UnmarshalVT(value)
		customer, log = m.CustomerId, m.Log
	case fold.KindVerdict:
		m := new(pb.Verdict)
		err = m.UnmarshalVT(value)
		customer, log = m.CustomerId, m.Log
	case fold.KindDeadLetter:
		m := new(pb.DeadLetter)
		err = m.UnmarshalVT(value)
		customer, log = m.CustomerId, m.Log
	}
	if err == nil && log == nil {
		err = errors.New("it has no position")
	}
	if err != nil {
		return place{}, fmt.Errorf("decode output: %w", err)
	}
	return place{kind, customer, log.Offset, log.SubIndex}, nil
}

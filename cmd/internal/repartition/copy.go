package repartition

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Counts are what a copy of the log made.
type Counts struct {
	// Customers are records of customers copied, Control the control records in each
	// new partition, Ineffective those of the old log that its fold ignores, of all
	// partitions but the doubles that each partition holds.
	Customers, Control, Ineffective int64
}

// copying is the target of a merge: the new log.
type copying struct {
	to     *kafka.Copier
	ruler  *ruler
	epoch  uint32
	parts  int32
	park   func(ctx context.Context, s *pb.Skip) error
	from   string // of parked records: the old log
	counts Counts
	// appended counts what is in the new log, for tests.
	appended func(total int64, to *kafka.Copier)
	total    int64
}

func (c *copying) append(ctx context.Context, to int32, r *kgo.Record) error {
	if err := c.to.Append(ctx, to, r); err != nil {
		return err
	}
	if c.total++; c.appended != nil {
		c.appended(c.total, c.to)
	}
	return nil
}

func (c *copying) customer(ctx context.Context, r *kgo.Record, parked bool) error {
	to := c.to.PartitionOf(r.Key)
	if parked && !c.to.There(to) {
		// Before the record: no fold of the new log meets it without.
		err := c.park(ctx, &pb.Skip{
			Partition: to, Offset: c.to.Next(to), Reason: fmt.Sprintf("was parked as %d:%d of %s", r.Partition, r.Offset, c.from),
		})
		if err != nil {
			return err
		}
	}
	c.counts.Customers++
	return c.append(ctx, to, r)
}

func (c *copying) control(ctx context.Context, m *mark) error {
	rec := unsigned(m.rec)
	if rec.Engine != nil {
		rec.Engine.Epoch = c.epoch
	}
	value, err := rec.MarshalVT()
	if err != nil {
		return fmt.Errorf("marshal control record: %w", err)
	}
	if !c.ruler.takes(rec, value) {
		c.counts.Ineffective++
		return nil
	}
	c.counts.Control++
	for p := range c.parts {
		if err := c.append(ctx, p, &kgo.Record{Value: value, Timestamp: m.raw.Timestamp}); err != nil {
			return err
		}
	}
	return nil
}

// copyLog fills the new log.
func (j *job) copyLog(ctx context.Context) error {
	to, err := kafka.NewCopier(ctx, j.writer(), topics.Events)
	if err != nil {
		return err
	}
	defer to.Close()
	parked, err := reading.Parked(ctx, j.d)
	if err != nil {
		return err
	}
	begin, err := j.beginning()
	if err != nil {
		return err
	}
	c := &copying{to: to, ruler: begin.ruler, epoch: j.mark.Epoch, parts: j.mark.Partitions, park: j.made.Park, from: j.mark.From, appended: j.o.appended}
	if begin.first != nil {
		for p := range c.parts {
			if err := c.append(ctx, p, begin.first); err != nil {
				return err
			}
		}
	}
	g := &merge{target: c}
	name, done, total := j.d.Namespace.Topic(topics.Events), int64(0), j.records()
	for id, end := range j.mark.Ends {
		r, err := reading.Open(j.d.Kafka, name, int32(id), j.start(id), end)
		if err != nil {
			return err
		}
		defer r.Close()
		g.lanes = append(g.lanes, &lane{
			id: int32(id), count: map[int64]int{}, term: begin.term,
			parked: func(offset int64) bool { return parked[id][offset] },
			read: func(ctx context.Context) (*kgo.Record, error) {
				if done%tellEvery == 0 {
					j.o.Progress(StageLog, done, total)
				}
				done++
				return r.Read(ctx)
			},
		})
	}
	if err := g.run(ctx); err != nil {
		return err
	}
	if err := to.Finish(ctx); err != nil {
		return err
	}
	j.counts, j.mark.MadeEnds = c.counts, nil
	for p := range j.mark.Partitions {
		j.mark.MadeEnds = append(j.mark.MadeEnds, to.Next(p))
	}
	j.o.Progress(StageLog, total, total)
	return nil
}

// tellEvery is how often progress is told, in records.
const tellEvery = 8192

package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// chains are what was told of the customers of a partition: of each a hash of all
// his changes in their order.
type chains struct {
	of    map[string]uint64
	count int
}

func newChains() *chains { return &chains{of: map[string]uint64{}} }

func (c *chains) add(ch peerjob.Change) {
	h := c.of[ch.Customer]
	for _, n := range [...]int{int(ch.Day), ch.Old, ch.New} {
		h = scatter(h ^ uint64(n+2))
	}
	c.of[ch.Customer] = h
	c.count++
}

// apart counts the customers of whom two tell different things.
func (c *chains) apart(other *chains) (n int) {
	for id, h := range c.of {
		if other.of[id] != h {
			n++
		}
	}
	for id := range other.of {
		if _, ok := c.of[id]; !ok {
			n++
		}
	}
	return n
}

// counted is what all partitions come to.
type counted struct{ outputs, apart int }

func (s *counted) add(outputs, apart int) {
	s.outputs += outputs
	s.apart += apart
}

// comparison counts the outputs of the jobs and of the reference by its rules, and
// the customers who differ: the jobs' from the reference they must equal, the
// rules' from the plain job.
type comparison struct {
	job, tierwatch, streams counted
	causes                  map[string]*counted
}

// compareOutputs folds the topic by the reference, partition by partition, and
// holds all outputs against it.
func (b *peerBench) compareOutputs(ctx context.Context) error {
	if !b.compare {
		return nil
	}
	say("comparing outputs with the reference")
	c := &comparison{causes: map[string]*counted{}}
	for cause := range peerjob.Causes() {
		c.causes[cause] = &counted{}
	}
	for p := range b.input.ends {
		if err := b.comparePartition(ctx, p, c); err != nil {
			return err
		}
	}
	var why []string
	for _, cause := range slices.Sorted(maps.Keys(c.causes)) {
		s := c.causes[cause]
		why = append(why, fmt.Sprintf("%s %+d (%s)", cause, s.outputs-c.job.outputs, grouped(int64(s.apart))))
	}
	b.table.add("outputs of the reference", grouped(int64(c.job.outputs)), "changes of tier; by one rule of Tierwatch, customers apart in brackets: "+strings.Join(why, ", "))
	b.table.add("outputs of Tierwatch", grouped(int64(c.tierwatch.outputs)), fmt.Sprintf("%d customers apart from the reference with all rules", c.tierwatch.apart))
	if b.streams != nil {
		b.table.add("outputs of Kafka Streams", grouped(int64(c.streams.outputs)), fmt.Sprintf("%d customers apart from the reference", c.streams.apart))
	}
	if c.tierwatch.apart > 0 || c.streams.apart > 0 {
		return fmt.Errorf("outputs without a cause: of Tierwatch %d customers, of Kafka Streams %d", c.tierwatch.apart, c.streams.apart)
	}
	return nil
}

// comparePartition relies on the partitions of input and outputs being the same
// by customer.
func (b *peerBench) comparePartition(ctx context.Context, p int, c *comparison) error {
	rules := map[string]peerjob.Rules{"": {}, "all": peerjob.Tierwatch()}
	maps.Copy(rules, peerjob.Causes())
	jobs, says := map[string]*peerjob.Reference{}, map[string]*chains{}
	for name, r := range rules {
		jobs[name], says[name] = peerjob.NewReference(r), newChains()
	}
	err := b.read(ctx, b.topic, b.input, p, func(r *kgo.Record) error {
		e, err := peerjob.Read(r.Value)
		if err != nil {
			return err
		}
		for name, job := range jobs {
			if ch, told := job.Apply(e); told {
				says[name].add(ch)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	job := says[""]
	c.job.add(job.count, 0)
	for cause, s := range c.causes {
		s.add(says[cause].count, says[cause].apart(job))
	}
	ours, err := b.changes(ctx, b.tierwatch.topic, p, tierwatchChange)
	if err != nil {
		return err
	}
	c.tierwatch.add(ours.count, ours.apart(says["all"]))
	if b.streams == nil {
		return nil
	}
	theirs, err := b.changes(ctx, b.streams.topic, p, func(r *kgo.Record) (peerjob.Change, error) { return peerjob.ReadChange(r.Value) })
	if err != nil {
		return err
	}
	c.streams.add(theirs.count, theirs.apart(job))
	return nil
}

func (b *peerBench) changes(ctx context.Context, topic string, p int, read func(*kgo.Record) (peerjob.Change, error)) (*chains, error) {
	x, err := b.extentOf(ctx, topic)
	if err != nil {
		return nil, err
	}
	c := newChains()
	return c, b.read(ctx, topic, x, p, func(r *kgo.Record) error {
		ch, err := read(r)
		if err == nil {
			c.add(ch)
		}
		return err
	})
}

func tierwatchChange(r *kgo.Record) (peerjob.Change, error) {
	var m pb.TierChange
	if err := m.UnmarshalVT(r.Value); err != nil {
		return peerjob.Change{}, fmt.Errorf("read change: %w", err)
	}
	return peerjob.Change{Customer: m.CustomerId, Day: m.EffectiveDay, Old: int(m.FromRank), New: int(m.ToRank)}, nil
}

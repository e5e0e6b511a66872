package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// reporter tells the conductor how far each source partition is, after all
// earlier records are acknowledged.
type reporter struct {
	o      *IngestOptions
	client *kgo.Client // ours
	source *kadm.Client
	topic  string
	last   time.Time
	// cut tells partitions that begin behind where they are read.
	cut func(ctx context.Context, starts kadm.ListedOffsets, committed kadm.OffsetResponses) (map[place]int64, error)

	mu     sync.Mutex
	places map[place]*pb.SourceProgress
	// marked are days that a marker said to be complete in the whole topic, until the
	// topic's ends are known.
	marked map[place]int32
	// sizes are how many partitions the source's topics have, as far as that is known.
	sizes map[string]int32
}

func newReporter(o *IngestOptions) (*reporter, error) {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), o.Kafka...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return nil, fmt.Errorf("open reports: %w", err)
	}
	source, err := kgo.NewClient(o.Source...)
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("open source %s: %w", o.Name, err)
	}
	return &reporter{
		o: o, client: client, source: kadm.NewClient(source),
		topic: o.Namespace.Topic(topics.Reports), places: map[place]*pb.SourceProgress{}, marked: map[place]int32{},
		sizes: map[string]int32{},
	}, nil
}

func (r *reporter) close() {
	r.client.Close()
	r.source.Close()
}

// onAssigned notes new partitions; where they stand is asked at the next
// report.
func (r *reporter) onAssigned(_ context.Context, _ *kgo.Client, got map[string][]int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for topic, partitions := range got {
		for _, p := range partitions {
			r.places[place{topic, p}] = &pb.SourceProgress{Source: r.o.Name, Partition: r.number(topic, p), Position: -1}
		}
	}
}

func (r *reporter) onLost(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for topic, partitions := range lost {
		for _, p := range partitions {
			delete(r.places, place{topic, p})
			delete(r.marked, place{topic, p}) // not committed: who reads on reads it too
		}
	}
}

// number tells partitions of several topics of one source apart.
func (r *reporter) number(topic string, partition int32) int32 {
	for i, t := range r.o.Topics {
		if t == topic {
			return int32(i)<<16 | partition
		}
	}
	return partition
}

// book takes a durable batch in, after the committer has booked it and before its
// offsets are committed, and reports when it is time. A marker of the end of a day is
// told at once: who reads on behind it does not read it again. It says whether it has
// reported.
func (r *reporter) book(b *batch) (bool, error) {
	marker := false
	r.mu.Lock()
	for _, l := range b.losses {
		if s := r.places[l.place]; s != nil && l.standing != nil {
			s.Position, s.End = l.said.ResetTo, l.said.ResetTo // the end is asked for again
		}
	}
	for _, p := range b.parts {
		s := r.places[p.place]
		if s == nil || p.standing == nil {
			continue // revoked meanwhile
		}
		marker = marker || p.endOfDay > 0
		s.Watermark = max(s.Watermark, p.watermark)
		if r.o.WholeTopic && p.endOfDay > 0 {
			r.marked[p.place] = max(r.marked[p.place], p.endOfDay)
		} else {
			s.EndOfDay = max(s.EndOfDay, p.endOfDay)
		}
		s.Position = p.records[len(p.records)-1].Offset + 1
		s.End = max(s.End, p.end)
	}
	r.mu.Unlock()
	if !marker && time.Since(r.last) < r.o.ReportEvery {
		return false, nil
	}
	r.last = time.Now()
	return true, r.report()
}

// untold are the days of markers for a whole topic that wait for its ends.
func (r *reporter) untold() map[place]int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.marked)
}

// report writes one record a partition.
func (r *reporter) report() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	at := r.o.Now().Unix() // the ends are asked for since
	if err := r.refresh(ctx); err != nil {
		return err
	}
	var records []*kgo.Record
	var lag int64
	r.mu.Lock()
	has := r.has()
	for _, s := range r.places {
		lag += s.End - s.Position
		s.At, s.Topics = at, has
		value, err := (&pb.Report{Source: s}).MarshalVT()
		if err != nil {
			r.mu.Unlock()
			return fmt.Errorf("marshal report: %w", err)
		}
		key := r.o.Name + "/" + strconv.Itoa(int(s.Partition))
		records = append(records, &kgo.Record{Topic: r.topic, Key: []byte(key), Value: value})
	}
	r.mu.Unlock()
	r.o.Metrics.lag.WithLabelValues(r.o.Name).Set(float64(lag))
	if err := r.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("write reports: %w", err)
	}
	return nil
}

// refresh asks for the ends of the source and for where new partitions stand.
func (r *reporter) refresh(ctx context.Context) error {
	ends, err := r.source.ListEndOffsets(ctx, r.o.Topics...)
	if err != nil {
		return fmt.Errorf("list ends of source %s: %w", r.o.Name, err)
	}
	starts, err := r.source.ListStartOffsets(ctx, r.o.Topics...)
	if err != nil {
		return fmt.Errorf("list starts of source %s: %w", r.o.Name, err)
	}
	committed, err := r.source.FetchOffsets(ctx, r.o.Namespace.Group("ingest-"+r.o.Name))
	if err != nil {
		return fmt.Errorf("fetch offsets of source %s: %w", r.o.Name, err)
	}
	begins, err := r.cut(ctx, starts, committed)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sizeTopics(ends)
	r.endTopics(ends)
	for at, s := range r.places {
		if begin, ok := begins[at]; ok {
			s.Position = max(s.Position, begin)
		}
		if end, ok := ends.Lookup(at.topic, at.partition); ok && end.Err == nil {
			s.End = max(s.End, end.Offset)
		}
		if s.Position >= 0 {
			continue
		}
		if start, ok := starts.Lookup(at.topic, at.partition); ok && start.Err == nil {
			s.Position = start.Offset
		}
		if c, ok := committed.Lookup(at.topic, at.partition); ok && c.Err == nil && c.At >= 0 {
			s.Position = max(s.Position, c.At)
			if end, ok := ends.Lookup(at.topic, at.partition); ok && end.Err == nil {
				s.Position = min(s.Position, end.Offset) // the source may have lost its end
			}
		}
	}
	return nil
}

// endTopics puts to each marker for a whole topic where the topic's partitions end
// now, after it was read: what was appended before the marker lies before that. A
// partition whose end is not known lets it wait for the next report.
func (r *reporter) endTopics(ends kadm.ListedOffsets) {
	for at, day := range r.marked {
		t := &pb.TopicEnd{Day: day}
		known := true
		for _, p := range slices.Sorted(maps.Keys(ends[at.topic])) {
			end := ends[at.topic][p]
			known = known && end.Err == nil
			t.Ends = append(t.Ends, &pb.PartitionEnd{Partition: r.number(at.topic, p), End: end.Offset})
		}
		if s := r.places[at]; s != nil && known && len(t.Ends) > 0 {
			s.TopicEnd = t
			delete(r.marked, at)
		}
	}
}

// sizeTopics notes how many partitions the topics have. One that the brokers do not
// tell of is as it was.
func (r *reporter) sizeTopics(ends kadm.ListedOffsets) {
	for _, t := range r.o.Topics {
		if all := slices.Collect(maps.Keys(ends[t])); len(all) > 0 && slices.Min(all) >= 0 {
			r.sizes[t] = slices.Max(all) + 1
		}
	}
}

// has is which partitions the source has; nil while that is not known of a topic.
func (r *reporter) has() []*pb.SourceTopic {
	var list []*pb.SourceTopic
	for _, t := range r.o.Topics {
		if r.sizes[t] == 0 {
			return nil
		}
		list = append(list, &pb.SourceTopic{Name: t, Partitions: r.sizes[t]})
	}
	return list
}

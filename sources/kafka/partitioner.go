package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// logPartitioner puts keyed records where every Kafka client puts them
// (murmur2), and records without a key, the control records, where they say.
type logPartitioner struct{ keyed kgo.Partitioner }

// LogPartitioner is the partitioner of the log and of the dead letters.
func LogPartitioner() kgo.Partitioner { return logPartitioner{kgo.StickyKeyPartitioner(nil)} }

func (p logPartitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return logTopicPartitioner{p.keyed.ForTopic(topic)}
}

type logTopicPartitioner struct{ keyed kgo.TopicPartitioner }

func (logTopicPartitioner) RequiresConsistency(*kgo.Record) bool { return true }

func (p logTopicPartitioner) Partition(r *kgo.Record, n int) int {
	if len(r.Key) == 0 {
		return int(r.Partition)
	}
	return p.keyed.Partition(r, n)
}

package clickhouse

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// offsets knows which partitions are this sink's, under which assignment, and how
// far they are committed. A batch may outlive an assignment while ClickHouse is
// away; its rows do no harm, but its offsets must not be committed any more: the
// new owner may be further.
type offsets struct {
	// mu is held during a commit, so that a revocation waits for it.
	mu     sync.Mutex
	next   uint64
	owned  map[topicPartition]uint64
	heads  map[topicPartition]int64
	marked map[topicPartition]int64
}

func newOffsets() *offsets {
	return &offsets{owned: map[topicPartition]uint64{}, heads: map[topicPartition]int64{}, marked: map[topicPartition]int64{}}
}

func (o *offsets) assign(parts map[string][]int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next++
	for topic, list := range parts {
		for _, p := range list {
			o.owned[topicPartition{topic, p}] = o.next
		}
	}
}

func (o *offsets) revoke(parts map[string][]int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for topic, list := range parts {
		for _, p := range list {
			key := topicPartition{topic, p}
			delete(o.owned, key)
			delete(o.heads, key)
			delete(o.marked, key)
		}
	}
}

// assignment returns the present assignment of a partition, 0 if it has none.
func (o *offsets) assignment(key topicPartition) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.owned[key]
}

// reached notes the end of a partition as the broker told it, for the lag. It
// says whether the place at which reading began is still to be told; what is not
// this sink's it leaves out.
func (o *offsets) reached(key topicPartition, end int64) (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.owned[key]; !ok {
		return false
	}
	o.heads[key] = end
	_, ok := o.marked[key]
	return !ok
}

// began notes what was committed before this sink had the partition: without it
// all of a topic that is at rest would count as lag after a start.
func (o *offsets) began(key topicPartition, at int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.marked[key]; !ok {
		o.marked[key] = at
	}
}

// commit calls send with what of the spans is still this sink's; while it runs no
// partition goes. Without any such span it does nothing.
func (o *offsets) commit(spans map[topicPartition]span, send func(map[string]map[int32]kgo.EpochOffset) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := map[string]map[int32]kgo.EpochOffset{}
	for key, s := range spans {
		if owner, ok := o.owned[key]; !ok || owner != s.assignment {
			continue
		}
		if list[key.topic] == nil {
			list[key.topic] = map[int32]kgo.EpochOffset{}
		}
		list[key.topic][key.partition] = kgo.EpochOffset{Epoch: -1, Offset: s.last + 1}
	}
	if len(list) == 0 {
		return nil
	}
	if err := send(list); err != nil {
		return err
	}
	for topic, parts := range list {
		for p, at := range parts {
			o.marked[topicPartition{topic, p}] = at.Offset
		}
	}
	return nil
}

// lag returns, by topic, the records between what is committed and the end.
func (o *offsets) lag() map[string]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	sum := map[string]int64{}
	for key, end := range o.heads {
		sum[key.topic] += max(end-o.marked[key], 0)
	}
	return sum
}

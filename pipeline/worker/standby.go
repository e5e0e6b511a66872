package worker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// standbys read tierwatch.state of the partitions that others own, and read on: who
// takes one over has only the rest to read. Each holds its partition in memory.
type standbys struct {
	w *Worker

	mu      sync.Mutex
	shadows map[int32]*shadow
	running sync.WaitGroup
}

// shadow is one partition that another process owns. Its goroutine is the only one to
// touch loading and heard, until done is closed.
type shadow struct {
	loading Loading
	next    atomic.Int64 // offset to read
	heard   time.Time    // when all was read that the topic held, by the wall
	cancel  context.CancelFunc
	done    chan struct{}
}

// staleAfter is how long ago a standby may have heard last and still be used, and go on:
// after the topic's delete.retention.ms, a day, the broker may have dropped what told
// that something is forgotten.
const staleAfter = time.Hour

// errStale makes a standby begin anew.
var errStale = fmt.Errorf("nothing was heard for more than %s: what was to be forgotten may not be told any more", staleAfter)

// wall is the time without the monotonic clock, which stands still while a machine is
// suspended.
func wall() time.Time { return time.Now().Round(0) }

// begin stands by for the partitions, but for those for which it does already.
func (s *standbys) begin(partitions ...int32) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range partitions {
		if s.shadows[id] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(context.Background())
		x := &shadow{cancel: cancel, done: make(chan struct{})}
		s.shadows[id] = x
		s.running.Go(func() {
			defer close(x.done)
			x.run(ctx, s.w, id)
		})
	}
	s.count()
}

// take ends a standby and gives what it has read, and from where reading goes on; nil
// and 0 without one that can be used.
func (s *standbys) take(partition int32) (Loading, int64) {
	if s == nil {
		return nil, 0
	}
	s.mu.Lock()
	x := s.shadows[partition]
	delete(s.shadows, partition)
	s.count()
	s.mu.Unlock()
	if x == nil {
		return nil, 0
	}
	x.cancel()
	<-x.done
	if x.loading == nil || wall().Sub(x.heard) > staleAfter {
		return nil, 0
	}
	return x.loading, x.next.Load()
}

// end ends all of them.
func (s *standbys) end() {
	if s == nil {
		return
	}
	s.mu.Lock()
	for id, x := range s.shadows {
		x.cancel()
		delete(s.shadows, id)
	}
	s.count()
	s.mu.Unlock()
	s.running.Wait()
}

func (s *standbys) count() { s.w.o.Metrics.standbys.Set(float64(len(s.shadows))) }

// run reads until ctx ends. Whatever goes wrong, it begins anew: a standby is a help,
// and its owner does without it.
func (x *shadow) run(ctx context.Context, w *Worker, id int32) {
	backoff := firstBackoff
	for {
		err := x.follow(ctx, w, id)
		if ctx.Err() != nil {
			return
		}
		w.o.Log.Debug().Err(err).Int32("partition", id).Dur("retry_in", backoff).Msg("standby begins anew")
		x.loading = nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

// follow reads the partition from its start, and what comes. State that no partition
// can be built from is its owner's to tell, a panic too.
func (x *shadow) follow(ctx context.Context, w *Worker, id int32) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	r := StateReader{Kafka: w.opts(), Topic: w.o.Namespace.Topic(topics.State), Partition: id, poll: w.o.PollRecords}
	client, err := r.client()
	if err != nil {
		return err
	}
	defer client.Close()
	asked := wall()
	start, _, err := r.bounds(ctx, client)
	if err != nil {
		return err
	}
	x.loading, x.heard = w.o.Restore(id), asked
	x.next.Store(start)
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.Topic: {id: kgo.NewOffset().At(start)}})
	for {
		w.urgent.giveWay(ctx, id)
		asked := wall()
		fetches, silent := pollOnce(ctx, client, r.poll)
		if wall().Sub(x.heard) > staleAfter {
			return errStale // whatever came now
		}
		if silent {
			if x.readAll(ctx, client, &r) {
				x.heard = asked
			}
			continue
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		x.heard = asked
		fetches.EachRecord(func(k *kgo.Record) {
			if !k.Attrs.IsControl() {
				x.loading.Take(k.Key, k.Value)
			}
			x.next.Store(k.Offset + 1)
		})
	}
}

// readAll says whether the topic gives nothing because there is nothing more. Without an
// answer nobody knows.
func (x *shadow) readAll(ctx context.Context, client *kgo.Client, r *StateReader) bool {
	ctx, cancel := context.WithTimeout(ctx, stateSilence)
	defer cancel()
	ends, err := placeReadable.of(ctx, client, r.Partition, r.Topic)
	return err == nil && ends[r.Topic] <= x.next.Load()
}

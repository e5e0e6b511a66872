package worker

import (
	"context"
	"sync"
	"time"
)

// urgent are the partitions that this worker was given and that do not fold yet:
// people wait for them. What is read of others', to stand by, waits meanwhile.
type urgent struct {
	mu      sync.Mutex
	of      map[int32]bool
	since   time.Time     // when the first of them came
	changed chan struct{} // closed at the next change; nil while nobody waits
}

// mostUrgent bounds how long standbys wait: a partition that cannot be restored now must
// not leave the others without.
const mostUrgent = 30 * time.Second

// set says whether a partition is urgent.
func (u *urgent) set(partition int32, is bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil {
		u.of = map[int32]bool{}
	}
	if len(u.of) == 0 {
		u.since = time.Now()
	}
	if is {
		u.of[partition] = true
	} else {
		delete(u.of, partition)
	}
	if u.changed != nil {
		close(u.changed)
		u.changed = nil
	}
}

// giveWay holds a standby of the partition up while others are urgent and it is not.
func (u *urgent) giveWay(ctx context.Context, partition int32) {
	for {
		changed, left := u.waits(partition)
		if changed == nil {
			return
		}
		select {
		case <-changed:
		case <-time.After(left):
		case <-ctx.Done():
			return
		}
	}
}

// waits is what a standby of the partition waits for, and how long at most; nil if it
// need not.
func (u *urgent) waits(partition int32) (changed <-chan struct{}, left time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if left = mostUrgent - time.Since(u.since); len(u.of) == 0 || u.of[partition] || left <= 0 {
		return nil, 0
	}
	if u.changed == nil {
		u.changed = make(chan struct{})
	}
	return u.changed, left
}

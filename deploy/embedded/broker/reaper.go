package broker

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// reapEvery is how often the reaper looks; reapGrace is how much longer than his
	// session a member may be silent.
	reapEvery = time.Second
	reapGrace = 2 * time.Second
	// joinGrace is how much longer than a rebalance a client waits for the answer to a
	// join before he gives up.
	joinGrace = 10 * time.Second
)

// reaper takes dead members out of their groups. kfake begins a member's session when
// it has answered his join or sync; one who was killed while he waited for the answer
// never gets a session. He would hold his partitions for ever; and since kfake begins to
// wait anew with each join, he can hold up a rebalance for ever while others come back
// again and again.
type reaper struct {
	mu   sync.Mutex
	seen map[member]sighting
	now  func() time.Time
}

type member struct{ group, id string }

type sighting struct {
	at                 time.Time
	session, rebalance time.Duration
	// waits: it was a join or a sync, which may be answered late.
	waits bool
}

// over says whether a member seen last like this is dead by now. In a stable group
// nobody waits.
func (s sighting) over(now time.Time, stable bool) bool {
	limit := s.session
	if s.waits && !stable {
		limit = max(s.session, s.rebalance+joinGrace)
	}
	return now.Sub(s.at) > limit+reapGrace
}

func newReaper() *reaper { return &reaper{seen: map[member]sighting{}, now: time.Now} }

// watch notes the signs of life that members give. The cluster calls it for one
// request after the other, and goes on to answer.
func (r *reaper) watch(cluster *kfake.Cluster) {
	for key, note := range map[kmsg.Key]func(kmsg.Request){
		kmsg.JoinGroup: func(q kmsg.Request) {
			if j, ok := q.(*kmsg.JoinGroupRequest); ok && j.MemberID != "" {
				r.note(member{j.Group, j.MemberID}, sighting{
					session:   time.Duration(j.SessionTimeoutMillis) * time.Millisecond,
					rebalance: time.Duration(j.RebalanceTimeoutMillis) * time.Millisecond, waits: true,
				})
			}
		},
		kmsg.SyncGroup: func(q kmsg.Request) {
			if s, ok := q.(*kmsg.SyncGroupRequest); ok {
				r.note(member{s.Group, s.MemberID}, sighting{waits: true})
			}
		},
		kmsg.Heartbeat: func(q kmsg.Request) {
			if h, ok := q.(*kmsg.HeartbeatRequest); ok {
				r.note(member{h.Group, h.MemberID}, sighting{})
			}
		},
	} {
		cluster.ControlKey(key.Int16(), func(q kmsg.Request) (kmsg.Response, error, bool) {
			note(q)
			return nil, nil, false
		})
	}
}

// note keeps a sign of life. The session is known from the join on, 0 before: such a
// member, of whom an earlier broker knew more, is kfake's own concern.
func (r *reaper) note(m member, s sighting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.session == 0 {
		s.session, s.rebalance = r.seen[m].session, r.seen[m].rebalance
	}
	if s.at = r.now(); s.session > 0 {
		r.seen[m] = s
	}
}

// silent are the members of a group who are dead.
func (r *reaper) silent(group string, stable bool) (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for m, s := range r.seen {
		if m.group == group && s.over(r.now(), stable) {
			list = append(list, m.id)
		}
	}
	return list
}

func (r *reaper) groups() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	known := map[string]bool{}
	for m := range r.seen {
		if !known[m.group] {
			known[m.group] = true
			list = append(list, m.group)
		}
	}
	return list
}

// run reaps until ctx ends.
func (r *reaper) run(ctx context.Context, client *kgo.Client) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, group := range r.groups() {
			if err := r.reap(ctx, client, group); err != nil && ctx.Err() == nil {
				fmt.Fprintf(os.Stderr, "dead members of group %s stay: %v\n", group, err)
			}
		}
	}
}

// reap lets the dead members of a group leave it.
func (r *reaper) reap(ctx context.Context, client *kgo.Client, group string) error {
	if len(r.silent(group, true)) == 0 {
		return nil
	}
	ask := kmsg.NewPtrDescribeGroupsRequest()
	ask.Groups = []string{group}
	told, err := ask.RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	if len(told.Groups) != 1 {
		return nil
	}
	silent := r.silent(group, told.Groups[0].State == "Stable")
	there := map[string]bool{}
	for _, m := range told.Groups[0].Members {
		there[m.MemberID] = true
	}
	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group = group
	for _, id := range silent {
		if there[id] {
			one := kmsg.NewLeaveGroupRequestMember()
			one.MemberID = id
			leave.Members = append(leave.Members, one)
		}
	}
	if len(leave.Members) > 0 {
		if _, err := leave.RequestWith(ctx, client); err != nil {
			return fmt.Errorf("leave: %w", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range silent {
		delete(r.seen, member{group, id})
	}
	return nil
}

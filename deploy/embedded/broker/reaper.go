package broker

import (
	"context"
	"fmt"
	"os"
	"slices"
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

// reaper takes dead members out of their groups, and keeps those in who wait. kfake
// begins a member's session when it has answered his join or sync; one who was killed
// while he waited for the answer never gets a session. He would hold his partitions for
// ever; and since kfake begins to wait anew with each join, he can hold up a rebalance
// for ever while others come back again and again.
//
// A member who waits does not beat either, and kfake lets the session that he has from
// before run on: it throws him out, answers him never, and miscounts the others who
// join. So the reaper beats for him.
type reaper struct {
	mu   sync.Mutex
	seen map[member]sighting
	// helped is the member for whom the reaper beats just now.
	helped member
	now    func() time.Time
}

type member struct{ group, id string }

// sign is what a member did last.
type sign uint8

const (
	beats sign = iota
	joins      // he waits for all others to join
	syncs      // he waits for the leader
)

type sighting struct {
	at                 time.Time
	session, rebalance time.Duration
	sign               sign
	generation         int32 // 0 until he has synced
}

// over says whether a member seen last like this is dead by now. In a stable group
// nobody waits.
func (s sighting) over(now time.Time, stable bool) bool {
	limit := s.session
	if s.sign != beats && !stable {
		limit = max(s.session, s.rebalance+joinGrace)
	}
	return now.Sub(s.at) > limit+reapGrace
}

// waits says whether he waits for an answer in a group of such a state.
func (s sighting) waits(state string) bool {
	return s.sign == joins && state == "PreparingRebalance" || s.sign == syncs && state == "CompletingRebalance"
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
					rebalance: time.Duration(j.RebalanceTimeoutMillis) * time.Millisecond, sign: joins,
				})
			}
		},
		kmsg.SyncGroup: func(q kmsg.Request) {
			if s, ok := q.(*kmsg.SyncGroupRequest); ok {
				r.note(member{s.Group, s.MemberID}, sighting{sign: syncs, generation: s.Generation})
			}
		},
		kmsg.Heartbeat: func(q kmsg.Request) {
			if h, ok := q.(*kmsg.HeartbeatRequest); ok {
				r.note(member{h.Group, h.MemberID}, sighting{sign: beats, generation: h.Generation})
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
	before := r.seen[m]
	if s.session == 0 {
		s.session, s.rebalance = before.session, before.rebalance
	}
	if s.sign == joins {
		s.generation = before.generation
	}
	if s.sign == beats && m == r.helped {
		return // it is the reaper's own
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
			if err := r.tend(ctx, client, group); err != nil && ctx.Err() == nil {
				fmt.Fprintf(os.Stderr, "group %s is not looked after: %v\n", group, err)
			}
		}
	}
}

// tend beats for the members of a group who wait, and lets the dead leave it.
func (r *reaper) tend(ctx context.Context, client *kgo.Client, group string) error {
	if len(r.silent(group, true)) == 0 && len(r.waiting(group, "PreparingRebalance", "CompletingRebalance")) == 0 {
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
	there := map[string]bool{}
	for _, m := range told.Groups[0].Members {
		there[m.MemberID] = true
	}
	state := told.Groups[0].State
	silent := r.silent(group, state == "Stable")
	if err := r.reap(ctx, client, group, silent, there); err != nil {
		return err
	}
	for id, generation := range r.waiting(group, state) {
		if there[id] && !slices.Contains(silent, id) {
			if err := r.beat(ctx, client, member{group, id}, generation); err != nil {
				return err
			}
		}
	}
	return nil
}

// waiting are the members who wait for an answer in a group of one of these states,
// with their generations. Without one a member has no session yet that could run out.
func (r *reaper) waiting(group string, states ...string) map[string]int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := map[string]int32{}
	for m, s := range r.seen {
		if m.group == group && s.generation > 0 && slices.ContainsFunc(states, s.waits) {
			list[m.id] = s.generation
		}
	}
	return list
}

// beat is a heartbeat in the place of a member. What the broker says to it is none of
// ours: its session begins anew, also in the midst of a rebalance.
func (r *reaper) beat(ctx context.Context, client *kgo.Client, m member, generation int32) error {
	r.help(m)
	defer r.help(member{})
	q := kmsg.NewPtrHeartbeatRequest()
	q.Group, q.MemberID, q.Generation = m.group, m.id, generation
	if _, err := q.RequestWith(ctx, client); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

func (r *reaper) help(m member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.helped = m
}

// reap lets those of a group's members who are silent leave it.
func (r *reaper) reap(ctx context.Context, client *kgo.Client, group string, silent []string, there map[string]bool) error {
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

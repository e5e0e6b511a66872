package broker

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// short is the session of members who wait; each test lasts as long. It is not shorter,
// for nobody but the test itself beats for them, and a busy machine may hold it up.
const short = 12 * time.Second

// answer is what a member is told who waits.
type answer struct {
	code       int16
	generation int32
	err        error
}

// away joins on a connection of its own; the answer comes when all others have joined.
func (c *club) away(id string) <-chan answer {
	told, client := make(chan answer, 1), c.open()
	go func() {
		resp, err := c.joining(id).RequestWith(c.t.Context(), client)
		if err != nil {
			resp = &kmsg.JoinGroupResponse{}
		}
		told <- answer{resp.ErrorCode, resp.Generation, err}
	}()
	return told
}

// follow syncs on a connection of its own; the answer comes when the leader has.
func (c *club) follow(id string, generation int32) <-chan answer {
	told, client := make(chan answer, 1), c.open()
	go func() {
		q := kmsg.NewPtrSyncGroupRequest()
		q.Group, q.MemberID, q.Generation = c.name, id, generation
		resp, err := q.RequestWith(c.t.Context(), client)
		if err != nil {
			resp = &kmsg.SyncGroupResponse{}
		}
		told <- answer{resp.ErrorCode, generation, err}
	}()
	return told
}

// pair makes a group of two, of which the first is the leader; both have a session from
// now on, and nobody has synced.
func (c *club) pair(r *reaper) (one, two string, generation int32) {
	c.t.Helper()
	one = c.enter()
	c.lead(one, c.join(one))
	two = c.enter()
	joined := c.away(two)
	c.waiting(r, two)
	generation = c.join(one)
	if a := <-joined; a.err != nil || a.code != 0 || a.generation != generation {
		c.t.Fatalf("two joins: %+v", a)
	}
	return one, two, generation
}

// waiting returns when the broker has the request of a member.
func (c *club) waiting(r *reaper, id string) {
	c.t.Helper()
	for {
		r.mu.Lock()
		s := r.seen[member{c.name, id}]
		r.mu.Unlock()
		if state, _ := c.describe(); s.waits(state) {
			return
		}
	}
}

// outlast lets more than a session pass, in which one is alive and the reaper does what
// it does: a member of another group who is silent from now on is thrown out of it.
func (c *club) outlast(r *reaper, one string, generation int32) {
	c.t.Helper()
	other := &club{t: c.t, cluster: c.cluster, client: c.client, name: "clock", session: c.session}
	silent := other.enter()
	other.lead(silent, other.join(silent))
	tick := time.NewTicker(20 * time.Millisecond) // others need the machine
	defer tick.Stop()
	for there := []string{silent}; len(there) > 0; _, there = other.describe() {
		<-tick.C
		c.beat(one, generation)
		if err := r.tend(c.t.Context(), c.client, c.name); err != nil {
			c.t.Fatal(err)
		}
	}
}

// A member who waits for the leader is not thrown out when the session runs out that
// began with the answer to his join.
func TestWhoWaitsForTheLeaderStays(t *testing.T) {
	t.Parallel()
	c, r := newClub(t, short), newReaper()
	r.watch(c.cluster)
	one, two, generation := c.pair(r)
	synced := c.follow(two, generation)
	c.waiting(r, two)
	c.outlast(r, one, generation)
	if _, members := c.describe(); !slices.Contains(members, two) {
		t.Fatal("two was thrown out while he waited")
	}
	c.lead(one, generation)
	if a := <-synced; a.err != nil || a.code != 0 {
		t.Errorf("two syncs: %+v", a)
	}
}

// A member who waits for others to join is not thrown out when the session runs out that
// he has from before.
func TestWhoWaitsForOthersToJoinStays(t *testing.T) {
	t.Parallel()
	c, r := newClub(t, short), newReaper()
	r.watch(c.cluster)
	one, two, generation := c.pair(r)
	c.lead(one, generation)
	if a := <-c.follow(two, generation); a.err != nil || a.code != 0 {
		t.Fatalf("two syncs: %+v", a)
	}
	three := c.enter()
	third := c.away(three)
	c.waiting(r, three)
	second := c.away(two)
	c.waiting(r, two)
	c.outlast(r, one, generation)
	if _, members := c.describe(); !slices.Contains(members, two) {
		t.Fatal("two was thrown out while he waited")
	}
	c.join(one)
	for _, told := range []<-chan answer{second, third} {
		if a := <-told; a.err != nil || a.code != 0 {
			t.Errorf("a join is answered with %+v", a)
		}
	}
}

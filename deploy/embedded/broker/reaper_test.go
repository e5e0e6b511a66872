package broker

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const session = 30 * time.Second

// club is a group of a broker.
type club struct {
	t       *testing.T
	cluster *kfake.Cluster
	client  *kgo.Client
	name    string
	session time.Duration
}

func newClub(t *testing.T, session time.Duration) *club {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(session))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	c := &club{t: t, cluster: cluster, name: "club", session: session}
	c.client = c.open()
	return c
}

func (c *club) open() *kgo.Client {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.cluster.ListenAddrs()...))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(client.Close)
	return client
}

func (c *club) joining(id string) *kmsg.JoinGroupRequest {
	q := kmsg.NewPtrJoinGroupRequest()
	q.Group, q.MemberID, q.ProtocolType = c.name, id, "consumer"
	q.SessionTimeoutMillis, q.RebalanceTimeoutMillis = int32(c.session.Milliseconds()), int32(session.Milliseconds())
	p := kmsg.NewJoinGroupRequestProtocol()
	p.Name = "range"
	q.Protocols = append(q.Protocols, p)
	return q
}

// enter asks for a member's id.
func (c *club) enter() string {
	c.t.Helper()
	resp, err := c.joining("").RequestWith(c.t.Context(), c.client)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.MemberID
}

func (c *club) join(id string) (generation int32) {
	c.t.Helper()
	resp, err := c.joining(id).RequestWith(c.t.Context(), c.client)
	if err != nil || resp.ErrorCode != 0 {
		c.t.Fatalf("join: %v, code %d", err, resp.ErrorCode)
	}
	return resp.Generation
}

// lead gives everybody nothing, as the group's leader.
func (c *club) lead(id string, generation int32) {
	c.t.Helper()
	q := kmsg.NewPtrSyncGroupRequest()
	q.Group, q.MemberID, q.Generation = c.name, id, generation
	if resp, err := q.RequestWith(c.t.Context(), c.client); err != nil || resp.ErrorCode != 0 {
		c.t.Fatalf("sync: %v, code %d", err, resp.ErrorCode)
	}
}

func (c *club) beat(id string, generation int32) {
	c.t.Helper()
	q := kmsg.NewPtrHeartbeatRequest()
	q.Group, q.MemberID, q.Generation = c.name, id, generation
	if _, err := q.RequestWith(c.t.Context(), c.client); err != nil {
		c.t.Fatal(err)
	}
}

func (c *club) describe() (state string, members []string) {
	c.t.Helper()
	q := kmsg.NewPtrDescribeGroupsRequest()
	q.Groups = []string{c.name}
	resp, err := q.RequestWith(c.t.Context(), c.client)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range resp.Groups[0].Members {
		members = append(members, m.MemberID)
	}
	return resp.Groups[0].State, members
}

// A member that dies while it waits for the answer to its join is taken out of the
// group when its session is over, and nobody else is.
func TestWhoDiesWhileJoiningIsTakenOut(t *testing.T) {
	c := newClub(t, session)
	r := newReaper()
	now := time.Now()
	r.now = func() time.Time { return now }
	r.watch(c.cluster)

	one := c.enter()
	c.lead(one, c.join(one))
	two, doomed := c.enter(), c.open()
	died := make(chan struct{})
	go func() {
		defer close(died)
		_, _ = c.joining(two).RequestWith(t.Context(), doomed) // there is nobody to answer
	}()
	for state := ""; state != "PreparingRebalance"; state, _ = c.describe() { // it has come
	}
	doomed.Close()
	<-died
	c.lead(one, c.join(one))
	if state, members := c.describe(); state != "Stable" || len(members) != 2 {
		t.Fatalf("the group is %s with %d members; is the reaper needed no more?", state, len(members))
	}

	now = now.Add(session + reapGrace + time.Second)
	three, waiting := c.enter(), make(chan struct{})
	late := c.open()
	go func() {
		defer close(waiting)
		_, _ = c.joining(three).RequestWith(t.Context(), late) // until the others come
	}()
	for state := ""; state != "PreparingRebalance"; state, _ = c.describe() {
	}
	c.beat(one, 2)
	if err := r.tend(t.Context(), c.client, "club"); err != nil {
		t.Fatal(err)
	}
	if _, members := c.describe(); len(members) != 3 {
		t.Errorf("members %v: in a rebalance a member may wait for longer than a session", members)
	}
	now = now.Add(joinGrace) // together more than a rebalance, which is as long as a session, and that
	if err := r.tend(t.Context(), c.client, "club"); err != nil {
		t.Fatal(err)
	}
	if _, members := c.describe(); len(members) != 2 || slices.Contains(members, two) {
		t.Errorf("members %v, want all but %s", members, two)
	}
	c.join(one) // and nobody is waited for
	<-waiting
}

// In a stable group nobody waits for an answer: whoever is silent there is dead sooner.
func TestWhenAMemberIsDead(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	beat := sighting{at: at, session: 10 * time.Second, rebalance: 20 * time.Second}
	join := beat
	join.sign = joins
	for _, c := range []struct {
		s      sighting
		stable bool
		alive  time.Duration
	}{{beat, true, 12 * time.Second}, {beat, false, 12 * time.Second}, {join, true, 12 * time.Second}, {join, false, 32 * time.Second}} {
		if c.s.over(at.Add(c.alive), c.stable) || !c.s.over(at.Add(c.alive+1), c.stable) {
			t.Errorf("%+v, stable %t: want alive for %s and no longer", c.s, c.stable, c.alive)
		}
	}
}

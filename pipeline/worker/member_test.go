package worker

import (
	"context"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The group lets go of a member while it joins again, and takes it in as another. Those
// who held its partitions in between have folded on: it must not go on where it stood.
func TestWhoIsLetGoOfWhileJoiningBeginsAnew(t *testing.T) {
	b := newBank(t)
	first := b.start()
	b.traffic(60, 5, 30)
	_, n := b.expect()
	b.read(n)

	member := b.onlyMember()
	joins, told := make(chan struct{}), make(chan struct{})
	joining := sync.OnceFunc(func() { close(joins) }) // the client repeats a question that is held for long
	b.cluster.ControlKey(kmsg.JoinGroup.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if req.(*kmsg.JoinGroupRequest).MemberID != member {
			return nil, nil, false
		}
		joining()
		b.cluster.SleepControl(func() { <-told })
		resp := req.ResponseKind().(*kmsg.JoinGroupResponse)
		resp.ErrorCode = kerr.UnknownMemberID.Code
		return resp, nil, true
	})
	second := b.start()
	<-joins
	b.leave(member)
	b.traffic(60, 5, 30)
	_, n = b.expect()
	b.read(n) // the second has all of it, and leaves it
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	close(told)
	b.traffic(60, 5, 30)
	_, n = b.expect()
	b.read(n)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
}

func (b *bank) onlyMember() string {
	b.t.Helper()
	groups, err := b.admin.DescribeGroups(b.t.Context(), b.ns.Group("fold"))
	if err != nil {
		b.t.Fatal(err)
	}
	members := groups[b.ns.Group("fold")].Members
	if len(members) != 1 {
		b.t.Fatalf("the group has %d members, want 1", len(members))
	}
	return members[0].MemberID
}

// leave takes a member out of the fold's group.
func (b *bank) leave(member string) {
	b.t.Helper()
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = b.ns.Group("fold"), member
	m := kmsg.NewLeaveGroupRequestMember()
	m.MemberID = member
	req.Members = append(req.Members, m)
	resp, err := req.RequestWith(context.WithoutCancel(b.t.Context()), b.client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

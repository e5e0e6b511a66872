package worker

import (
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// comesUp lets the coordinator refuse the first times questions of a kind.
func (b *bank) comesUp(key kmsg.Key, times int32) *atomic.Int32 {
	var asked atomic.Int32
	b.cluster.ControlKey(key.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if asked.Add(1) > times {
			return nil, nil, false
		}
		code := kerr.CoordinatorNotAvailable.Code
		resp := req.ResponseKind()
		switch resp := resp.(type) {
		case *kmsg.FindCoordinatorResponse:
			resp.ErrorCode = code
			for _, k := range req.(*kmsg.FindCoordinatorRequest).CoordinatorKeys {
				c := kmsg.NewFindCoordinatorResponseCoordinator()
				c.Key, c.ErrorCode, c.NodeID = k, code, -1
				resp.Coordinators = append(resp.Coordinators, c)
			}
		case *kmsg.JoinGroupResponse:
			resp.ErrorCode = code
		case *kmsg.SyncGroupResponse:
			resp.ErrorCode = code
		case *kmsg.InitProducerIDResponse:
			resp.ErrorCode = code
		case *kmsg.OffsetFetchResponse:
			resp.ErrorCode = code
			for _, g := range req.(*kmsg.OffsetFetchRequest).Groups {
				rg := kmsg.NewOffsetFetchResponseGroup()
				rg.Group, rg.ErrorCode = g.Group, code
				resp.Groups = append(resp.Groups, rg)
			}
		}
		return resp, nil, true
	})
	return &asked
}

// lost is how many incarnations have ended before their time.
func (r *running) lost(t *testing.T) float64 {
	t.Helper()
	var m dto.Metric
	if err := r.w.o.Metrics.incarnations.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// On a new Kafka the coordinators come up with the first question: the first member
// waits for them, and no incarnation is lost.
func TestTheFirstMemberWaitsForItsCoordinator(t *testing.T) {
	for name, c := range map[string]struct {
		key   kmsg.Key
		times int32 // more than the client asks again by itself before it tells
	}{
		"found": {kmsg.FindCoordinator, 3}, "asked for positions": {kmsg.OffsetFetch, 5}, "joined": {kmsg.JoinGroup, 8},
		"synced": {kmsg.SyncGroup, 8}, "of transactions": {kmsg.InitProducerID, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t)
			asked := b.comesUp(c.key, c.times)
			b.traffic(20, 3, 10)
			r := b.start(func(o *Options) { o.SessionTimeout = 4 * time.Second }) // it waits for three of them
			_, n := b.expect()
			b.read(n)
			if lost := r.lost(t); lost != 0 {
				t.Errorf("%.0f incarnations are lost", lost)
			}
			if asked.Load() <= c.times {
				t.Errorf("the coordinator was asked %d times: the test proves nothing", asked.Load())
			}
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			b.check()
		})
	}
}

// A coordinator that does not come up ends the incarnation after a while: somebody must
// hear of it.
func TestACoordinatorThatNeverComesUpIsTold(t *testing.T) {
	b := newBank(t)
	b.comesUp(kmsg.JoinGroup, 1<<30)
	r := b.start(func(o *Options) { o.SessionTimeout = 300 * time.Millisecond })
	kafkatest.Until(t, "the incarnation ends", func() bool { return r.lost(t) > 0 })
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
}

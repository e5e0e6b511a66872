package worker

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The group forgets its member while outputs are on their way. The session hears
// of it from a callback that its own commit holds off: neither would wait for ever.
func TestACommitDoesNotWaitForAGroupThatIsLost(t *testing.T) {
	t.Run("meanwhile", func(t *testing.T) { losesItsGroup(t, false) })
	// The callback tells once, and the commit begins later.
	t.Run("before it", func(t *testing.T) { losesItsGroup(t, true) })
}

func losesItsGroup(t *testing.T, before bool) {
	t.Helper()
	b := newBank(t)
	var armed atomic.Bool
	said, told := make(chan struct{}), make(chan struct{})
	b.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if req.(*kmsg.ProduceRequest).TransactionID != nil && armed.CompareAndSwap(true, false) {
			close(said)
			if !before {
				b.cluster.SleepControl(func() { <-told })
			}
		}
		return nil, nil, false
	})
	b.cluster.ControlKey(kmsg.Heartbeat.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		select {
		case <-said:
		default:
			return nil, nil, false
		}
		select {
		case <-told:
			return nil, nil, false
		default:
			close(told)
		}
		resp := req.ResponseKind().(*kmsg.HeartbeatResponse)
		resp.ErrorCode = kerr.FencedInstanceID.Code
		return resp, nil, true
	})
	b.traffic(60, 5, 30)
	r := b.start(func(o *Options) {
		o.TransactionTimeout = farTimeout
		if before { // outputs wait for longer than a heartbeat takes
			o.CommitGap, o.CommitEvery = 2*time.Second, 2*time.Second
		}
	})
	_, n := b.expect()
	b.read(n)
	armed.Store(true)
	b.traffic(60, 5, 30)
	_, n = b.expect()
	b.read(n)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-told:
	default:
		t.Fatal("the fault never struck")
	}
	b.check()
}

// A callback that waits is heard by the commit too where records wait for partitions that
// do not take them.
func TestWaitingForATakerLeavesTheSignal(t *testing.T) {
	s := &session{
		w: &Worker{}, blocked: make(chan struct{}, 1), room: make(chan struct{}, 1), from: make(chan handover),
	}
	s.signal()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	if done, err := s.waitForTaker(t.Context(), timer); !done || err != nil {
		t.Errorf("it is done: %t, %v", done, err)
	}
	if len(s.blocked) != 1 {
		t.Error("the commit would not know of it")
	}
}

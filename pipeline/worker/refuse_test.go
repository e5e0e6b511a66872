package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func wantRefusal(t *testing.T, r *running, want ...string) {
	t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		for _, w := range want {
			if err == nil || !contains(err.Error(), w) {
				t.Errorf("refusal %v, want %q in it", err, w)
			}
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("not refused")
	}
}

func TestRefusesALogThatIsNotThere(t *testing.T) {
	b := newBank(t) // Apache Kafka deletes a topic some time after it has said so
	if _, err := b.admin.DeleteTopic(t.Context(), b.ns.Topic(topics.Events)); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.start(), b.ns.Topic(topics.Events), "tierwatch topics create")
}

func TestRefusesALogThatWasCutShort(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.traffic(50, 5, 0)
		cut := kadm.Offsets{}
		cut.Add(kadm.Offset{Topic: b.ns.Topic(topics.Events), Partition: 2, At: 10})
		if _, err := b.admin.DeleteRecords(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, b.start(), "partition 2", "offset 10", "retention.ms=-1")
	})
}

func TestRefusesOutputsWithoutAnOffset(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.traffic(50, 5, 0)
		r := b.start()
		_, n := b.expect()
		b.read(n)
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		// Not before the worker that has left is out of it.
		kafkatest.Until(t, "the group is deleted", func() bool {
			_, err := b.admin.DeleteGroup(t.Context(), b.ns.Group("fold"))
			return err == nil || errors.Is(err, kerr.GroupIDNotFound)
		})
		wantRefusal(t, b.start(), "has no offset", "tierwatch repartition")
	})
}

func TestRefusesOffsetsThatAToolHasSet(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.traffic(50, 5, 0)
		var os kadm.Offsets
		os.Add(kadm.Offset{Topic: b.ns.Topic(topics.Events), Partition: 0, At: 7, LeaderEpoch: -1, Metadata: "by hand"})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if _, err := b.admin.CommitOffsets(ctx, b.ns.Group("fold"), os); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, b.start(), "partition 0", "offset 7", "a tool has set this offset")
	})
}

func TestRefusesALogThatLostItsEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.traffic(50, 5, 0)
		metadata, err := encodeProgress(fold.Cursor{})
		if err != nil {
			t.Fatal(err)
		}
		var os kadm.Offsets
		os.Add(kadm.Offset{Topic: b.ns.Topic(topics.Events), Partition: 0, At: 70, LeaderEpoch: -1, Metadata: metadata})
		if _, err := b.admin.CommitOffsets(t.Context(), b.ns.Group("fold"), os); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, b.start(), "offset 70", "ends at 50", "lost records")
	})
}

// A broker ends a transaction in one topic after the other: the outputs may be readable
// when the position is not yet.
func TestAPositionThatIsAboutToBeReadableIsNoReasonToRefuse(t *testing.T) {
	b := newBank(t)
	b.traffic(50, 5, 0)
	r := b.start()
	_, n := b.expect()
	b.read(n)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	var early, pending atomic.Int32
	b.cluster.ControlKey(kmsg.OffsetFetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		in := req.(*kmsg.OffsetFetchRequest)
		resp := in.ResponseKind().(*kmsg.OffsetFetchResponse)
		switch {
		case !in.RequireStable: // as if it had not been written yet
			early.Add(1)
			for _, g := range in.Groups {
				rg := kmsg.NewOffsetFetchResponseGroup()
				rg.Group = g.Group
				resp.Groups = append(resp.Groups, rg)
			}
			return resp, nil, true
		case pending.Add(1) == 1: // it is being written
			for _, g := range in.Groups {
				rg := kmsg.NewOffsetFetchResponseGroup()
				rg.Group, rg.ErrorCode = g.Group, kerr.UnstableOffsetCommit.Code
				resp.Groups = append(resp.Groups, rg)
			}
			return resp, nil, true
		}
		return nil, nil, false
	})
	next := b.start()
	b.traffic(50, 5, 0)
	_, n = b.expect()
	b.read(n)
	if err := next.stop(); err != nil {
		t.Fatal(err)
	}
	if early.Load() == 0 || pending.Load() < 2 {
		t.Errorf("asked %d times without and %d times with pending positions: the race was not run", early.Load(), pending.Load())
	}
	b.check()
}

func TestBrokersThatTakeNoSuchTimeoutAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Options)
		want   []string
	}{
		"transaction": {func(o *Options) { o.TransactionTimeout = time.Hour }, []string{"transaction.max.timeout.ms", "3600000", "fold.transaction_timeout"}},
		"session":     {func(o *Options) { o.SessionTimeout = 2 * time.Hour }, []string{"group.max.session.timeout.ms", "kafka.session_timeout"}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bank) { wantRefusal(t, b.start(c.change), c.want...) })
		})
	}
}

package control

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// A conductor dies when only one partition has its CLOSE, or when all have it and its
// place is not saved. Its successor closes the day: no partition is without a CLOSE, and
// where there are two they say the same.
func TestAConductorDiesInTheMidstOfAClose(t *testing.T) {
	for name, c := range map[string]struct {
		writes topics.ID // what is written when it dies
		partly bool      // one partition has it
		twice  int       // partitions that have the CLOSE twice in the end
	}{
		"one partition has it":   {topics.Events, true, 1},
		"its place is not saved": {topics.Control, false, partitions},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			clock := newHandClock(at("2025-03-10 23:59:00"))
			waits := func(c *Options) { c.Schedule.WaitFor = []string{"core"} }
			o.publish(1, "")
			var line line
			o.conductor(clock, waits, func(c *Options) { c.Kafka = append(slices.Clip(c.Kafka), kgo.Dialer(line.dial)) })
			t.Cleanup(line.mend) // what it has begun to write it must end before it stops
			r := o.reader()
			r.until("tick 2025-03-10 23:59")
			o.conductor(clock, waits)
			kafkatest.GroupStable(t, kadm.NewClient(o.client()), o.ns.Group("conductor"), 2)
			now := "2025-03-11 02:01:00"
			clock.set(at(now))
			o.saved(now) // all that it has to write until core has told of its day

			dead := o.diesWriting(c.writes, c.partly, &line)
			day := o.day("2025-03-10")
			o.report(&pb.SourceProgress{Source: "core", EndOfDay: day, Position: 10, End: 10, At: at(now).Unix()})
			o.comes(dead, "the CLOSE")
			topic := o.topic()
			kafkatest.Until(t, "the day is closed", func() bool {
				table, err := topic.Refresh(t.Context())
				return err == nil && table.Time.GetLastClose() == day
			})
			clock.set(at("2025-03-11 02:02:00"))
			r.until("tick 2025-03-11 02:02")
			twice := 0
			for p, closes := range r.closes {
				if len(closes) == 0 {
					t.Errorf("partition %d has no CLOSE: %q", p, r.got[p])
				}
				if len(closes) > 1 {
					twice++
				}
				for _, one := range closes {
					if one.Day != day || one.Cut != o.cal.Cut(day) {
						t.Errorf("partition %d: CLOSE of day %d, cut at %d; want %d, %d", p, one.Day, one.Cut, day, o.cal.Cut(day))
					}
				}
			}
			if twice != c.twice {
				t.Errorf("%d partitions have the CLOSE twice, want %d", twice, c.twice)
			}
		})
	}
}

// The day of an activation is saved before any partition has it: whoever dies in between
// leaves its successor the same day.
func TestTheDayOfAnActivationIsSavedFirst(t *testing.T) {
	o := newOffice(t)
	o.publish(1, "")
	o.conductor(newHandClock(at("2025-03-10 10:00:00")))
	o.saved("2025-03-10 10:00:00")
	events := o.cluster.TopicInfo(o.ns.Topic(topics.Events))
	writes, goOn, held := make(chan struct{}), make(chan struct{}), false
	release := sync.OnceFunc(func() { close(goOn) })
	t.Cleanup(release)
	o.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		o.cluster.KeepControl()
		if into(req, events) != nil && !held {
			held = true
			close(writes)
			o.cluster.SleepControl(func() { <-goOn })
		}
		return nil, nil, false
	})
	o.publish(2, "2025-03-12")
	o.comes(writes, "the activation")
	table, err := o.topic().Refresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if list := table.Time.GetPolicies(); len(list) != 2 || list[1].Version != 2 || list[1].EffectiveDay != o.day("2025-03-12") {
		t.Errorf("when it is written, what is saved is %v", list)
	}
	release()
	r := o.reader()
	r.until("policy retail 2 from 2025-03-12")
}

// into is what a request writes into a topic, nil: nothing.
func into(req kmsg.Request, topic *kfake.TopicInfo) *kmsg.ProduceRequestTopic {
	list := req.(*kmsg.ProduceRequest).Topics
	for i := range list {
		if list[i].Topic == topic.Topic || list[i].TopicID == topic.TopicID {
			return &list[i]
		}
	}
	return nil
}

// diesWriting lets the process behind a line, which is quiet, die with the next that it
// writes into a topic. The broker takes of it what goes into one partition, if partly, and
// nothing that comes behind. The channel is closed when it is dead.
func (o *office) diesWriting(id topics.ID, partly bool, behind *line) <-chan struct{} {
	topic, dead, who := o.cluster.TopicInfo(o.ns.Topic(id)), make(chan struct{}), int64(-1)
	o.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		o.cluster.KeepControl()
		written := into(req, topic)
		if written == nil {
			return nil, nil, false
		}
		var batch kmsg.RecordBatch
		if err := batch.ReadFrom(written.Partitions[0].Records); err != nil {
			o.t.Error(err)
			return nil, err, true
		}
		switch {
		case who == -1:
			who = batch.ProducerID
			behind.cut()
			close(dead)
			if !partly {
				return nil, errDead, true
			}
			written.Partitions = written.Partitions[:1]
		case who == batch.ProducerID && behind.isCut(): // what it had sent before it died
			return nil, errDead, true
		}
		return nil, nil, false
	})
	return dead
}

var errDead = errors.New("dead")

// comes waits for what a test has brought about.
func (o *office) comes(it <-chan struct{}, what string) {
	o.t.Helper()
	select {
	case <-it:
	case <-time.After(patience):
		o.t.Fatalf("%s has not come", what)
	}
}

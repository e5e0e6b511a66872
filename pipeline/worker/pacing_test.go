package worker

import (
	"context"
	"net"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ns is that of a broker in fake time, which no other test shares.
const ns = topics.Namespace("test")

// quietFold says something only of records "loud".
type quietFold struct{ *fakeFold }

func (f quietFold) Apply(offset int64, value []byte, out *fold.Outputs) error {
	if string(value) == "loud" {
		f.say(out, fold.KindAlert, "C", offset, "heard")
	}
	return nil
}

// paced is a worker, its broker and a writer in one bubble of fake time.
type paced struct {
	cluster *kfake.Cluster
	opts    []kgo.Opt
	client  *kgo.Client
	commits chan time.Time
}

// position is what the fold's group has committed.
func (p *paced) position(t *testing.T) kadm.OffsetResponse {
	t.Helper()
	rows, err := kadm.NewClient(p.client).FetchOffsetsForTopics(t.Context(), ns.Group("fold"), ns.Topic(topics.Events))
	if err != nil {
		t.Fatal(err)
	}
	row, _ := rows.Lookup(ns.Topic(topics.Events), 0)
	return row
}

func (p *paced) write(t *testing.T, value string) time.Time {
	t.Helper()
	r := &kgo.Record{Topic: ns.Topic(topics.Events), Partition: 0, Value: []byte(value)}
	if err := p.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

// inFakeTime runs a worker with a fold that speaks when it is told to.
func inFakeTime(t *testing.T, run func(t *testing.T, p *paced)) {
	t.Helper()
	inFakeTimeWith(t, func(id int32) Fold { return quietFold{newFakeFold(id)} }, run)
}

func inFakeTimeWith(t *testing.T, newFold func(int32) Fold, run func(t *testing.T, p *paced)) {
	t.Helper()
	inFakeTimeSet(t, 1, func(o *Options) { o.NewFold = newFold }, run)
}

// withBroker gives a broker and a writer in a bubble of fake time.
func withBroker(t *testing.T, partitions int32, run func(t *testing.T, p *paced)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var network kfake.VirtualNetwork
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(network.Listen), kfake.Ports(9092))
		if err != nil {
			t.Fatal(err)
		}
		defer cluster.Close()
		for _, s := range topics.Table() {
			if err := cluster.CreateTopic(ns.Topic(s.ID), partitions, nil); err != nil {
				t.Fatal(err)
			}
		}
		dial := func(ctx context.Context, network1, host string) (net.Conn, error) {
			return network.DialContext(ctx, network1, host)
		}
		opts := []kgo.Opt{kgo.SeedBrokers("localhost:9092"), kgo.Dialer(dial)}
		p := &paced{cluster: cluster, opts: opts, commits: make(chan time.Time, 100)} // more than any test commits
		cluster.ControlKey(kmsg.EndTxn.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			p.commits <- time.Now()
			return nil, nil, false
		})
		if p.client, err = kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))...); err != nil {
			t.Fatal(err)
		}
		defer p.client.Close()
		run(t, p)
	})
}

// inFakeTimeSet does so with partitions and options that the test chooses.
func inFakeTimeSet(t *testing.T, partitions int32, set func(*Options), run func(t *testing.T, p *paced)) {
	t.Helper()
	withBroker(t, partitions, func(t *testing.T, p *paced) {
		t.Helper()
		o := Options{Kafka: p.opts, Namespace: ns, Log: zerolog.Nop(), Registry: &memRegistry{owners: map[int32]string{}}}
		set(&o)
		w, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		p.write(t, "loud") // once it is committed, the worker is up
		<-p.commits
		run(t, p)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestAnOutputIsCommittedAtOnceButNotTooOften(t *testing.T) {
	inFakeTime(t, func(t *testing.T, p *paced) {
		time.Sleep(time.Second)
		wrote := p.write(t, "loud")
		first := <-p.commits
		if late := first.Sub(wrote); late > 10*time.Millisecond {
			t.Errorf("an output waited %s after a quiet time", late)
		}
		wrote = p.write(t, "loud")
		second := <-p.commits
		if gap := second.Sub(first); gap < 20*time.Millisecond || second.Sub(wrote) > 30*time.Millisecond {
			t.Errorf("the next commit came %s after the first and %s after its cause", gap, second.Sub(wrote))
		}
	})
}

func TestWithoutOutputsACommitComesEveryHalfSecond(t *testing.T) {
	inFakeTime(t, func(t *testing.T, p *paced) {
		time.Sleep(time.Second)
		p.write(t, "quiet")
		first := <-p.commits
		wrote := p.write(t, "quiet")
		second := <-p.commits
		if gap := second.Sub(first); gap < 450*time.Millisecond || gap > 550*time.Millisecond {
			t.Errorf("commits %s apart", gap)
		}
		if second.Sub(wrote) > 500*time.Millisecond {
			t.Errorf("a record waited %s", second.Sub(wrote))
		}
		time.Sleep(5 * time.Second)
		if n := len(p.commits); n > 0 {
			t.Errorf("%d commits with nothing to commit", n)
		}
	})
}

// slowFold takes a second for a record and for each of ten chunks of a drain, in
// which it says nothing.
type slowFold struct {
	quietFold
	offset int64
	chunks int
}

const slow = time.Second

func (f *slowFold) Apply(offset int64, value []byte, out *fold.Outputs) error {
	switch string(value) {
	case closeTag:
		f.offset, f.chunks = offset, 10
		return nil
	case "loud":
		return f.quietFold.Apply(offset, value, out)
	}
	time.Sleep(slow)
	return f.quietFold.Apply(offset, []byte("loud"), out)
}

func (f *slowFold) Draining() bool { return f.chunks > 0 }
func (f *slowFold) Cursor() fold.Cursor {
	return fold.Cursor{Draining: f.chunks > 0, ControlOffset: f.offset, LastCustomer: strconv.Itoa(f.chunks)}
}

func (f *slowFold) Drain(int, *fold.Outputs) bool {
	if f.chunks > 0 {
		time.Sleep(slow)
		f.chunks--
	}
	return f.chunks == 0
}

// A transaction must end before its timeout, however much was polled and however
// slow the machine is: a commit waits for the record under way, not for all.
func TestACommitDoesNotWaitForAllThatWasPolled(t *testing.T) {
	newFold := func(id int32) Fold { return &slowFold{quietFold: quietFold{newFakeFold(id)}} }
	inFakeTimeWith(t, newFold, func(t *testing.T, p *paced) {
		const n = 60
		var list []*kgo.Record
		for range n {
			list = append(list, &kgo.Record{Topic: ns.Topic(topics.Events), Partition: 0, Value: []byte("slow")})
		}
		before := p.position(t).At
		if err := p.client.ProduceSync(t.Context(), list...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		last := time.Now()
		for p.position(t).At < before+n {
			time.Sleep(slow)
		}
		for len(p.commits) > 0 {
			at := <-p.commits
			if gap := at.Sub(last); gap > 2*slow {
				t.Fatalf("%s from one commit to the next, a record takes %s", gap, slow)
			}
			last = at
		}
	})
}

// The last commit saw a drain in progress, and then neither a record nor an output
// came: who waits for the fold would wait for ever without a commit of its end.
func TestASilentDrainIsCommittedWhenItEnds(t *testing.T) {
	newFold := func(id int32) Fold { return &slowFold{quietFold: quietFold{newFakeFold(id)}} }
	inFakeTimeWith(t, newFold, func(t *testing.T, p *paced) {
		p.write(t, closeTag)
		<-p.commits
		time.Sleep(slow) // the commit is told when it begins
		if row := p.position(t); row.Metadata == "tw1:" {
			t.Fatalf("the first commit saw no drain: %+v", row)
		}
		for began := time.Now(); p.position(t).Metadata != "tw1:"; time.Sleep(slow) {
			if time.Since(began) > 15*slow {
				t.Fatal("the drain is over, and nothing tells of it")
			}
		}
		for len(p.commits) > 0 {
			<-p.commits
		}
		time.Sleep(20 * slow)
		if n := len(p.commits); n > 0 {
			t.Errorf("%d commits with nothing to commit", n)
		}
	})
}

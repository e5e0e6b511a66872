package worker

import (
	"testing"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// still is a worker that does not run, and its broker, in a bubble of fake time.
type still struct {
	*paced
	w *Worker
}

// inFakeTimeStill gives one, of one partition, to a test that does what it would do.
func inFakeTimeStill(t *testing.T, set func(*Options), run func(t *testing.T, s *still)) {
	t.Helper()
	withBroker(t, 1, func(t *testing.T, p *paced) {
		t.Helper()
		o := Options{Kafka: p.opts, Namespace: ns, Log: zerolog.Nop(), Registry: &memRegistry{owners: map[int32]string{}}}
		set(&o)
		w, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		run(t, &still{p, w})
	})
}

// save writes records of the state topic, each in a batch of its own.
func (s *still) save(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		r := &kgo.Record{Topic: ns.Topic(topics.State), Key: []byte(key), Value: []byte("v")}
		if err := s.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// join makes the fold's group one that stands at the start of the log.
func (s *still) join(t *testing.T) {
	t.Helper()
	begins, err := Begins()
	if err != nil {
		t.Fatal(err)
	}
	at := make(kadm.Offsets)
	at.Add(kadm.Offset{Topic: ns.Topic(topics.Events), LeaderEpoch: -1, Metadata: begins})
	done, err := kadm.NewClient(s.client).CommitOffsets(t.Context(), ns.Group("fold"), at)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

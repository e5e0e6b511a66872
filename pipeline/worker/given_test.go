package worker

import (
	"testing"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestAPartitionThatIsGivenAgainRunsOnce: of a second loss within one hold the session is
// told nothing, and gets back what it still has.
func TestAPartitionThatIsGivenAgainRunsOnce(t *testing.T) {
	nobody := []kgo.Opt{kgo.SeedBrokers("127.0.0.1:1")}
	w, err := New(Options{
		Kafka: nobody, Namespace: ns, Log: zerolog.Nop(), Registry: &memRegistry{},
		NewFold: func(id int32) Fold { return newFakeFold(id) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	client, err := kgo.NewClient(nobody...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := &session{
		w: w, parts: map[int32]*partition{}, given: []int32{0}, pace: newPace(),
		from: make(chan handover), room: make(chan struct{}, 1), assigned: make(chan struct{}, 1),
	}
	defer s.stopPartitions()
	round := map[string][]int32{w.log(): {0}}
	s.onAssigned(t.Context(), client, round)
	first := s.parts[0]
	s.onAssigned(t.Context(), client, round)
	select {
	case <-first.done:
	default:
		first.stop()
		t.Error("its first goroutine runs on")
	}
	if s.parts[0] == first {
		t.Error("it is not begun anew")
	}
}

package worker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The client's session of transactions tells of partitions that were taken once, and of
// no more until its transaction has ended: a second round of the group that comes before
// that, while hold still waits for the end of the first, takes partitions without a word.
// Who went on with them would say what their new owner says too. So a session does not
// rely on being told: it hears what each round gives.

// heard is a balancer of the client's that also tells what the group gives this member.
type heard struct {
	kgo.GroupBalancer
	log   string
	given func(partitions []int32)
}

// ParseSyncAssignment implements kgo.GroupBalancer.
func (h heard) ParseSyncAssignment(assignment []byte) (map[string][]int32, error) {
	given, err := h.GroupBalancer.ParseSyncAssignment(assignment)
	if err != nil {
		return nil, fmt.Errorf("read what the group gives: %w", err)
	}
	h.given(given[h.log])
	return given, nil
}

// balancing are the client's options for the protocol of the group.
func (s *session) balancing() []kgo.Opt {
	if s.w.o.Protocol == Consumer {
		return []kgo.Opt{kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer()}
	}
	return []kgo.Opt{kgo.Balancers(heard{
		kgo.CooperativeStickyBalancer(), s.w.log(),
		func(partitions []int32) { s.given = partitions },
	})}
}

// untold takes what a round has taken without a word, and says whether that was
// anything. Where the broker decides, no round can be heard; but the end of each is told
// beside what it takes, so that a silent one is known, and the incarnation ends.
func (s *session) untold() (took bool) {
	if s.w.o.Protocol == Consumer {
		if s.rounds++; s.rounds > 1 && !s.told {
			s.silent.Store(true)
		}
		s.told = false
		return false
	}
	kept := make(map[int32]bool, len(s.given))
	for _, id := range s.given {
		kept[id] = true
	}
	for id := range s.parts {
		if !kept[id] {
			s.lose(id)
			took = true
		}
	}
	return took
}

// lose ends the goroutine of a partition that another member gets.
func (s *session) lose(id int32) {
	if p := s.parts[id]; p != nil {
		p.stop()
		delete(s.parts, id)
		s.w.standbys.begin(id)
	}
}

// unasked lets the end of a transaction go without asking the group where the broker
// decides who gets what. The client would ask, and take any news for a reason to abort;
// and news that has just come waits for hold, which waits for the commit. The group's
// answer to the positions themselves is enough: it knows the member, and lets nobody
// fold on from there before the transaction has ended (KIP-447).
func (s *session) unasked() {
	if c := s.kafka.Client(); s.w.o.Protocol == Consumer {
		c.SetOffsets(c.UncommittedOffsets()) // what barrier.rewrite says is what counts
	}
}

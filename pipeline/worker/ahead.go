package worker

import (
	"sync/atomic"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// ahead is what partitions have said since they answered the barrier of the commit
// under way. It waits for the next transaction, and never gets there if this one
// fails: then the incarnation ends, and all of its partitions are rebuilt.
type ahead struct {
	said []taken
	// bytes is how much that is. Partitions read it: see partition.mayFold.
	bytes atomic.Int64
}

// mostAhead is how many bytes of outputs may wait for the end of a commit, for all
// partitions of a process. Each may exceed it by what one step of folding says.
const mostAhead = 32 << 20

// outputCost is what an output takes beside its value, about.
const outputCost = 128

func (a *ahead) take(p *partition, outs *fold.Outputs) {
	a.said = append(a.said, taken{p, outs})
	a.bytes.Add(sizeOf(outs.List))
}

// sizeOf is how many bytes outputs take.
func sizeOf(outs []fold.Output) (n int64) {
	for i := range outs {
		n += int64(len(outs[i].Value)) + outputCost
	}
	return n
}

// catchUp puts into the open transaction what was said ahead of it, and lets the
// partitions know that the commit is over. What a partition has said that was taken
// away in between is forgotten: its new owner folds from the committed position.
func (s *session) catchUp() {
	for i, t := range s.ahead.said {
		if s.parts[t.p.id] == t.p {
			s.say(t.p, t.outs)
		}
		s.ahead.said[i] = taken{}
	}
	s.ahead.said = s.ahead.said[:0]
	s.ahead.bytes.Store(0)
	for _, p := range s.parts {
		if p.answered {
			p.answered = false
			p.calls <- task{} // its answer has made room
		}
	}
}

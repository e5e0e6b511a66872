package fold

import (
	"cmp"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// Saved is a record of tierwatch.state; without a Value the key is to be forgotten.
type Saved struct{ Key, Value []byte }

// Saves collects state records; what it holds is valid until Reset, which keeps its
// memory for the next ones.
type Saves struct {
	List []Saved
	// buf takes records, full are the buffers before it, spare waits to follow.
	buf         []byte
	full, spare [][]byte
	// x writes the record of a kind that begins at place from; its key lies between at and
	// from.
	x        codec.Coder
	kind     uint8
	at, from int
	// most is the size from which on a record is cut, bytes; 0: partMost.
	most int
}

// A buffer has room for a record of usual size, or is followed by another; so many of
// them are kept as one commit fills in the ordinary course.
const (
	savesRoom  = 4096
	savesSpare = 32
)

// Reset empties the list.
func (s *Saves) Reset() {
	clear(s.List)
	for _, b := range s.full {
		if len(s.spare) < savesSpare {
			s.spare = append(s.spare, b[:0])
		}
	}
	clear(s.full)
	s.List, s.buf, s.full = s.List[:0], s.buf[:0], s.full[:0]
}

// room is the buffer, to append a key to. What was handed out stays where it is.
func (s *Saves) room() []byte {
	if cap(s.buf)-len(s.buf) < savesRoom {
		if s.buf != nil {
			s.full = append(s.full, s.buf)
		}
		if n := len(s.spare); n > 0 {
			s.buf, s.spare = s.spare[n-1], s.spare[:n-1]
		} else {
			s.buf = make([]byte, 0, outputChunk)
		}
	}
	return s.buf
}

// begin begins a record, the key of which has been appended to room: the caller writes
// its body, then end.
func (s *Saves) begin(kind uint8, keyed []byte) *codec.Coder {
	s.kind, s.at, s.from = kind, len(s.buf), len(keyed)
	s.x = codec.Writer(keyed)
	codec.Unsigned(&s.x, &kind)
	return &s.x
}

// end ends the record, and tells in how many parts it is: 0, mostly, whole.
func (s *Saves) end() (parts uint16) {
	s.buf = s.x.Seal(s.from)
	s.List = append(s.List, Saved{s.buf[s.at:s.from:s.from], s.buf[s.from:len(s.buf):len(s.buf)]})
	if most := cmp.Or(s.most, partMost); len(s.buf)-s.from > most {
		return s.cut(most)
	}
	return 0
}

// forget adds that a key, appended to room, is forgotten.
func (s *Saves) forget(keyed []byte) {
	at := len(s.buf)
	s.buf = keyed
	s.List = append(s.List, Saved{Key: keyed[at:len(keyed):len(keyed)]})
}

// ForgetState adds a record that lets go of all before it: the partition is folded
// from the start of its log.
func ForgetState(s *Saves) {
	s.begin(stateReset, append(s.room(), "/reset"...))
	s.end()
}

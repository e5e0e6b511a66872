package load

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// tail counts, by content, what lies behind noted ends of a topic.
type tail map[uint64]int

// take says whether the content is there, and uses it up.
func (t tail) take(content uint64) bool {
	if t[content] == 0 {
		return false
	}
	if t[content]--; t[content] == 0 {
		delete(t, content)
	}
	return true
}

func recordContent(customer string, value []byte) uint64 {
	h := xxhash.New()
	_, _ = h.WriteString(customer) // never fails
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(value)
	return h.Sum64()
}

// letterContent leaves out the time at which the letter was written, and what letters of
// older programs lack.
func letterContent(l *pb.DeadLetter) uint64 {
	h := xxhash.New()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d\x00", l.Source, l.Cause, l.OriginName, l.OriginPosition)
	_, _ = h.Write(l.Original)
	return h.Sum64()
}

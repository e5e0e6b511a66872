package oracle

import (
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// heard is what was said last about one thing, and all that was said at that place.
type heard struct {
	at   stamp
	day  Day
	said []any
}

// hears tells whether a word about a thing is to be taken (R153): it is not older than
// the last one, and has not been said at this very place. It is remembered if able.
func (c *Customer) hears(about string, at stamp, day Day, content any, able bool) bool {
	h := c.heard[about]
	kind := pb.VerdictKind_VERDICT_KIND_UNSPECIFIED
	switch {
	case h == nil || at.after(h.at) || at == h.at && day > h.day:
		h = &heard{at, day, nil}
	case h.at.after(at) || day < h.day:
		kind = pb.VerdictKind_VERDICT_SUPERSEDED
	case slices.Contains(h.said, content):
		kind = pb.VerdictKind_VERDICT_DUPLICATE
	}
	if kind != 0 {
		c.leaveOut(kind)
		return false
	}
	if able {
		h.said = append(h.said, content)
		c.heard[about] = h
	}
	return able
}

// leaveOut says why the present record is passed over.
func (c *Customer) leaveOut(kind pb.VerdictKind) {
	c.o.repeated = true
	c.o.out.Verdicts = append(c.o.out.Verdicts, Verdict{Offset: c.o.offset, Customer: c.ID, Kind: kind})
}

// repeats tells whether a fact, which is not older than the last one, has been told at its
// very place (R155); it is remembered.
func (c *Customer) repeats(about string, at stamp, content any) bool {
	h := c.facts[about]
	if h == nil || at.after(h.at) {
		h = &heard{at: at}
		c.facts[about] = h
	}
	if slices.Contains(h.said, content) {
		c.o.repeated = true
		return true
	}
	h.said = append(h.said, content)
	return false
}

// What seeds, holds and balances say.
type (
	seedSaid struct {
		tier             string
		since, guarantee Day
		misses           uint32
	}
	holdSaid struct {
		tier  string
		until Day
	}
	balanceSaid int64
	// Facts.
	profileSaid struct {
		since  Day
		exited bool
	}
	accountSaid struct {
		typ            pb.AccountType
		opened, closed Day
		joint          bool
		limit          int64
	}
	creditSaid struct {
		dpd   int32
		limit int64
	}
)

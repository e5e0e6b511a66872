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

// fact is what a last-writer record tells: what each tells, and a day and a limit that it
// may leave out, which are 0 then.
type fact struct {
	says  any
	day   Day
	limit int64
}

// anyLimit is the limit of a fact that the other stream has told over since (R10).
const anyLimit = -1

// tells tells whether it tells all that x does.
func (f fact) tells(x fact) bool {
	return f.says == x.says && (x.day == 0 || x.day == f.day) && (x.limit == 0 || f.limit == anyLimit || x.limit == f.limit)
}

// filled is the fact with what was known where it tells nothing.
func (f fact) filled(day Day, limit int64) fact {
	if f.day == 0 {
		f.day = day
	}
	if f.limit == 0 {
		f.limit = limit
	}
	return f
}

// facts are what was told last about one thing, and all that was told at that place.
type facts struct {
	at   stamp
	told []fact
}

// toldAt are the facts of a place, which is not older than the last one of the thing.
func (c *Customer) toldAt(about string, at stamp) *facts {
	h := c.facts[about]
	if h == nil || at.after(h.at) {
		h = &facts{at: at}
		c.facts[about] = h
	}
	return h
}

// repeats tells whether a fact has been told at its very place (R155).
func (c *Customer) repeats(h *facts, f fact) bool {
	c.o.repeated = slices.ContainsFunc(h.told, func(was fact) bool { return was.tells(f) })
	return c.o.repeated
}

// toldOver forgets which limit the last record told: that of the other stream stands.
func (h *facts) toldOver() {
	if n := len(h.told); n > 0 {
		h.told[n-1].limit = anyLimit
	}
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
	// accountSaid is of a fact.
	accountSaid struct {
		typ    pb.AccountType
		closed Day
		joint  bool
	}
)

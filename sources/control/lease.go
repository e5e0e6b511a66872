package control

import (
	"context"
	"errors"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ErrLive refuses a BACKFILL: the log has a LIVE writer of time. Loads go on
// without control records.
var ErrLive = errors.New("the log is live: its conductor writes time")

// ErrBackfill refuses a LIVE claim while a load holds the lease.
var ErrBackfill = errors.New("a load holds the lease of the writer of time")

// errSuperseded ends a writer whose term is no longer the highest.
var errSuperseded = errors.New("another writer of time has taken over")

// claim takes the lease and returns its term, the offset of the claim.
//
// LIVE yields to a load that claimed before it and has not released; a load
// yields to any LIVE claim before it. Of two of the same kind the later holds:
// the group elects one conductor, and a load that is started again takes over
// from the one that died. These rules depend only on the order of the records,
// so all readers agree, also on a claim whose writer died before it could give
// it back: it counts for nothing.
func (t *Topic) claim(ctx context.Context, holder string, mode pb.Mode, at int64) (int64, error) {
	for {
		if _, err := t.Refresh(ctx); err != nil {
			return 0, err
		}
		if err := t.table.mayClaim(mode, t.table.Next); err != nil {
			return 0, err
		}
		// Before the claim: behind it, what a stray one stood behind may be compacted away.
		if err := t.answer(ctx, holder, at); err != nil {
			return 0, err
		}
		term, err := t.put(ctx, leaseKey(mode), &pb.Lease{Holder: holder, Mode: mode, At: at})
		if err != nil {
			return 0, err
		}
		t.terms[mode] = term
		for t.table.Next <= term {
			if err := t.Follow(ctx); err != nil {
				return 0, err
			}
		}
		err = t.table.mayClaim(mode, term)
		if c := *t.table.lease(mode); err == nil && c != nil && c.Offset >= term {
			return term, nil
		}
		if failed := t.release(ctx, holder, mode, at); err != nil || failed != nil {
			return 0, errors.Join(err, failed)
		}
		// It came behind a claim of the other kind that has been given back since.
	}
}

// release gives back the lease that this topic has claimed, and no other's.
func (t *Topic) release(ctx context.Context, holder string, mode pb.Mode, at int64) error {
	l := &pb.Lease{Holder: holder, Mode: mode, Released: true, At: at}
	if term, ok := t.terms[mode]; ok {
		l.Term = new(term)
	}
	_, err := t.put(ctx, leaseKey(mode), l)
	return err
}

// answer puts what holds behind each record about a lease that does not count:
// compaction leaves the last one alone, and who reads it then could not tell. That
// another holds a lease is for him to say.
func (t *Topic) answer(ctx context.Context, holder string, at int64) error {
	for mode, stray := range t.table.stray {
		l := &pb.Lease{Holder: holder, Mode: mode, Released: true, At: at, Term: new(stray.Offset)}
		if c := *t.table.lease(mode); c.Held() {
			if own, ok := t.terms[mode]; !ok || own != c.Offset {
				continue
			}
			l = c.CloneVT()
			l.Term = new(c.Offset)
		}
		if _, err := t.put(ctx, leaseKey(mode), l); err != nil {
			return err
		}
		delete(t.table.stray, mode)
	}
	return nil
}

func leaseKey(mode pb.Mode) string {
	if mode == pb.Mode_BACKFILL {
		return keyBackfill
	}
	return keyLive
}

// lease is where the table keeps the last claim of the kind that counts.
func (t *Table) lease(mode pb.Mode) **Claim {
	if mode == pb.Mode_BACKFILL {
		return &t.Backfill
	}
	return &t.Live
}

// applyLease takes a record about a lease in if it counts. A release of what another
// has taken over since does not, nor does a claim beside one of the other kind.
func (t *Table) applyLease(key string, offset int64, decode func(message) error) error {
	c := &Claim{Lease: new(pb.Lease), Offset: offset}
	if err := decode(c.Lease); err != nil {
		return err
	}
	mode := pb.Mode_LIVE
	if key == keyBackfill {
		mode = pb.Mode_BACKFILL
	}
	last := t.lease(mode)
	before := *last
	var counts bool
	switch {
	case c.Released:
		counts = !before.Held() || c.Term == nil || *c.Term == before.Offset
	case c.Term != nil: // its holder says it again
		c.Offset = *c.Term
		counts = t.free(mode) && (before == nil || before.Offset <= c.Offset)
	default:
		counts = t.free(mode)
	}
	if !counts {
		t.stray[mode] = c
		return nil
	}
	delete(t.stray, mode)
	*last = c
	return nil
}

// free says whether no claim of the other kind stands in the way of one of this kind.
func (t *Table) free(mode pb.Mode) bool {
	if mode == pb.Mode_BACKFILL {
		return !t.Live.Held() && !t.Time.GetLive()
	}
	return !t.Backfill.Held()
}

// proved takes into account that who tells his place holds his lease: a claim of the
// other kind before him did not count, though compaction may have left nothing that it
// stood behind.
func (t *Table) proved(p *pb.TimeProgress) {
	if c := t.stray[p.Mode]; c != nil && !c.Released && c.Offset == p.Term {
		delete(t.stray, p.Mode)
		*t.lease(p.Mode) = c
	}
	other := pb.Mode_BACKFILL
	if p.Mode == pb.Mode_BACKFILL {
		other = pb.Mode_LIVE
	}
	if last := t.lease(other); (*last).Held() && ((*last).Offset < p.Term || p.Live) {
		t.stray[other] = *last
		*last = nil
	}
}

// mayClaim says why a claim at the offset would not hold.
func (t *Table) mayClaim(mode pb.Mode, offset int64) error {
	if err := t.Writable(); err != nil {
		return err
	}
	switch {
	case mode == pb.Mode_BACKFILL && (t.Live.Held() && t.Live.Offset < offset || t.Time != nil && t.Time.Live):
		return ErrLive
	case mode == pb.Mode_LIVE && t.Backfill.Held() && t.Backfill.Offset < offset:
		return fmt.Errorf("%w: %s", ErrBackfill, t.Backfill.Holder)
	}
	return nil
}

// superseded says whether a later claim of the same kind exists.
func (t *Table) superseded(mode pb.Mode, term int64) bool {
	c := *t.lease(mode)
	return c != nil && c.Offset > term
}

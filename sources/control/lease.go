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
// from the one that died. Both rules depend only on the order of the records,
// so all readers agree.
func (t *Topic) claim(ctx context.Context, holder string, mode pb.Mode, at int64) (int64, error) {
	if _, err := t.Refresh(ctx); err != nil {
		return 0, err
	}
	if err := t.table.mayClaim(mode, t.table.Next); err != nil {
		return 0, err
	}
	term, err := t.put(ctx, leaseKey(mode), &pb.Lease{Holder: holder, Mode: mode, At: at})
	if err != nil {
		return 0, err
	}
	for t.table.Next <= term {
		if err := t.Follow(ctx); err != nil {
			return 0, err
		}
	}
	if err := t.table.mayClaim(mode, term); err != nil {
		return 0, errors.Join(err, t.release(ctx, holder, mode, at))
	}
	return term, nil
}

// release gives the lease back.
func (t *Topic) release(ctx context.Context, holder string, mode pb.Mode, at int64) error {
	_, err := t.put(ctx, leaseKey(mode), &pb.Lease{Holder: holder, Mode: mode, Released: true, At: at})
	return err
}

func leaseKey(mode pb.Mode) string {
	if mode == pb.Mode_BACKFILL {
		return keyBackfill
	}
	return keyLive
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
	c := t.Live
	if mode == pb.Mode_BACKFILL {
		c = t.Backfill
	}
	return c != nil && c.Offset > term
}

package logrows

import (
	"context"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/offsets"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// judged are the records that do not count, as the fold has said.
type judged struct {
	out offsets.Set
	// before are event ids of which no record before an offset counts.
	before map[uint64]int64
}

func newJudged() judged { return judged{offsets.Set{}, map[uint64]int64{}} }

// elsewhere is Verdict.about_offset where other records are meant: those of the event id.
const elsewhere = -1

// Verdict takes in what the fold says of a record.
func (p *Partition) Verdict(v *pb.Verdict) {
	switch v.Kind { // the others go with a record that counts
	case pb.VerdictKind_VERDICT_SUPERSEDED, pb.VerdictKind_VERDICT_REVERSED:
		if v.AboutOffset == elsewhere {
			p.judged.takeOut(v.CustomerId, v.EventId, v.Log.GetOffset())
			return
		}
		if v.Kind == pb.VerdictKind_VERDICT_REVERSED {
			return // its money is taken back by another record
		}
	case pb.VerdictKind_VERDICT_DUPLICATE, pb.VerdictKind_VERDICT_CONFLICT, pb.VerdictKind_VERDICT_REJECTED, pb.VerdictKind_VERDICT_PARKED:
	default:
		return
	}
	at := v.AboutOffset
	if at == 0 {
		at = v.Log.GetOffset()
	}
	if at <= 0 {
		return
	}
	p.out.Add(at)
	p.unopened(at)
	if v.Kind == pb.VerdictKind_VERDICT_REJECTED || v.Kind == pb.VerdictKind_VERDICT_PARKED {
		p.refused(at)
	}
}

// facts are what was said of customers and accounts, as far as the fold took it.
type facts struct {
	// newest is the offset of the last one, back undoes what it has changed.
	newest int64
	back   func()
}

// unlessRefused notes how to take a record back: what is said of it is said at its own
// place, before the next record.
func (f *facts) unlessRefused(offset int64, back func()) { f.newest, f.back = offset, back }

// refused takes a record back that the fold rejected, or an operator parked.
func (p *Partition) refused(offset int64) {
	for _, name := range takenOnly {
		p.tables[name].must.Delete(offset)
	}
	if p.back != nil && p.facts.newest == offset {
		p.back()
		p.back = nil
	}
}

// takenOnly are the tables whose views show what the fold took.
var takenOnly = []string{rmAssignments.name, creditStatus.name, complaints.name}

func (j *judged) takeOut(customer, event string, offset int64) {
	id := xxhash.Sum64String(customer + "\x00" + event)
	j.before[id] = max(j.before[id], offset)
}

// hide calls each for every transaction that the verdicts take out.
func (p *Partition) hide(j *judged, each func(offset int64)) {
	i := 0
	for offset := range p.tables[events.name].must.All() {
		if at, ok := j.before[p.ids[i]]; ok && offset < at || j.out.Has(offset) {
			each(offset)
		}
		i++
	}
}

// judge takes what does not count out of what the view events must show. What records
// behind the end of the comparison lead to may or may not have been there when the view
// was read.
func (p *Partition) judge(ctx context.Context) error {
	later, err := p.later(ctx)
	if err != nil {
		return fmt.Errorf("read later verdicts: %w", err)
	}
	e := p.tables[events.name]
	var unsure, hidden []int64
	p.hide(later, func(offset int64) { unsure = append(unsure, offset) })
	p.hide(&p.judged, func(offset int64) { hidden = append(hidden, offset) })
	for _, offset := range hidden {
		e.must.Delete(offset)
	}
	for _, offset := range unsure {
		if e.shown.Has(offset) {
			e.must.Add(offset)
		} else {
			e.must.Delete(offset)
		}
	}
	return nil
}

// later are the verdicts about records that came after the end of the comparison.
func (p *Partition) later(ctx context.Context) (*judged, error) {
	j := newJudged()
	rows, err := p.o.Conn.Query(ctx, fmt.Sprintf("SELECT customer_id, event_id, toInt64(offset), about_offset FROM %s WHERE partition = %d AND offset >= %d"+
		" AND (kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') OR kind = 'reversed' AND about_offset = %d)",
		p.named("verdicts_raw"), p.o.Partition, p.o.End, elsewhere))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var customer, event string
		var offset, about int64
		if err := rows.Scan(&customer, &event, &offset, &about); err != nil {
			return nil, err
		}
		if about == elsewhere {
			j.takeOut(customer, event, offset)
		} else {
			j.out.Add(about)
		}
	}
	return &j, rows.Err()
}

// compareShown compares what the view of a table shows with what it must.
func (p *Partition) compareShown(e *expected) {
	for offset := range e.must.All() {
		if !e.shown.Has(offset) && !e.lost.Has(offset) {
			p.found("view "+e.view, offset, "", "a row is not shown")
		}
	}
	for offset := range e.shown.All() {
		if !e.must.Has(offset) {
			p.found("view "+e.view, offset, "", "a row is shown that does not count")
		}
	}
}

// closing is what the writer of time has said, and which balances were the first.
type closing struct {
	ruling   int64
	closed   int32
	any      bool
	lag      [2]int32 // of currencies, of other units
	balances map[string]bool
	// lastKey is the account of the newest balance that was the first of one, lastOpened
	// where that is.
	lastKey    string
	lastOpened int64
	rateList   []ratedAt
}

func newClosing() closing { return closing{balances: map[string]bool{}} }

// opened tells whether a balance is the first of its account.
func (p *Partition) opened(offset int64, b *pb.BalanceSnapshot) bool {
	if p.capture != nil {
		return false
	}
	key := accountKey(b.CustomerId, b.AccountId)
	if p.balances[key] {
		return false
	}
	p.balances[key] = true
	p.lastKey, p.lastOpened = key, offset
	return true
}

// unopened takes a balance back that the fold did not take: the next one of its account
// is the first. What is said of a balance is said at its own place, before the next record.
func (p *Partition) unopened(offset int64) {
	if p.lastKey == "" || p.lastOpened != offset {
		return
	}
	delete(p.balances, p.lastKey)
	p.tables[openingBalances.name].must.Delete(offset)
}

// ruled takes in a control record and tells whether it is a CLOSE that counts: of the
// writer in office, of a day that was not closed.
func (p *Partition) ruled(c *control) bool {
	p.ruling = max(p.ruling, c.term)
	if c.kind == "engine" {
		p.lag = [2]int32{c.fxLag, c.navLag}
	}
	if c.kind != "close" || c.term < p.ruling || p.any && c.day <= p.closed {
		return false
	}
	p.any, p.closed = true, c.day
	return true
}

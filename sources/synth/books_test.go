package synth

import (
	"bytes"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// reader follows the bank as a naive reader of its records would.
type reader struct {
	balances map[string]int64
	seen     map[string][]byte
	// left is what a booking still holds after reversals.
	left      map[string]int64
	known     map[string]bool
	internal  map[string]int
	dup       int
	bookings  int
	reversals int
	checked   int
}

func newReader() *reader {
	return &reader{balances: map[string]int64{}, seen: map[string][]byte{}, left: map[string]int64{}, known: map[string]bool{}, internal: map[string]int{}}
}

func (r *reader) read(t *testing.T, rec *pb.LogRecord) {
	t.Helper()
	if o := rec.Balance; o != nil {
		r.balances[o.AccountId] = o.Balance
	}
	if l := rec.Lifecycle; l != nil {
		r.known[l.AccountId] = true
		if l.ClosedDay != 0 && r.balances[l.AccountId] > 0 && l.Unit == "CNY" {
			t.Errorf("%s closes with %d", l.AccountId, r.balances[l.AccountId])
		}
	}
	x := rec.Transaction
	if x == nil {
		return
	}
	r.bookings++
	id := x.Source + ":" + x.TxnId
	raw, err := rec.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	if before, ok := r.seen[id]; ok {
		r.dup++
		if !bytes.Equal(before, raw) {
			t.Errorf("%s came twice with different content", id)
		}
		return
	}
	r.seen[id] = raw
	if !r.known[x.AccountId] {
		t.Errorf("%s books on %s before its lifecycle record", id, x.AccountId)
	}
	if x.AmountMinor <= 0 || (x.Unit != "" && x.Quantity < 0) {
		t.Errorf("%s: amount %d quantity %d", id, x.AmountMinor, x.Quantity)
	}
	if x.Status != pb.TxnStatus_POSTED {
		if x.BalanceKnown {
			t.Errorf("%s moved nothing but tells a balance", id)
		}
		return
	}
	r.book(t, id, x)
}

// book moves the balance by the booking alone and compares with what it tells.
func (r *reader) book(t *testing.T, id string, x *pb.Transaction) {
	t.Helper()
	moved := x.AmountMinor
	if x.Unit != "" {
		moved = x.Quantity
	}
	sign := int64(1)
	if x.Direction == pb.Direction_DEBIT {
		sign = -1
	}
	r.balances[x.AccountId] += sign * moved
	if x.BalanceKnown {
		r.checked++
		if r.balances[x.AccountId] != x.BalanceAfter {
			t.Errorf("%s: the bookings make %d, it tells %d", id, r.balances[x.AccountId], x.BalanceAfter)
		}
	}
	if x.InternalTransfer {
		r.internal[x.CustomerId+x.TxnType.String()] += int(sign)
	}
	r.left[id] += x.AmountMinor
	if x.ReversalOf != "" {
		r.reversals++
		r.left[x.ReversalOf] -= x.AmountMinor
		if (x.ReversalKind == pb.ReversalKind_FULL) != (r.left[x.ReversalOf] == 0) && r.seen[x.ReversalOf] != nil {
			t.Errorf("%s: %v reversal leaves %d of %s", id, x.ReversalKind, r.left[x.ReversalOf], x.ReversalOf)
		}
	}
}

func TestBooksBalance(t *testing.T) {
	p := small(600)
	p.LatePPM, p.DuplicatePPM, p.ReversalPPM = 40_000, 20_000, 30_000
	r := newReader()
	play(t, New(p), func(_ int32, it Item) {
		if it.Record != nil {
			r.read(t, it.Record)
		}
	})
	for leg, net := range r.internal {
		if net != 0 {
			t.Errorf("%s: %+d legs without the other", leg, net)
		}
	}
	for id, left := range r.left {
		if left < 0 {
			t.Errorf("%s is reversed by %d more than it was", id, -left)
		}
	}
	if share := r.checked * 100 / r.bookings; share < 70 {
		t.Errorf("only %d %% of the bookings tell their balance", share)
	}
	if r.reversals == 0 || r.dup == 0 {
		t.Errorf("%d reversals, %d repeats", r.reversals, r.dup)
	}
}

// at is the event time of a record and the day on which it is booked.
func at(r *pb.LogRecord) (second int64, day int32) {
	switch {
	case r.Transaction != nil:
		return r.Transaction.EventTime, r.Transaction.BusinessDay
	case r.Profile != nil:
		return r.Profile.EventTime, r.Profile.BusinessDay
	case r.Lifecycle != nil:
		return r.Lifecycle.EventTime, r.Lifecycle.BusinessDay
	case r.Rm != nil:
		return r.Rm.EventTime, r.Rm.BusinessDay
	case r.Credit != nil:
		return r.Credit.EventTime, r.Credit.BusinessDay
	case r.Complaint != nil:
		return r.Complaint.EventTime, r.Complaint.BusinessDay
	}
	return r.Balance.EventTime, r.Balance.BusinessDay
}

func TestOrderWithinADay(t *testing.T) {
	p := small(600)
	p.LatePPM = 50_000
	seen := map[string]bool{}
	var last int64
	var on int32
	late, valued := 0, 0
	play(t, New(p), func(day int32, it Item) {
		if day != on {
			on, last = day, 0
		}
		if it.Record == nil {
			return
		}
		when, booked := at(it.Record)
		if (when+zone)/86400 != int64(booked) {
			t.Fatalf("booked on %d, happened at %d", booked, when)
		}
		x := it.Record.Transaction
		if x != nil && x.ValueDay != x.BusinessDay {
			valued++
			if lag := x.BusinessDay - x.ValueDay; lag < 1 || lag > 40 {
				t.Errorf("%s has its value %d days before its booking", x.TxnId, lag)
			}
		}
		if booked == day {
			if x != nil && seen[x.TxnId] {
				return
			}
			if when < last {
				t.Fatalf("day %d: %d after %d", day, when, last)
			}
			last = when
			if x != nil {
				seen[x.TxnId] = true
			}
			return
		}
		if x == nil || seen[x.TxnId] {
			return // an opening balance, or yesterday's record again
		}
		seen[x.TxnId] = true
		late++
		if lag := day - booked; lag < 1 || lag > 21 || x.BalanceKnown {
			t.Errorf("late by %d days, tells a balance: %v", lag, x.BalanceKnown)
		}
	})
	if late < 100 || valued < 100 {
		t.Errorf("%d late, %d with an earlier value day", late, valued)
	}
}

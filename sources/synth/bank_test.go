package synth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// small is a bank for tests: a year of a few customers.
func small(customers int) Params {
	p := Defaults()
	p.Customers = customers
	return p
}

// play asks for all days of the history.
func play(tb testing.TB, b *Bank, visit func(day int32, it Item)) {
	tb.Helper()
	for day := b.params.Start; day <= b.last; day++ {
		err := b.Day(day, func(it Item) error { visit(day, it); return nil })
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// bytesOf is what a reader would get.
func bytesOf(tb testing.TB, it Item) []byte {
	tb.Helper()
	if it.Malformed != nil {
		return it.Malformed
	}
	out, err := it.Record.MarshalVT()
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func owner(r *pb.LogRecord) string {
	switch {
	case r.Transaction != nil:
		return r.Transaction.CustomerId
	case r.Profile != nil:
		return r.Profile.CustomerId
	case r.Lifecycle != nil:
		return r.Lifecycle.CustomerId
	case r.Rm != nil:
		return r.Rm.CustomerId
	case r.Credit != nil:
		return r.Credit.CustomerId
	case r.Complaint != nil:
		return r.Complaint.CustomerId
	case r.Balance != nil:
		return r.Balance.CustomerId
	}
	return ""
}

func digest(tb testing.TB, p Params) string {
	tb.Helper()
	sum := sha256.New()
	play(tb, New(p), func(_ int32, it Item) { sum.Write(bytesOf(tb, it)) })
	return hex.EncodeToString(sum.Sum(nil))
}

func TestSameSeedSameBytes(t *testing.T) {
	p := small(120)
	first := digest(t, p)
	if again := digest(t, p); again != first {
		t.Errorf("two runs of one seed: %s and %s", first, again)
	}
	p.Seed++
	if other := digest(t, p); other == first {
		t.Error("another seed gave the same bank")
	}
}

func TestLifeDoesNotDependOnTheOthers(t *testing.T) {
	lives := func(n int) map[string]string {
		sums := map[string]hash.Hash{}
		b := New(small(n))
		play(t, b, func(_ int32, it Item) {
			if it.Record == nil {
				return
			}
			id := owner(it.Record)
			if sums[id] == nil {
				sums[id] = sha256.New()
			}
			sums[id].Write(bytesOf(t, it))
		})
		out := map[string]string{}
		for id, s := range sums {
			out[id] = string(s.Sum(nil))
		}
		return out
	}
	few, many := lives(60), lives(240)
	if len(few) != 60 || len(many) != 240 {
		t.Fatalf("%d and %d customers spoke, want 60 and 240", len(few), len(many))
	}
	for id, life := range few {
		if many[id] != life {
			t.Errorf("%s lives otherwise among 240 customers than among 60", id)
		}
	}
}

func TestDaysAreConsecutive(t *testing.T) {
	b := New(small(5))
	nop := func(Item) error { return nil }
	for _, day := range []int32{b.params.Start - 1, b.params.Start + 1} {
		if b.Day(day, nop) == nil {
			t.Errorf("day %d was given, %d is next", day, b.params.Start)
		}
	}
	if err := b.Day(b.params.Start, nop); err != nil {
		t.Fatal(err)
	}
	if b.Day(b.params.Start, nop) == nil {
		t.Error("the same day was given twice")
	}
}

func TestEmitErrorEndsTheDay(t *testing.T) {
	b := New(small(50))
	full, calls := errors.New("full"), 0
	err := b.Day(b.params.Start, func(Item) error { calls++; return full })
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
	if b.Next() != b.params.Start+1 {
		t.Error("the bank did not go on")
	}
}

func TestLifeGoesOnAfterTheHistory(t *testing.T) {
	p := small(400)
	p.Months = 4
	b := New(p)
	play(t, b, func(int32, Item) {})
	stories, bookings := len(b.past), 0
	for day := b.last + 1; day <= b.last+2*b.epoch(); day++ {
		err := b.Day(day, func(it Item) error {
			if it.Record != nil && it.Record.Transaction != nil {
				bookings++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if perDay := bookings / int(2*b.epoch()); perDay < 100 {
		t.Errorf("%d bookings a day after the history", perDay)
	}
	if len(b.past) <= stories {
		t.Error("no story of the first epoch went to the record")
	}
}

func TestValidateNamesEveryField(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	bad := Params{Customers: 0, Start: 1, Months: 0, EventsPerMonth: 61, MalformedPPM: -1, LatePPM: 1e6, DuplicatePPM: 1e6, ReversalPPM: 1e6}
	err := bad.Validate()
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 8 {
		t.Errorf("want 8 problems, got %v", err)
	}
}

package ledger

import (
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// paper is an account as a clerk would keep it: one line a booking.
type paper struct {
	before int64
	lines  []line
	closed int32
	known  int32
}

type line struct {
	value, book int32
	delta       int64
	heal        bool
}

func (p *paper) valueAt(d int32) int64 {
	if p.closed != 0 && d >= p.closed || d < p.known {
		return 0
	}
	sum := p.before
	for _, l := range p.lines {
		if l.value <= d {
			sum += l.delta
		}
	}
	return sum
}

func (p *paper) bookAt(d int32) int64 {
	sum := p.before
	for _, l := range p.lines {
		if l.book <= d {
			sum += l.delta
		}
	}
	return sum
}

func (p *paper) counts(d int32, f Shape) int64 {
	if (p.closed != 0 && d >= p.closed) || d < p.known {
		return 0
	}
	bal := p.valueAt(d)
	if f.Book {
		bal = p.bookAt(d)
	}
	if f.Liability {
		bal = -bal
	}
	if bal < 0 && !f.NoFloor {
		return 0
	}
	return bal
}

func (p *paper) sum(r *Rates, u uint16, from, to int32, f Shape) wide.Int {
	var sum wide.Int
	for d := from; d <= to; d++ {
		sum = sum.Add(wide.Mul(p.counts(d, f), r.At(u, d)))
	}
	return sum
}

// shapes are all ways in which a balance counts.
func shapes() (list []Shape) {
	for i := range 8 {
		list = append(list, Shape{NoFloor: i&1 != 0, Liability: i&2 != 0, Book: i&4 != 0})
	}
	return list
}

// newAccount is a customer with one account.
func newAccount(t *testing.T, s *Store) *Account {
	t.Helper()
	slot, _ := s.Make("C1")
	c := s.At(slot)
	i := s.MakeAccount(c, "A1")
	return &s.Accounts(c)[i]
}

func TestAccountAgainstPaper(t *testing.T) {
	for seed := range uint64(80) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var s Store
		a := newAccount(t, &s)
		r := NewRates("CNY")
		if seed%2 == 1 {
			a.Unit, _ = r.Unit("USD")
			for range 6 {
				r.Set(a.Unit, int32(100+rng.IntN(50)), 1+rng.Int64N(9_000_000_000_000))
			}
		}
		var p paper
		if rng.IntN(2) == 0 {
			p.before = rng.Int64N(2000) - 1000
			a.Pin(p.before)
		}
		for range rng.IntN(60) {
			l := line{book: int32(100 + rng.IntN(40)), delta: rng.Int64N(400) - 200, heal: rng.IntN(6) == 0}
			l.value = l.book + int32(rng.IntN(9)-3)
			s.AddMove(a, l.value, l.book, l.delta, l.heal)
			p.lines = append(p.lines, l)
			if rng.IntN(8) == 0 { // and back: moves of the same days cancel
				s.AddMove(a, l.value, l.book, -l.delta, l.heal)
				l.delta = -l.delta
				p.lines = append(p.lines, l)
			}
		}
		if rng.IntN(3) == 0 {
			p.closed = int32(100 + rng.IntN(50))
			a.Closed = p.closed
		}
		if rng.IntN(3) == 0 {
			p.known = int32(95 + rng.IntN(30))
			a.Known = p.known
		}
		compareAccount(t, seed, &s, a, r, &p, rng, 90)
	}
}

// compareAccount holds balances, counted balances and sums from day first on
// against the paper.
func compareAccount(t *testing.T, seed uint64, s *Store, a *Account, r *Rates, p *paper, rng *rand.Rand, first int32) {
	t.Helper()
	for d := first; d < 160; d++ {
		if got, want := s.ValueAt(a, d), p.valueAt(d); got != want {
			t.Fatalf("seed %d: value balance of day %d is %d, want %d", seed, d, got, want)
		}
		if got, want := s.BookAt(a, d), p.bookAt(d); got != want {
			t.Fatalf("seed %d: book balance of day %d is %d, want %d", seed, d, got, want)
		}
		for _, f := range shapes() {
			if got, want := s.Counts(a, d, f), p.counts(d, f); got != want {
				t.Fatalf("seed %d: %+v counts %d on day %d, want %d", seed, f, got, d, want)
			}
		}
	}
	for range 40 {
		from := first + int32(rng.IntN(60))
		to := from + int32(rng.IntN(50)) - 2
		for _, f := range shapes() {
			if got, want := s.Sum(a, r, from, to, f), p.sum(r, a.Unit, from, to, f); got != want {
				t.Fatalf("seed %d: %+v sums to %v over %d…%d, want %v", seed, f, got, from, to, want)
			}
		}
	}
}

// TestTrimKeepsLaterDays: folding old movements into Before changes no balance and
// no sum of the days that are kept.
func TestTrimKeepsLaterDays(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var s Store
		a := newAccount(t, &s)
		var p paper
		for range 50 {
			l := line{book: int32(100 + rng.IntN(40)), delta: rng.Int64N(400) - 200}
			l.value = l.book + int32(rng.IntN(21)-10)
			s.AddMove(a, l.value, l.book, l.delta, false)
			p.lines = append(p.lines, l)
		}
		day := int32(100 + rng.IntN(50))
		before := len(s.Moves(a))
		s.Trim(a, day)
		for _, m := range s.Moves(a) {
			if int32(m.Value) < day && int32(m.Book) < day {
				t.Fatalf("seed %d: a movement of %d/%d is still kept", seed, m.Value, m.Book)
			}
		}
		if day > 145 && len(s.Moves(a)) >= before {
			t.Fatalf("seed %d: nothing was trimmed", seed)
		}
		compareAccount(t, seed, &s, a, NewRates("CNY"), &p, rng, day)
	}
}

func TestMovesMergeByDays(t *testing.T) {
	var s Store
	a := newAccount(t, &s)
	s.AddMove(a, 10, 10, 5, false)
	s.AddMove(a, 10, 10, 7, false)
	s.AddMove(a, 10, 9, 1, false)
	s.AddMove(a, 10, 10, 100, true)
	s.AddMove(a, 10, 10, 0, false)
	if n := len(s.Moves(a)); n != 3 {
		t.Fatalf("%d movements, want 3: same days merge, a heal stands apart, 0 moves nothing", n)
	}
	s.AddMove(a, 10, 10, -12, false)
	if n := len(s.Moves(a)); n != 2 || a.Total != 101 {
		t.Errorf("%d movements and %d in all, want 2 and 101: what cancels is gone", n, a.Total)
	}
}

// TestMovesAreSorted: by value day, then business day, a heal last.
func TestMovesAreSorted(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var s Store
	a := newAccount(t, &s)
	for range 500 {
		s.AddMove(a, int32(1+rng.IntN(30)), int32(1+rng.IntN(30)), 1+rng.Int64N(9), rng.IntN(4) == 0)
		mv := s.Moves(a)
		for i := 1; i < len(mv); i++ {
			x, y := &mv[i-1], &mv[i]
			if x.Value > y.Value || x.Value == y.Value && (x.Book > y.Book || x.Book == y.Book && x.Heal >= y.Heal) {
				t.Fatalf("movement %d (%d/%d/%d) stands behind %d/%d/%d", i, y.Value, y.Book, y.Heal, x.Value, x.Book, x.Heal)
			}
		}
	}
}

func TestConsumeHeal(t *testing.T) {
	tests := []struct {
		name        string
		heals       []line
		day         int32
		delta       int64
		took        int64
		left        int64
		movesOfHeal int
	}{
		{"part of it", []line{{book: 10, delta: 100}}, 9, 30, 30, 70, 1},
		{"all of it", []line{{book: 10, delta: 100}}, 10, 250, 100, 0, 0},
		{"of the same sign only", []line{{book: 10, delta: 100}}, 9, -30, 0, 100, 1},
		{"a debit", []line{{book: 10, delta: -100}}, 9, -30, -30, -70, 1},
		{"none on or after the day", []line{{book: 10, delta: 100}}, 11, 30, 0, 100, 1},
		{"the newest", []line{{book: 10, delta: 100}, {book: 20, delta: 40}}, 9, 50, 40, 100, 1},
		{"none at all", nil, 9, 50, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s Store
			a := newAccount(t, &s)
			s.AddMove(a, 10, 10, 1000, false)
			for _, h := range tt.heals {
				s.AddMove(a, h.book, h.book, h.delta, true)
			}
			if got, _ := s.ConsumeHeal(a, tt.day, tt.delta); got != tt.took {
				t.Errorf("took %d, want %d", got, tt.took)
			}
			var left int64
			n := 0
			for _, m := range s.Moves(a) {
				if m.Heal != 0 {
					left += m.Delta
					n++
				}
			}
			if left != tt.left || n != tt.movesOfHeal || a.Total != 1000+left {
				t.Errorf("%d healed in %d movements, %d in all, want %d in %d and %d", left, n, a.Total, tt.left, tt.movesOfHeal, 1000+tt.left)
			}
		})
	}
}

// TestOpeningMoves: what opened an account is taken out whole, wherever it stands, is no
// HEAL, and what was booked on its day stays.
func TestOpeningMoves(t *testing.T) {
	var s Store
	a := newAccount(t, &s)
	s.AddOpening(a, 10, 500)
	s.AddMove(a, 10, 10, 30, false)
	s.AddMove(a, 10, 10, 7, true)
	s.AddOpening(a, 10, -100)
	s.AddOpening(a, 11, 0)
	if got, _ := s.ConsumeHeal(a, 1, 250); got != 7 {
		t.Errorf("a late event took %d out of the HEAL of 7", got)
	}
	if a.Total != 430 || s.ValueAt(a, 9) != 0 || s.ValueAt(a, 10) != 430 || s.BookAt(a, 9) != 0 {
		t.Errorf("the balance is %d, %d on day 9 and %d on day 10", a.Total, s.ValueAt(a, 9), s.ValueAt(a, 10))
	}
	if got := s.TakeOpening(a); got != 400 || a.Total != 30 || len(s.Moves(a)) != 1 {
		t.Errorf("taken out %d, %d are left in %d movements", got, a.Total, len(s.Moves(a)))
	}
	s.TakeLow()
	s.AddOpening(a, 20, 400)
	if got := s.TakeOpening(a); got != 400 || s.TakeLow() != 20 || s.TakeOpening(a) != 0 {
		t.Errorf("taken out %d", got)
	}
	s.AddOpening(a, 20, 400)
	s.Trim(a, 21)
	if got := s.TakeOpening(a); got != 0 || a.Before != 430 || a.Total != 430 {
		t.Errorf("taken out %d of what is folded, %d before, %d in all", got, a.Before, a.Total)
	}
}

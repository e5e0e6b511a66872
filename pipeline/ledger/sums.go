package ledger

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// Shape says how an account's daily balance counts.
type Shape struct {
	// NoFloor: an overdraft counts as negative. Liability: what is owed counts.
	NoFloor, Liability bool
	// Book takes the series by business day instead of value day.
	Book bool
}

func (f Shape) of(bal int64) int64 {
	if f.Liability {
		bal = -bal
	}
	if bal < 0 && !f.NoFloor {
		return 0
	}
	return bal
}

// Sum is Σ over days from … to of shape(balance) · rate, i.e. base minor units x
// days x 10^12. Days after the last movement carry its balance, the present rate
// carries into the future, days before the first known one count 0.
func (s *Store) Sum(a *Account, r *Rates, from, to int32, f Shape) wide.Int {
	if a.Closed != 0 {
		to = min(to, a.Closed-1)
	}
	from = max(from, a.Known)
	var sum wide.Int
	if to < from {
		return sum
	}
	mv := s.Moves(a)
	if f.Book {
		mv = s.byBook(mv)
	}
	bal, end := a.Total, to
	for i := len(mv) - 1; i >= 0; i-- {
		d := int32(mv[i].Value)
		if d <= from {
			break
		}
		if d <= end {
			sum = sum.Add(wide.Mul(f.of(bal), r.Span(a.Unit, d, end)))
			end = d - 1
		}
		bal -= mv[i].Delta
	}
	return sum.Add(wide.Mul(f.of(bal), r.Span(a.Unit, from, end)))
}

// byBook is the movements in the order of their business days, which it puts
// into Value; valid until the next call.
func (s *Store) byBook(mv []Move) []Move {
	s.scratch = append(s.scratch[:0], mv...)
	for i := range s.scratch {
		s.scratch[i].Value = s.scratch[i].Book
	}
	slices.SortStableFunc(s.scratch, func(a, b Move) int { return int(a.Value) - int(b.Value) })
	return s.scratch
}

// Counts is shape(balance) at the end of day d, in the account's smallest unit; 0 on days
// that are not known (rule R67).
func (s *Store) Counts(a *Account, d int32, f Shape) int64 {
	if !a.Open(d) || d < a.Known {
		return 0
	}
	if f.Book {
		return f.of(s.BookAt(a, d))
	}
	return f.of(s.ValueAt(a, d))
}

package cases

import (
	"maps"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Case is a log with expectations.
type Case struct {
	Name string
	// Why says where the numbers come from.
	Why    string
	Log    *gen.Log
	Expect []Expect
	// HidesLift: state that does not tell lifts between periods does not show it either,
	// since an entry at once lies before it.
	HidesLift bool
	// Skips: a CLOSE skips the day before new rules, of which the conductor closes each
	// (R148): the oracle has other rows and another projection behind that CLOSE.
	Skips bool
}

// Expect is what must be seen right after a record.
type Expect struct {
	// After is the offset of the record.
	After            int
	Customer, Scheme string
	// Want maps a field of [View] to its text; see there for the fields.
	Want map[string]string
}

// View is an implementation under test. Look gives, for a customer and a scheme, these
// fields; of a customer it knows it may leave out sum, where no row of the day is written,
// which is not compared then:
//
//	standing      NEW, ACTIVE, LEFT
//	tier          name, "" without one
//	since         date of the tier
//	misses, watch 0 … 255, true or false
//	falls_on, lands_on, act_by   dates and a tier name, "" if no fall is coming
//	top_up, estimate, shortfall, daily_needed, hold_after, at_risk   minor units
//	wait          "2025-06-26:32000000 2025-06-30:160000000"
//	reachable     true or false
//	sum           sum of the open period through the last CLOSE, minor units x days
//	guarantee     last day of a guarantee or protection, in the row of the last CLOSE
//	holdings      what the scheme's metric counts in the row of the last CLOSE: "CNY 10000 at 5000, USD 1 at 10000",
//	              smallest units at basis points
//	provisional   true or false, of the row of the last CLOSE
//	changes       tier changes of the last record: "KIND from>to day", comma separated
//	basis         of these, ranks, value, threshold and period, comma separated:
//	              "0>1 by 5161290 of 5000000 from 2025-01-01 to 2025-01-31"
//	supersedes    of these, the effective days of what corrections replace, comma separated
//	alerts        revisions of the last record: "CODE STATE SEVERITY", comma separated
//	verdicts      of the last record, but for dead letters: "KIND event_id", "HEALED account day amount", comma separated
//	dead          causes of the last record's dead letters, comma separated
type View interface {
	Apply(offset int64, r *pb.LogRecord) error
	Look(customer, scheme string) map[string]string
}

// Difference is an expectation that was not met.
type Difference struct {
	After            int
	Customer, Scheme string
	Field            string
	Want, Got        string
}

// Run plays a case and gives the differences.
func Run(c *Case, v View) ([]Difference, error) {
	var out []Difference
	for i, r := range c.Log.Records {
		if err := v.Apply(int64(i), r); err != nil {
			return out, err
		}
		for _, e := range c.Expect {
			if e.After != i {
				continue
			}
			got := v.Look(e.Customer, e.Scheme)
			for _, field := range slices.Sorted(maps.Keys(e.Want)) {
				text, told := got[field]
				if _, known := got["standing"]; !told && known && field == "sum" {
					continue
				}
				if !told {
					text = "not told"
				}
				if text != e.Want[field] {
					out = append(out, Difference{i, e.Customer, e.Scheme, field, e.Want[field], text})
				}
			}
		}
	}
	return out, nil
}

// script builds a case for customer C.
type script struct {
	*gen.Log
	c *Case
}

func start(name, why, policy, first string) *script {
	l := &gen.Log{}
	l.Begin(policy, gen.Day(first))
	return &script{l, &Case{Name: name, Why: why, Log: l}}
}

// want expects fields of scheme card after the last record.
func (s *script) want(pairs ...string) *script {
	want := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		want[pairs[i]] = pairs[i+1]
	}
	s.c.Expect = append(s.c.Expect, Expect{len(s.Records) - 1, "C", "card", want})
	return s
}

// through closes every day up to a date.
func (s *script) through(from, to string) *script {
	s.CloseThrough(gen.Day(from), gen.Day(to))
	return s
}

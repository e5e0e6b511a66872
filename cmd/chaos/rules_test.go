package main

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func rateOf(term int64, day int32, unit string, n int64) *pb.LogRecord {
	r := new(gen.Log).Rate(day, unit, n).Records[0]
	r.Rates.Term = term
	return r
}

func policyOf(term int64, version uint32, day int32) *pb.LogRecord {
	return &pb.LogRecord{Policy: &pb.PolicyActivation{Term: term, Name: "p", Version: version, EffectiveDay: day, Yaml: []byte{byte(version)}}}
}

// Partitions may hear rates and policies of writers that are out of office, again, or too
// late; what counts must be the same in all.
func TestRules(t *testing.T) {
	engine := new(gen.Log).Engine(0, 1).Records[0]
	first := []*pb.LogRecord{engine, policyOf(1, 1, 0), rateOf(1, 10, "USD", 7), rateOf(1, 10, "FND1", 9), closeOf(1, 10)}
	and := func(more ...*pb.LogRecord) []*pb.LogRecord {
		return append(append([]*pb.LogRecord(nil), first...), more...)
	}
	for _, c := range []struct {
		name       string
		one, other []*pb.LogRecord
		want       int
	}{
		{"the same", first, first, 0},
		{"told again", first, and(rateOf(2, 10, "FND1", 9), policyOf(2, 1, 0)), 0},
		{"fixed", first, and(rateOf(1, 10, "USD", 8)), 0},
		{"not fixed yet", first, and(rateOf(1, 10, "FND1", 8)), 1},
		{"out of office", and(closeOf(2, 11)), and(closeOf(2, 11), rateOf(1, 12, "USD", 8), policyOf(1, 2, 13)), 0},
		{"a rate is missing", and(rateOf(1, 12, "USD", 8)), first, 1},
		{"another rate", and(rateOf(1, 12, "USD", 8)), and(rateOf(1, 12, "USD", 9)), 1},
		{"a policy is missing", and(policyOf(1, 2, 13)), first, 1},
		{"a policy on another day", and(policyOf(1, 2, 13)), and(policyOf(1, 2, 14)), 1},
		{"an older policy", and(policyOf(1, 2, 13)), and(policyOf(1, 2, 13), policyOf(1, 1, 13)), 0},
	} {
		for _, lists := range [][][]*pb.LogRecord{{c.one, c.other}, {c.other, c.one}} {
			all := []told{hearing(), hearing()}
			for p, list := range lists {
				for _, r := range list {
					all[p].hear(r)
				}
			}
			var found findings
			if sameRules(all, &found); found.n != c.want {
				t.Errorf("%s: %d differences, want %d: %q", c.name, found.n, c.want, found.first)
			}
		}
	}
}

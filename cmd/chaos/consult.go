package main

import (
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// consulted is how many customers of each partition the oracle judges: it is slow.
const consulted = 12

// consult plays the log of some customers to the oracle, which shares no code with the
// fold, and compares every tier move with the topic. It gives how many customers and
// moves it compared.
func consult(book *logbook, currency string, found *findings) (customers, moves int, err error) {
	for p, part := range book.partitions {
		chosen := map[string]bool{}
		for i := range part {
			if c := part[i].customer; c != "" && len(chosen) < consulted {
				chosen[c] = true
			}
		}
		want, err := judge(part, chosen, currency)
		if err != nil {
			return 0, 0, fmt.Errorf("consult the oracle on partition %d: %w", p, err)
		}
		for id := range chosen {
			var got []string
			for _, c := range book.changes[id] {
				got = append(got, moveLine(c.Scheme, c.Kind, c.From, c.To, c.DecidedDay, c.EffectiveDay, int(c.Misses), c.Watch))
			}
			customers++
			moves += len(got)
			if !slices.Equal(got, want[id]) {
				found.add("oracle: customer %s of partition %d moves %q, want %q", id, p, got, want[id])
			}
		}
	}
	return customers, moves, nil
}

func judge(part []entry, chosen map[string]bool, currency string) (map[string][]string, error) {
	o := oracle.New(func(a *pb.PolicyActivation) (*policy.Plan, error) {
		return policy.Compile("", a.Yaml, policy.Options{BaseCurrency: currency})
	})
	o.Sparse = true
	for i := range part {
		e := &part[i]
		if e.customer != "" && !chosen[e.customer] {
			continue
		}
		r, err := e.record()
		if err == nil {
			err = o.Apply(e.offset, r)
		}
		if err != nil {
			return nil, err
		}
	}
	want := map[string][]string{}
	for _, c := range o.Outcome().Changes {
		if c.Untold {
			continue
		}
		want[c.Customer] = append(want[c.Customer], moveLine(c.Scheme, c.Kind, c.From, c.To, c.Decided, c.Effective, c.Misses, c.Watch))
	}
	return want, nil
}

// moveLine is a tier move as a line to compare.
func moveLine(scheme string, kind pb.ChangeKind, from, to string, decided, effective int32, misses int, watch bool) string {
	return fmt.Sprintf("%s %s %s>%s decided %d effective %d misses %d watch %t", scheme, kind, from, to, decided, effective, misses, watch)
}

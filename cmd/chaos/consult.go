package main

import (
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Customers of each partition that the oracle judges: it is slow. Of most of them nothing
// need have been said.
const (
	consulted = 16
	alerted   = 8 // at most, that are taken for their alerts
	refusals  = 3 // at most, that are taken for their dead letters
)

// consultation counts what was compared with the oracle.
type consultation struct {
	Consulted int `json:"customers_of_the_oracle"`
	Moves     int `json:"moves_of_the_oracle"`
	Verdicts  int `json:"verdicts_of_the_oracle"`
	Letters   int `json:"dead_letters_of_the_oracle"`
	Alerts    int `json:"alerts_of_the_oracle"`
}

// consult plays the log of some customers to the oracle, which shares no code with the
// fold, and compares every tier move, verdict, dead letter and alert with the topics.
func consult(book *logbook, currency string, found *findings) (c consultation, err error) {
	for p, part := range book.partitions {
		customers := book.choose(part)
		said, err := judge(part, customers, currency)
		if err != nil {
			return c, fmt.Errorf("consult the oracle on partition %d: %w", p, err)
		}
		for _, id := range customers {
			got, want := book.words(id), said.words(id)
			c.count(&got)
			compare(fmt.Sprintf("customer %s of partition %d", id, p), &got, &want, found)
			for _, wrong := range misnamed(book.alerts[id], said.alerts[id]) {
				found.add("oracle: customer %s of partition %d: %s", id, p, wrong)
			}
		}
	}
	return c, nil
}

// text is for the summary of a run, and of many.
func (c *consultation) text() string {
	return fmt.Sprintf("with the oracle %d moves, %d verdicts, %d dead letters, %d alerts of %d customers",
		c.Moves, c.Verdicts, c.Letters, c.Alerts, c.Consulted)
}

func (c *consultation) count(w *words) {
	c.Consulted++
	c.Moves += len(w.moves)
	c.Verdicts += len(w.verdicts)
	c.Letters += len(w.letters)
	c.Alerts += len(w.alerts)
}

// compare tells each kind of words in which a customer's differ. Moves have an order;
// what else one record causes is alike in any.
func compare(who string, got, want *words, found *findings) {
	for _, kind := range []struct {
		name      string
		got, want []string
		ordered   bool
	}{
		{"tier moves", got.moves, want.moves, true},
		{"verdicts", got.verdicts, want.verdicts, false},
		{"dead letters", got.letters, want.letters, false},
		{"alerts", got.alerts, want.alerts, false},
	} {
		if more, missing := only(kind.got, kind.want), only(kind.want, kind.got); len(more)+len(missing) > 0 {
			found.add("oracle: %s: of the %s %q are the fold's alone, %q the oracle's", who, kind.name, more, missing)
		} else if kind.ordered && !slices.Equal(kind.got, kind.want) {
			found.add("oracle: %s: the %s are in another order: %q, want %q", who, kind.name, kind.got, kind.want)
		}
	}
}

// only gives what a has and b has not, or not as often.
func only[T comparable](a, b []T) (list []T) {
	left := map[T]int{}
	for _, x := range b {
		left[x]++
	}
	for _, x := range a {
		if left[x]--; left[x] < 0 {
			list = append(list, x)
		}
	}
	return list
}

// choose names customers of a partition: some of whom an alert was said, each time who
// adds most codes to those of the ones before; some with a dead letter of the fold; and
// the first in the log, for what is missing is a difference too.
func (b *logbook) choose(part []entry) (chosen []string) {
	var all []string
	known, codes := map[string]bool{}, map[string]bool{}
	for i := range part {
		if id := part[i].customer; id != "" && !known[id] {
			known[id] = true
			all = append(all, id)
		}
	}
	take := func(i int) {
		chosen = append(chosen, all[i])
		all = slices.Delete(all, i, i+1)
	}
	for range alerted {
		best, most := -1, 0
		for i, id := range all {
			if n := worth(b.alerts[id], codes); n > most {
				best, most = i, n
			}
		}
		if best < 0 {
			break
		}
		for _, a := range b.alerts[all[best]] {
			codes[a.Code] = true
		}
		take(best)
	}
	for range refusals {
		if i := slices.IndexFunc(all, func(id string) bool { return len(b.refused[id]) > 0 }); i >= 0 {
			take(i)
		}
	}
	return append(chosen, all[:min(len(all), consulted-len(chosen))]...)
}

// worth is higher the more codes of alerts are new, and of equal ones the more alerts
// there are.
func worth(list []*pb.Alert, codes map[string]bool) int {
	fresh := map[string]bool{}
	for _, a := range list {
		if !codes[a.Code] {
			fresh[a.Code] = true
		}
	}
	return len(fresh)<<32 + len(list)
}

// opinion is what the oracle says of customers.
type opinion struct {
	changes  map[string][]*oracle.Change
	verdicts map[string][]*oracle.Verdict
	letters  map[string][]*oracle.DeadLetter
	alerts   map[string][]*oracle.Alert
}

// judge plays the records of some customers to the oracle.
func judge(part []entry, customers []string, currency string) (*opinion, error) {
	o := oracle.New(func(a *pb.PolicyActivation) (*policy.Plan, error) {
		return policy.Compile("", a.Yaml, policy.Options{BaseCurrency: currency})
	})
	for i := range part {
		e := &part[i]
		if e.customer != "" && !slices.Contains(customers, e.customer) {
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
	out := o.Outcome()
	return &opinion{
		changes:  by(out.Changes, func(c *oracle.Change) string { return c.Customer }),
		verdicts: by(out.Verdicts, func(v *oracle.Verdict) string { return v.Customer }),
		letters:  by(out.DeadLetters, func(d *oracle.DeadLetter) string { return d.Customer }),
		alerts:   by(out.Alerts, func(a *oracle.Alert) string { return a.Customer }),
	}, nil
}

// by sorts a list by customer, each in its order.
func by[T any](list []T, customer func(*T) string) map[string][]*T {
	of := map[string][]*T{}
	for i := range list {
		id := customer(&list[i])
		of[id] = append(of[id], &list[i])
	}
	return of
}

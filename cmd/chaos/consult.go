package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/match"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// consultation counts what was compared with the oracle.
type consultation struct {
	Consulted int `json:"customers_of_the_oracle"`
	Moves     int `json:"moves_of_the_oracle"`
	Verdicts  int `json:"verdicts_of_the_oracle"`
	Letters   int `json:"dead_letters_of_the_oracle"`
	Alerts    int `json:"alerts_of_the_oracle"`
	// Snapshots are days of customers, Standings rows that a dashboard shows.
	Snapshots int `json:"snapshots_of_the_oracle"`
	Standings int `json:"standings_of_the_oracle"`
	// Consulting is how many seconds it took.
	Consulting float64 `json:"oracle_seconds"`
}

// question is a customer whom the oracle judges.
type question struct {
	customer string
	part     []entry
	records  []*pb.LogRecord // of part
	answer   *opinion
}

// consult plays the log of some customers, so many of each partition, to the oracle,
// which shares no code with the fold, and compares every tier move, verdict, dead letter,
// alert and snapshot with the topics. It gives how they stand in the end.
func consult(ctx context.Context, book *logbook, currency string, each int, found *findings) (c consultation, stands standings, err error) {
	var asked []*question
	for _, part := range book.partitions {
		records, err := decode(part)
		if err != nil {
			return c, stands, err
		}
		for _, id := range book.choose(part, each) {
			asked = append(asked, &question{customer: id, part: part, records: records})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, q := range asked {
		group.Go(func() (err error) {
			q.answer, err = q.judge(ctx, currency, book.snapshots[q.customer])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return c, stands, fmt.Errorf("consult the oracle: %w", err)
	}
	for _, q := range asked {
		got, want := book.words(q.customer), q.answer.words()
		c.count(&got)
		c.Snapshots += q.answer.days
		who := fmt.Sprintf("customer %s of partition %d", q.customer, q.part[0].partition)
		compare(who, &got, &want, found)
		for _, wrong := range match.Misnamed(book.alerts[q.customer], q.answer.Alerts) {
			found.add("oracle: %s: %s", who, wrong)
		}
		if n := len(q.answer.unlike); n > 0 {
			found.add("oracle: %s: %d differences of snapshots, the first: %s", who, n, q.answer.unlike[0])
		}
		stands.add(q.answer)
	}
	return c, stands, nil
}

func decode(part []entry) (records []*pb.LogRecord, err error) {
	for i := range part {
		r, err := part[i].record()
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// text is for the summary of a run, and of many.
func (c *consultation) text() string {
	return fmt.Sprintf("with the oracle %d moves, %d verdicts, %d dead letters, %d alerts, %d snapshots, %d standings of %d customers",
		c.Moves, c.Verdicts, c.Letters, c.Alerts, c.Snapshots, c.Standings, c.Consulted)
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

// choose names so many customers of a partition, all for 0: up to half of them because
// an alert was said of them, each time who adds most codes to those of the ones before;
// up to an eighth because a policy has no tier any more that they had; up to a fifth for a
// dead letter of the fold; and the first in the log, for of most of them nothing need have
// been said, and what is missing is a difference too.
func (b *logbook) choose(part []entry, n int) (chosen []string) {
	var all []string
	known, codes := map[string]bool{}, map[string]bool{}
	for i := range part {
		if id := part[i].customer; id != "" && !known[id] {
			known[id] = true
			all = append(all, id)
		}
	}
	if n == 0 {
		return all
	}
	take := func(i int) {
		chosen = append(chosen, all[i])
		all = slices.Delete(all, i, i+1)
	}
	for range (n + 1) / 2 {
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
	for range n / 8 {
		if i := slices.IndexFunc(all, func(id string) bool { return slices.ContainsFunc(b.changes[id], mapped) }); i >= 0 {
			take(i)
		}
	}
	for range n / 5 {
		if i := slices.IndexFunc(all, func(id string) bool { return len(b.refused[id]) > 0 }); i >= 0 {
			take(i)
		}
	}
	return append(chosen, all[:min(len(all), n-len(chosen))]...)
}

// mapped tells of a change that a policy has made of a tier which it has not.
func mapped(c *pb.TierChange) bool { return c.Kind == pb.ChangeKind_REMAPPED }

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

// opinion is what the oracle says of a customer.
type opinion struct {
	*oracle.Outcome

	// days are the snapshots that were compared, each day one; unlike what differs.
	days   int
	unlike []match.Difference
	// closed is the last day closed, stands how he stands then.
	closed int32
	stands []standing
}

// judge plays the records of the customer to the oracle, and compares at each of them
// what the fold said: a late one writes days again as they are known then.
func (q *question) judge(ctx context.Context, currency string, said []*pb.Snapshot) (*opinion, error) {
	o := oracle.New(func(a *pb.PolicyActivation) (*policy.Plan, error) {
		return policy.Compile("", a.Yaml, policy.Options{BaseCurrency: currency})
	})
	op, snapshots := &opinion{Outcome: o.Outcome()}, match.New(o)
	rows, err := op.rows(said)
	for i := range q.part {
		if e := &q.part[i]; err == nil && (e.customer == "" || e.customer == q.customer) {
			if err = o.Apply(e.offset, q.records[i]); err == nil {
				op.unlike = append(op.unlike, snapshots.Record(rows[e.offset])...)
			}
			delete(rows, e.offset)
		}
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("customer %s: %w", q.customer, err)
	}
	for _, at := range slices.Sorted(maps.Keys(rows)) {
		op.unlike = append(op.unlike, match.Difference{
			Customer: q.customer, Day: rows[at][0].Day, Words: fmt.Sprintf("said of offset %d, where nothing of his is", at),
		})
	}
	op.closed, op.stands = standingsOf(o, q.customer, currency)
	return op, nil
}

// rows are the days of snapshots by the offset of the record that caused them.
func (op *opinion) rows(said []*pb.Snapshot) (map[int64][]*pb.Snapshot, error) {
	rows := map[int64][]*pb.Snapshot{}
	for _, snap := range said {
		err := snap.CloneVT().EachDay(func(day *pb.Snapshot) error {
			op.days++
			rows[day.Log.Offset] = append(rows[day.Log.Offset], day.CloneVT())
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read snapshot: %w", err)
		}
	}
	return rows, nil
}

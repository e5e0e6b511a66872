package examples_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// said is what the fold said about a history.
type said struct {
	changes   map[string][]*pb.TierChange
	snapshots map[string][]*pb.Snapshot
	verdicts  []*pb.Verdict
	dead      []*pb.DeadLetter
	opened    map[string]int
	// outputs are the verdicts and dead letters of each partition, as bytes.
	outputs [partitions]map[fold.Kind][][]byte
	folds   [partitions]*fold.Partition
}

// folding plays a history to the fold, each partition in a goroutine of its own.
// closed is called after each CLOSE, by one goroutine at a time; it may be nil.
func folding(t *testing.T, h *history, closed func(p *fold.Partition)) *said {
	t.Helper()
	var one sync.Mutex
	var parts [partitions]*said
	var group errgroup.Group
	for part := range partitions {
		group.Go(func() error {
			s, err := foldPart(h, part, func(p *fold.Partition) {
				if closed != nil {
					one.Lock()
					defer one.Unlock()
					closed(p)
				}
			})
			parts[part] = s
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	all := newSaid()
	for part, s := range parts {
		maps.Copy(all.changes, s.changes)
		maps.Copy(all.snapshots, s.snapshots)
		for code, n := range s.opened {
			all.opened[code] += n
		}
		all.verdicts, all.dead = append(all.verdicts, s.verdicts...), append(all.dead, s.dead...)
		all.outputs[part], all.folds[part] = s.outputs[part], s.folds[part]
	}
	return all
}

func newSaid() *said {
	return &said{changes: map[string][]*pb.TierChange{}, snapshots: map[string][]*pb.Snapshot{}, opened: map[string]int{}}
}

func foldPart(h *history, part int, closed func(p *fold.Partition)) (*said, error) {
	s := newSaid()
	p := fold.New(fold.Options{Partition: int32(part)})
	s.folds[part], s.outputs[part] = p, map[fold.Kind][][]byte{}
	var out fold.Outputs
	offset := int64(0)
	for i := range h.records {
		r := &h.records[i]
		if r.partition != control && r.partition != part {
			continue
		}
		was := p.Clock().LastClose
		if err := p.Apply(offset, r.value, &out); err != nil {
			return nil, fmt.Errorf("fold record %d of partition %d: %w", offset, part, err)
		}
		offset++
		for p.Draining() {
			p.Drain(1_000, &out)
		}
		for _, o := range out.List {
			if err := s.hear(part, &o); err != nil {
				return nil, fmt.Errorf("read output: %w", err)
			}
		}
		out.Reset()
		if p.Clock().LastClose != was {
			closed(p)
		}
	}
	return s, nil
}

func (s *said) hear(part int, o *fold.Output) (err error) {
	value := o.Value
	if o.Kind == fold.KindVerdict || o.Kind == fold.KindDeadLetter {
		s.outputs[part][o.Kind] = append(s.outputs[part][o.Kind], slices.Clone(value))
	}
	switch o.Kind {
	case fold.KindTierChange:
		m := &pb.TierChange{}
		err = m.UnmarshalVT(value)
		s.changes[o.Customer] = append(s.changes[o.Customer], m)
	case fold.KindSnapshot:
		m := &pb.Snapshot{}
		if err = m.UnmarshalVT(value); err == nil {
			err = m.EachDay(func(day *pb.Snapshot) error {
				s.snapshots[o.Customer] = append(s.snapshots[o.Customer], day.CloneVT())
				return nil
			})
		}
	case fold.KindVerdict:
		m := &pb.Verdict{}
		err = m.UnmarshalVT(value)
		s.verdicts = append(s.verdicts, m)
	case fold.KindDeadLetter:
		m := &pb.DeadLetter{}
		err = m.UnmarshalVT(value)
		s.dead = append(s.dead, m)
	case fold.KindAlert:
		m := &pb.Alert{}
		err = m.UnmarshalVT(value)
		if m.Revision == 1 {
			s.opened[m.Scheme+" "+m.Code]++
		}
	}
	return err
}

// explain asks the partition that knows the customer.
func (s *said) explain(customer string) *fold.Explanation {
	for _, p := range s.folds {
		if x, ok := p.Explain(customer); ok {
			return x
		}
	}
	return nil
}

// kinds counts verdicts.
func (s *said) kinds() map[pb.VerdictKind]int {
	n := map[pb.VerdictKind]int{}
	for _, v := range s.verdicts {
		n[v.Kind]++
	}
	return n
}

// moves counts tier changes by scheme and kind.
func (s *said) moves() map[string]int {
	n := map[string]int{}
	for _, list := range s.changes {
		for _, c := range list {
			n[c.Scheme+" "+c.Kind.String()]++
		}
	}
	return n
}

// tiers counts customers by scheme and tier, as of the last CLOSE.
func (s *said) tiers(customers []string) map[string]int {
	n := map[string]int{}
	for _, id := range customers {
		x := s.explain(id)
		for i := range x.Schemes {
			v := &x.Schemes[i]
			name := "new"
			if v.State.Standing == 1 {
				name = x.Plan.Schemes[i].Tiers[v.State.Tier].Name
			}
			n[v.Name+" "+name]++
		}
	}
	return n
}

// everyone lists the customers of a history, in order of appearance.
func (h *history) everyone() []string {
	seen := map[string]bool{}
	var list []string
	for i := range h.records {
		if id := h.records[i].customer; id != "" && !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}

// sample takes n of the customers, evenly.
func sample(list []string, n int) map[string]bool {
	chosen := map[string]bool{}
	for i := range n {
		chosen[list[i*len(list)/n]] = true
	}
	return chosen
}

// moveLine is a tier change as a line to compare.
func moveLine(scheme string, kind pb.ChangeKind, from, to string, decided, effective, misses int32, watch bool) string {
	return fmt.Sprintf("%s %s %s>%s decided %d effective %d misses %d watch %v", scheme, kind, from, to, decided, effective, misses, watch)
}

// consult plays the records of the chosen customers to the oracle and compares
// every tier move. It gives the number of moves compared.
func consult(t *testing.T, h *history, s *said, base string, chosen map[string]bool) int {
	t.Helper()
	o := oracle.New(func(a *pb.PolicyActivation) (*policy.Plan, error) {
		return policy.Compile("", a.Yaml, policy.Options{BaseCurrency: base})
	})
	o.Sparse = true
	for i := range h.records {
		r := &h.records[i]
		if r.partition != control && !chosen[r.customer] {
			continue
		}
		rec := &pb.LogRecord{}
		if err := rec.UnmarshalVT(r.value); err != nil {
			t.Fatal(err)
		}
		if err := o.Apply(int64(i), rec); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string][]string{}
	for _, c := range o.Outcome().Changes {
		want[c.Customer] = append(want[c.Customer], moveLine(c.Scheme, c.Kind, c.From, c.To, c.Decided, c.Effective, int32(c.Misses), c.Watch))
	}
	moves, wrong := 0, 0
	for id := range chosen {
		var got []string
		for _, c := range s.changes[id] {
			got = append(got, moveLine(c.Scheme, c.Kind, c.From, c.To, c.DecidedDay, c.EffectiveDay, int32(c.Misses), c.Watch))
		}
		moves += len(got)
		if slices.Equal(got, want[id]) {
			continue
		}
		if wrong++; wrong <= 3 {
			t.Errorf("customer %s\nfold   %q\noracle %q", id, got, want[id])
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d customers move otherwise than the oracle says", wrong, len(chosen))
	}
	return moves
}

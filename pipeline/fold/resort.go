package fold

import (
	"cmp"
	"container/heap"
	"fmt"
	"iter"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// ResortOptions say what the partitions are that a Resort makes.
type ResortOptions struct {
	Partitions int32
	// To is the partition of a customer.
	To func(customer string) int32
	// Epoch of their log.
	Epoch uint32
	// Next is the offset from which each of them goes on in its log, 1 or more. All that
	// their customers know came before: their `applied` is the offset before it.
	Next int64
}

// Resort makes of the copies of all partitions of a log, taken behind one and the same
// CLOSE, those of another number of partitions: each customer as he was, under the
// numbers that kinds and units have there. Every new partition has all kinds and units
// of the old ones. What it makes is a function of the copies, byte for byte.
type Resort struct {
	o ResortOptions
	// known is what every new partition knows, old what the old ones do.
	known *Partition
	old   []renumbering
}

// renumbering leads from a partition's tables to those of the new ones.
type renumbering struct {
	*Partition
	kinds, units []uint16
}

// NewResort begins with what the partitions know beside their customers (DoneKnown), in
// their order. Partitions that do not know the same are ErrParted.
func NewResort(known []*Partition, o ResortOptions) (*Resort, error) {
	r := &Resort{o: o}
	if err := agree(known); err != nil {
		return nil, err
	}
	if err := r.merge(known); err != nil {
		return nil, err
	}
	return r, nil
}

// resortStep is how many customers of each old partition are in memory at a time.
const resortStep = 256

// Run reads the copies, in the order of the partitions and each as Copy gave it, and
// gives put what belongs into each new partition, in the order of Copy. It tells how
// many customers each has. In memory are tables, and some customers of each copy. What
// put is given is valid until it returns; an error of it, or of a copy, ends all.
func (r *Resort) Run(copies []iter.Seq2[Saved, error], put func(partition int32, s *Saves) error) (customers []int64, err error) {
	saves := make([]Saves, r.o.Partitions)
	customers = make([]int64, r.o.Partitions)
	give := func(n int32) error {
		defer saves[n].Reset()
		return put(n, &saves[n])
	}
	for n := range r.o.Partitions {
		r.known.copyKnown(&saves[n])
	}
	var q cursors
	for i, c := range copies {
		next, stop := iter.Pull2(c)
		defer stop()
		k := &cursor{renumbering: r.old[i], id: i, next: next}
		if more, err := k.advance(); err != nil {
			return nil, err
		} else if more {
			q = append(q, k)
		}
	}
	heap.Init(&q)
	for len(q) > 0 {
		k := q[0]
		n := r.o.To(k.who)
		if n < 0 || n >= r.o.Partitions {
			return nil, fmt.Errorf("customer %q: partition %d of %d", k.who, n, r.o.Partitions)
		}
		r.move(k, &saves[n])
		customers[n]++
		if len(saves[n].List) >= copyStep {
			if err := give(n); err != nil {
				return nil, err
			}
		}
		hash, who := k.hash, k.who
		if more, err := k.advance(); err != nil {
			return nil, err
		} else if more {
			heap.Fix(&q, 0)
		} else {
			heap.Pop(&q)
		}
		if len(q) > 0 && q[0].hash == hash && q[0].who == who {
			return nil, fmt.Errorf("customer %q is in partition %d too: %w", who, q[0].id, codec.ErrDamaged)
		}
	}
	for n := range r.o.Partitions {
		r.known.copyProgress(r.o.Next, customers[n], &saves[n])
		if err := give(n); err != nil {
			return nil, err
		}
	}
	return customers, nil
}

// move adds the customer before whom a cursor stands.
func (r *Resort) move(k *cursor, s *Saves) {
	p, slot := k.some, k.slot
	c := p.store.At(slot)
	p.store.Renumber(c, k.kinds, k.units)
	p.store.Displace(c, elsewhere)
	p.extra.At(slot).applied = r.o.Next - 1
	p.copyCustomer(slot, s)
}

// cursor goes through the customers of a copy.
type cursor struct {
	renumbering
	id   int
	next func() (Saved, error, bool)
	// some are the customers in memory; slot is the one before whom it stands.
	some *Partition
	slot ledger.Slot
	hash uint64
	who  string
	// behind is how many customers have been read.
	behind int64
}

// advance goes to the next customer; false: there is none.
func (k *cursor) advance() (more bool, err error) {
	if k.some == nil || int(k.slot)+1 == k.some.store.Len() {
		if err := k.load(); err != nil {
			return false, fmt.Errorf("partition %d: %w", k.id, err)
		}
		if k.some.store.Len() == 0 {
			if k.behind != k.saved {
				return false, fmt.Errorf("partition %d: %d customers were saved, %d are found: %w", k.id, k.saved, k.behind, codec.ErrDamaged)
			}
			return false, nil
		}
		k.slot = 0
	} else {
		k.slot++
	}
	c := k.some.store.At(k.slot)
	hash, who := c.Hash, k.some.id(c)
	if k.who != "" && cmp.Or(cmp.Compare(k.hash, hash), cmp.Compare(k.who, who)) >= 0 {
		return false, fmt.Errorf("partition %d: customer %q comes behind %q: %w", k.id, who, k.who, codec.ErrDamaged)
	}
	k.hash, k.who = hash, who
	k.behind++
	return true, nil
}

// load reads some customers. The head of each is the last of his records.
func (k *cursor) load() error {
	l := NewLoading(Options{Partition: k.opt.Partition})
	for l.p.store.Len() < resortStep {
		for headed := false; !headed; {
			rec, err, more := k.next()
			if err != nil {
				return err
			}
			if !more {
				return k.take(l)
			}
			kind, whole, err := kindOf(rec.Value)
			if err != nil || ofCustomer(kind) {
				l.Take(rec.Key, rec.Value)
			}
			if l.err != nil {
				return l.err
			}
			headed = whole && kind == stateHead
		}
	}
	return k.take(l)
}

// take makes the customers that were read whole.
func (k *cursor) take(l *Loading) error {
	p := l.p
	if err := l.joined(); err != nil {
		return err
	}
	if n := p.store.Named(); n.Kinds > len(k.kinds) || n.Units > len(k.units) {
		return fmt.Errorf("customers have %+v, known are %d kinds and %d units: %w", n, len(k.kinds), len(k.units), codec.ErrDamaged)
	}
	p.plans = k.plans // of which places tell by number
	if err := l.finishAll(); err != nil {
		return err
	}
	k.some = p
	return nil
}

// cursors is a heap of them in the order of a drain.
type cursors []*cursor

// Len, Less, Swap, Push and Pop are those of a heap.
func (q cursors) Len() int { return len(q) }

// Less orders by (hash, id).
func (q cursors) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].hash, q[j].hash), cmp.Compare(q[i].who, q[j].who)) < 0
}

// Swap swaps two.
func (q cursors) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is never called.
func (q *cursors) Push(x any) { *q = append(*q, x.(*cursor)) }

// Pop takes out the last one.
func (q *cursors) Pop() any {
	last := len(*q) - 1
	k := (*q)[last]
	*q = (*q)[:last]
	return k
}

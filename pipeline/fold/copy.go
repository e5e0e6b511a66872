package fold

import (
	"errors"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// ErrDraining is what Copy returns while customers are still to be visited: what
// some know and others do not is the state of no moment.
var ErrDraining = errors.New("a control record is still being drained")

// copyStep is how many customers Copy gives at a time.
const copyStep = 256

// Copy gives put all that the partition knows as state records, whatever has been
// saved before: tables, control records, the customers in the order of a drain, and
// the progress record last, with next as the offset to be folded next. What two
// partitions give that know the same is the same, byte for byte; a Loading makes of
// it a partition that goes on alike. The partition stays as it is. It must have been
// made with Options.Saves, or by DoneToCopy, and nothing of it may have been saved.
// What put is given is valid until it returns; its error ends the copy.
func (p *Partition) Copy(next int64, put func(*Saves) error) error {
	if p.Draining() {
		return ErrDraining
	}
	p.settleLow()
	p.unsaved.current = 0
	wasSaved := p.saved
	defer func() { p.saved = wasSaved }()
	s := new(Saves)
	give := func() error {
		defer s.Reset()
		return put(s)
	}
	p.copyKnown(s)
	slots := make([]ledger.Slot, p.store.Len())
	for i := range slots {
		slots[i] = ledger.Slot(i)
	}
	slices.SortFunc(slots, func(a, b ledger.Slot) int {
		if p.store.Less(a, b) {
			return -1
		}
		return 1
	})
	for i, slot := range slots {
		p.copyCustomer(slot, s)
		if i%copyStep == copyStep-1 {
			if err := give(); err != nil {
				return err
			}
		}
	}
	p.copyProgress(next, int64(len(slots)), s)
	return give()
}

// copyKnown adds tables and control records as if none had been saved.
func (p *Partition) copyKnown(s *Saves) {
	wasTaken, wasTables := p.taken, p.savedTables
	p.taken, p.savedTables = slices.Concat(p.given, p.taken), [2]int{}
	p.saveTables(s)
	p.taken, p.savedTables = wasTaken, wasTables
}

// copyProgress adds the progress record, as of now.
func (p *Partition) copyProgress(next, customers int64, s *Saves) {
	now := past{clock: p.clock, term: p.term, utc: p.offsetUTC, firstClose: p.firstClose, policies: p.policies()}
	codeProgress(&next, &customers, &now, s.begin(stateProgress, append(s.room(), "/progress"...)))
	s.end()
}

// copyCustomer adds a customer's records as if he had never been saved.
func (p *Partition) copyCustomer(slot ledger.Slot, s *Saves) {
	a := p.extra.At(slot)
	was := *a
	a.base, a.start, a.chunks, a.parts, a.flags = 0, 0, 0, 0, a.flags&^onceSaved
	p.saveCustomer(slot, s)
	*p.extra.At(slot) = was
}

// Lighten lets go of what only SaveProgress would ask for. Who folds to Copy calls it
// now and then.
func (p *Partition) Lighten() { p.moments = p.moments[:0] }

// Epoch is that of the log's newest ENGINE.
func (p *Partition) Epoch() uint32 { return p.engine.Epoch }

// Customers is how many customers there are.
func (p *Partition) Customers() int { return p.store.Len() }

// DoneToCopy is Done for one who will Copy. newest is the offset of the newest record
// that what was taken knows of, -1: none.
func (l *Loading) DoneToCopy() (p *Partition, from, newest int64, err error) {
	if p, from, err = l.Done(); err != nil {
		return nil, 0, 0, err
	}
	newest = p.restored
	for _, t := range l.control {
		newest = max(newest, t.offset)
		if t.offset < from {
			p.given = append(p.given, t)
		}
	}
	return p, from, newest, nil
}

// DonePart is Done when only the records of some customers were taken, each whole.
func (l *Loading) DonePart() (p *Partition, from int64, err error) {
	l.customers = int64(l.p.store.Len())
	return l.Done()
}

// TakeKnown is Take of what a partition knows beside its customers: their records are
// passed over. DonePart or DoneKnown follow.
func (l *Loading) TakeKnown(key, value []byte) {
	if kind, _, err := kindOf(value); err == nil && ofCustomer(kind) {
		return
	}
	l.Take(key, value)
}

// DoneKnown is DoneToCopy when TakeKnown took the records.
func (l *Loading) DoneKnown() (*Partition, error) {
	customers := l.customers
	l.customers = 0
	p, _, _, err := l.DoneToCopy()
	if err != nil {
		return nil, err
	}
	p.saved = customers
	return p, nil
}

// ID is the number of the partition in the log.
func (p *Partition) ID() int32 { return p.opt.Partition }

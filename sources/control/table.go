package control

import (
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Claim is the last record about one kind of lease that counts.
type Claim struct {
	*pb.Lease
	// Offset of the record; of a claim, its term.
	Offset int64
}

// Held says whether the lease is claimed and not released.
func (c *Claim) Held() bool { return c != nil && !c.Released }

// Publication is something an operator wants in the log. One of the fields is
// set.
type Publication struct {
	Offset int64
	Policy *pb.PolicyPublication
	Rates  *pb.Rates
}

// Table is what tierwatch.control says up to an offset.
type Table struct {
	// Next is the offset after the last record read.
	Next int64
	// Live and Backfill are the last claims of the two kinds that count, nil if none.
	Live, Backfill *Claim
	// stray are the last records of the two kinds where these do not count: compaction
	// would leave each of them alone.
	stray map[pb.Mode]*Claim
	// Time is what the writers of time have written, nil for a log not open.
	Time *pb.TimeProgress
	// placedBy is the term of the last place that was told, be it of a writer who no
	// longer was one.
	placedBy int64
	// ForceClose is the last day a person wants closed whatever lags, 0: none.
	ForceClose int32
	// Left tells that a repartition has left this log, Made that one makes or has made
	// it; nil if not.
	Left, Made *pb.Repartition
	// Rates are all that were published or written into the log, for the base
	// amounts that ingest puts into events. Unlike the table it may be used by
	// other goroutines.
	Rates *event.RateBook

	publications map[string]Publication
	known        map[string]*pb.Rates
	files        map[string]*pb.LoadedFile
	skips        map[int32][]int64
	owners       map[int32]string
	redriven     map[letterPlace]*pb.Redriven
}

// letterPlace is the place of a dead letter in its topic.
type letterPlace struct {
	partition int32
	offset    int64
}

func newTable() *Table {
	return &Table{
		stray:        map[pb.Mode]*Claim{},
		Rates:        new(event.RateBook),
		publications: map[string]Publication{},
		known:        map[string]*pb.Rates{},
		files:        map[string]*pb.LoadedFile{},
		skips:        map[int32][]int64{},
		owners:       map[int32]string{},
		redriven:     map[letterPlace]*pb.Redriven{},
	}
}

// errUnusable is a control topic that waiting does not mend.
var errUnusable = errors.New("the control topic cannot be used")

type message interface{ UnmarshalVT([]byte) error }

// apply takes one record of the topic in.
func (t *Table) apply(r *kgo.Record) error {
	t.Next = r.Offset + 1
	if len(r.Value) == 0 {
		return nil
	}
	key, decode := string(r.Key), decoderOf(r)
	switch kindOf(key) {
	case keyTime:
		return t.applyTime(decode)
	case keyForceClose:
		var f pb.ForceClose
		err := decode(&f)
		t.ForceClose = max(t.ForceClose, f.Day)
		return err
	case prefixLease:
		return t.applyLease(key, r.Offset, decode)
	case prefixPolicy:
		p := Publication{Offset: r.Offset, Policy: new(pb.PolicyPublication)}
		t.publications[key] = p
		return decode(p.Policy)
	case prefixRates:
		p := Publication{Offset: r.Offset, Rates: new(pb.Rates)}
		t.publications[key] = p
		return t.rated(p.Rates, decode(p.Rates))
	case prefixKnown:
		p := new(pb.Rates)
		t.known[key] = p
		return t.rated(p, decode(p))
	}
	return t.applyPlace(key, decode)
}

// applyTime takes the place of a writer of time in, unless another one had taken over
// before: the fold heeds nothing of him any more. It depends on the order of the records
// alone, so that all readers agree; and where compaction left nothing before, it is taken
// until the present writer has told his own, which he does (duty.overwritten).
func (t *Table) applyTime(decode func(message) error) error {
	p := new(pb.TimeProgress)
	if err := decode(p); err != nil {
		return err
	}
	t.placedBy = p.Term
	if t.Time == nil || !t.superseded(p.Mode, p.Term) {
		t.Time = p
		t.proved(p)
	}
	return nil
}

// applyPlace takes in a record that is about the log itself: its files, its places, its
// owners.
func (t *Table) applyPlace(key string, decode func(message) error) error {
	switch kindOf(key) {
	case prefixFile:
		f := new(pb.LoadedFile)
		err := decode(f)
		t.files[f.Sha256] = f
		return err
	case prefixSkip:
		var s pb.Skip
		err := decode(&s)
		if !slices.Contains(t.skips[s.Partition], s.Offset) {
			t.skips[s.Partition] = append(t.skips[s.Partition], s.Offset)
		}
		return err
	case prefixOwner:
		var o pb.TransactionalID
		err := decode(&o)
		t.owners[o.Partition] = o.Id
		return err
	case prefixMove:
		m := new(pb.Repartition)
		if key == keyLeft {
			t.Left = m
		} else {
			t.Made = m
		}
		return decode(m)
	case prefixLetter:
		l := new(pb.Redriven)
		err := decode(l)
		t.redriven[letterPlace{l.Partition, l.Offset}] = l
		return err
	}
	return nil // of a later release
}

func decoderOf(r *kgo.Record) func(message) error {
	return func(m message) error {
		if err := m.UnmarshalVT(r.Value); err != nil {
			return fmt.Errorf("decode control record %q at offset %d: %w: %w", r.Key, r.Offset, errUnusable, err)
		}
		return nil
	}
}

func (t *Table) rated(r *pb.Rates, err error) error {
	for _, x := range r.Rates {
		t.Rates.Set(x.Unit, r.Day, x.RateE12)
	}
	return err
}

// published says whether an operator gave this rate of the day.
func (t *Table) published(day int32, r *pb.Rate) bool {
	p, ok := t.publications[ratesKey(day, r.Unit)]
	return ok && len(p.Rates.Rates) == 1 && p.Rates.Rates[0].RateE12 == r.RateE12
}

// Mode says who may write time: BACKFILL while a load holds its lease, LIVE
// otherwise.
func (t *Table) Mode() pb.Mode {
	if t.Backfill.Held() {
		return pb.Mode_BACKFILL
	}
	return pb.Mode_LIVE
}

// Publications returns those at or after offset, in the order of publication.
func (t *Table) Publications(offset int64) []Publication {
	var list []Publication
	for _, p := range t.publications {
		if p.Offset >= offset {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b Publication) int { return int(a.Offset - b.Offset) })
	return list
}

// Policies returns every policy published, in that order.
func (t *Table) Policies() []*pb.PolicyPublication {
	var list []*pb.PolicyPublication
	for _, p := range t.Publications(0) {
		if p.Policy != nil {
			list = append(list, p.Policy)
		}
	}
	return list
}

// File returns what is known of a file by its SHA-256, nil if nothing.
func (t *Table) File(sha256 string) *pb.LoadedFile { return t.files[sha256] }

// Files returns every file known, by SHA-256.
func (t *Table) Files() map[string]*pb.LoadedFile { return t.files }

// Skips returns the parked offsets of a partition.
func (t *Table) Skips(partition int32) []int64 { return t.skips[partition] }

// Owner returns the transactional id last claimed for a partition.
func (t *Table) Owner(partition int32) string { return t.owners[partition] }

// Redriven tells of a dead letter that was sent through again, nil if it was not.
func (t *Table) Redriven(partition int32, offset int64) *pb.Redriven {
	return t.redriven[letterPlace{partition, offset}]
}

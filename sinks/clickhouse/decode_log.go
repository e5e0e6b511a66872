package clickhouse

import (
	"errors"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ratesPartition is the partition whose rates are stored: all carry the same.
const ratesPartition = 0

// logRecord maps a record of the log. Ticks and cut-offs have no table.
func (d *decoder) logRecord(b *batch, m message) error {
	rec := new(pb.LogRecord)
	if err := rec.UnmarshalVTUnsafe(m.value); err != nil {
		return fmt.Errorf("decode log record: %w", err)
	}
	if m.partition < 0 || m.partition > maxPartition || m.offset < 0 || m.offset > maxOffset {
		return fmt.Errorf("position %d/%d: partitions go to %d, offsets to %d", m.partition, m.offset, maxPartition, int64(maxOffset))
	}
	partition, offset := uint16(m.partition), uint64(m.offset)
	switch {
	case rec.Transaction != nil:
		tx := rec.Transaction
		b.events.add(&eventRow{tx, partition, offset, flowKind(tx)}, m.origin)
		b.see(tx, partition, offset, m.origin)
	case rec.Profile != nil:
		b.customerFacts.add(&customerFact{rec.Profile, partition, offset}, m.origin)
	case rec.Lifecycle != nil:
		b.accountFacts.add(&accountFact{rec.Lifecycle, partition, offset}, m.origin)
	case rec.Rm != nil:
		b.rmAssignments.add(&rmFact{rec.Rm, partition, offset}, m.origin)
	case rec.Balance != nil:
		b.openingBalances.add(&openingBalance{rec.Balance, partition, offset}, m.origin)
	case rec.Tick != nil, rec.CutOffs != nil:
	default:
		if !b.side(rec, partition, offset, m.origin) {
			return d.controlRecord(b, m, rec)
		}
	}
	return nil
}

// side adds what the log says beside money and people, and tells whether it did.
func (b *batch) side(rec *pb.LogRecord, partition uint16, offset uint64, from origin) bool {
	switch {
	case rec.Credit != nil:
		b.creditStatus.add(&creditFact{rec.Credit, partition, offset}, from)
	case rec.Complaint != nil:
		b.complaints.add(&complaintFact{rec.Complaint, partition, offset}, from)
	case rec.RmAction != nil:
		b.rmActions.add(&rmActionFact{rec.RmAction, partition, offset}, from)
	case rec.Seed != nil:
		b.tierSeeds.add(&seedFact{rec.Seed, partition, offset}, from)
	case rec.Override != nil:
		b.tierOverrides.add(&overrideFact{rec.Override, partition, offset}, from)
	default:
		return false
	}
	return true
}

func (d *decoder) controlRecord(b *batch, m message, rec *pb.LogRecord) error {
	row := controlRow{partition: uint16(m.partition), offset: uint64(m.offset)}
	switch {
	case rec.Rates != nil:
		if m.partition == ratesPartition {
			for _, r := range rec.Rates.Rates {
				b.rates.add(&rateRow{r.Unit, rec.Rates.Day, row.offset, rec.Rates.Term, r.RateE12}, m.origin)
			}
		}
		return nil
	case rec.Close != nil:
		row.kind, row.term, row.day, row.at = "close", rec.Close.Term, rec.Close.Day, rec.Close.Cut
	case rec.Handover != nil:
		row.kind, row.term, row.day = "handover", rec.Handover.Term, rec.Handover.Day
	case rec.Term != nil:
		row.kind, row.term, row.name, row.mode = "term", rec.Term.Term, rec.Term.Holder, modeName(rec.Term.Mode)
	case rec.Engine != nil:
		e := rec.Engine
		row.kind, row.term, row.name, row.number = "engine", e.Term, e.BaseCurrency, e.Version
		row.fxLag, row.navLag, row.zone = e.FxLagDays, e.NavLagDays, e.TimeZone
		if m.partition == ratesPartition {
			b.rates.add(&rateRow{unit: e.BaseCurrency, offset: row.offset, term: e.Term, rate: baseRate}, m.origin)
		}
	case rec.Policy != nil:
		row.kind, row.term, row.day = "policy", rec.Policy.Term, rec.Policy.EffectiveDay
		row.name, row.number = rec.Policy.Name, rec.Policy.Version
		d.policy(b, m, rec.Policy)
	default:
		return errors.New("log record: no field of it is known: it is empty or of a newer release")
	}
	b.control.add(&row, m.origin)
	return nil
}

// policy lists the tiers of an activation. A text that does not compile has none:
// the fold refuses it too.
func (d *decoder) policy(b *batch, m message, p *pb.PolicyActivation) {
	if d.tiers == nil {
		return
	}
	list, err := d.tiers(p.Yaml)
	if err != nil {
		return
	}
	for _, t := range list {
		b.tiers.add(&tierRow{t, p.Name, p.Version, p.EffectiveDay, uint16(m.partition), uint64(m.offset)}, m.origin)
	}
}

package fold

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const horizon = metric.HorizonDays

// firstDay and lastDay bound the days that a log may name: kept days are 16 bits.
const firstDay, lastDay = 1, 65535 - 2*horizon

// transaction finds out what the record is (new, duplicate, step, other version,
// conflict) and does it. A rejected one changes nothing.
func (p *Partition) transaction(t *pb.Transaction) {
	if t.Version == 0 {
		t.Version = 1
	}
	p.scratch.on = t.AccountId
	if field, detail := unnamed(t); field != "" {
		p.rejectTxn(t, "invalid", field, detail)
		return
	}
	if cause, field := p.malformed(t); cause != "" {
		p.rejectTxn(t, cause, field, "")
		return
	}
	slot, known := p.store.Find(t.CustomerId)
	if known {
		if p.applied(slot, p.offset) {
			return
		}
		p.catchUp(slot)
		p.mark(slot)
		c := p.store.At(slot)
		if today := p.today(c); t.BusinessDay < today-horizon {
			p.rejectTxn(t, "too_late", "business_day", "")
			return
		}
		if t.BusinessDay < c.RawFrom && !t.Unique {
			p.rejectTxn(t, "late_unverifiable", "business_day", "single entries are no longer held for that day")
			return
		}
	} else if today := p.openDay(); today != 0 && t.BusinessDay < today-horizon {
		p.rejectTxn(t, "too_late", "business_day", "")
		return
	}
	on := ledger.HashID(t.AccountId)
	in := incoming{Transaction: t, id: p.txnHash(t.Source, t.TxnId), accountHash: on, content: contentHash(t, on)}
	if known {
		if i := p.store.FindEntry(p.store.At(slot), in.id); i >= 0 {
			p.again(slot, i, &in)
			return
		}
	}
	p.fresh(slot, known, &in)
}

// incoming is a transaction with its hashes and its effect on the account.
type incoming struct {
	*pb.Transaction
	id          uint64
	accountHash uint64
	content     uint32
	// Once it is known to be bookable: the place in the table of kinds, and the
	// account's, -1: it is new.
	kind    uint16
	account int
}

// signed is the movement of the account in its unit.
func (t *incoming) signed() int64 {
	q := t.AmountMinor
	if t.Unit != "" && t.Unit != t.Currency {
		q = t.Quantity
	}
	if t.Direction == pb.Direction_DEBIT {
		return -q
	}
	return q
}

// reverses tells that it takes another transaction back.
func (t *incoming) reverses() bool { return t.ReversalOf != "" && t.Status == pb.TxnStatus_POSTED }

// tellsDay tells that it is posted with a balance of a source without order in the
// day.
func (t *incoming) tellsDay() bool {
	return t.BalanceKnown && t.BalanceTrust == pb.BalanceTrust_BALANCE_TRUST_DAY && t.Status == pb.TxnStatus_POSTED
}

func (t *incoming) unit() string {
	if t.Unit != "" {
		return t.Unit
	}
	return t.Currency
}

// malformed guards the state against records that no ingest of ours writes.
func (p *Partition) malformed(t *pb.Transaction) (cause, field string) {
	switch {
	case t.AccountType <= 0 || t.AccountType > 15:
		return "invalid", "account_type"
	case t.AmountMinor < 0 || t.AmountMinor > ledger.MaxBalance:
		return "invalid", "amount_minor"
	case t.BaseAmountMinor < 0 || t.BaseAmountMinor > ledger.MaxBalance:
		return "invalid", "base_amount_minor"
	case t.Quantity < 0 || t.Quantity > ledger.MaxBalance:
		return "invalid", "quantity"
	case t.BalanceAfter > ledger.MaxBalance || t.BalanceAfter < -ledger.MaxBalance:
		return "invalid", "balance_after"
	case t.BalanceTolerance < 0 || t.BalanceTolerance > ledger.MaxBalance:
		return "invalid", "balance_tolerance"
	case t.BusinessDay < firstDay || t.BusinessDay > lastDay:
		return "invalid", "business_day"
	case t.ValueDay < firstDay || t.ValueDay < t.BusinessDay-horizon || t.ValueDay > t.BusinessDay+horizon:
		return "invalid", "value_day"
	case t.EventTime < 0 || t.EventTime > 1<<32-1:
		return "invalid", "event_time"
	case t.Direction != pb.Direction_CREDIT && t.Direction != pb.Direction_DEBIT:
		return "invalid", "direction"
	case t.Status < pb.TxnStatus_PENDING || t.Status > pb.TxnStatus_FAILED:
		return "invalid", "status"
	// The numbers of enumerations are kept and compared as one byte each.
	case uint32(t.TxnType|pb.TxnType(t.Initiator)|pb.TxnType(t.Channel)|pb.TxnType(t.CounterpartyType)) > 255:
		return "invalid", "txn_type, initiator, channel or counterparty_type"
	case uint32(t.ReversalKind) > 255:
		return "invalid", "reversal_kind"
	case t.BalanceTrust < 0 || t.BalanceTrust > pb.BalanceTrust_BALANCE_TRUST_DAY:
		return "invalid", "balance_trust"
	case t.ReversalOf != "" && t.ReversalOf == t.Source+":"+t.TxnId:
		return "invalid", "reversal_of"
	case p.clock.TickDay != 0 && t.BusinessDay > p.clock.TickDay+1:
		return "future_day", "business_day"
	}
	return "", ""
}

// unnamed finds the name in a transaction that is blank or too long. A source holds
// no colon: source:txn_id then names one transaction only.
func unnamed(t *pb.Transaction) (field, detail string) {
	if detail = badID(t.CustomerId); detail != "" {
		return "customer_id", detail
	}
	if detail = badID(t.AccountId); detail != "" {
		return "account_id", detail
	}
	if detail = badID(t.TxnId); detail != "" {
		return "txn_id", detail
	}
	if detail = badID(t.Source); detail != "" {
		return "source", detail
	}
	if strings.IndexByte(t.Source, ':') >= 0 {
		return "source", "holds a colon"
	}
	if detail = within(t.Currency, 1, maxUnit); detail != "" {
		return "currency", detail
	}
	if detail = within(t.Unit, 0, maxUnit); detail != "" {
		return "unit", detail
	}
	if detail = within(t.ReversalOf, 0, 2*maxID+1); detail != "" {
		return "reversal_of", detail
	}
	return "", ""
}

func (p *Partition) rejectTxn(t *pb.Transaction, cause, field, detail string) {
	p.reject(t.CustomerId, p.eventID(t), t.AccountId, cause, field, detail, t.BusinessDay)
}

// eventID is source:txn_id:version.
func (p *Partition) eventID(t *pb.Transaction) string {
	p.scratch.text = appendEventID(p.scratch.text[:0], t)
	return string(p.scratch.text)
}

func appendEventID(b []byte, t *pb.Transaction) []byte {
	b = append(append(b, shown(t.Source)...), ':')
	b = append(append(b, shown(t.TxnId)...), ':')
	return appendUint(b, uint64(t.Version))
}

// txnHash is the fixed hash of source:txn_id.
func (p *Partition) txnHash(source, txn string) uint64 {
	b := append(p.scratch.text[:0], source...)
	b = append(append(b, ':'), txn...)
	p.scratch.text = b
	return xxhash.Sum64(b)
}

func appendUint(b []byte, v uint64) []byte {
	var tmp [20]byte
	i := len(tmp)
	for {
		i--
		tmp[i] = byte('0' + v%10)
		if v /= 10; v == 0 {
			return append(b, tmp[i:]...)
		}
	}
}

// again treats a further record of an id that is known.
func (p *Partition) again(slot ledger.Slot, i int, t *incoming) {
	c := p.store.At(slot)
	e := &p.store.Entries(c)[i]
	version := uint32(1)
	if x := p.store.Extra(c, e); x != nil && x.Version > 0 {
		version = x.Version
	}
	switch {
	case t.Version < version:
		p.say(t, pb.VerdictKind_VERDICT_SUPERSEDED, "older_version")
	case t.Version > version:
		p.replace(slot, i, t)
	case !p.sameContent(c, e, t):
		p.say(t, pb.VerdictKind_VERDICT_CONFLICT, "id_conflict")
		p.emitDead(&pb.DeadLetter{
			Cause: "id_conflict", Field: "event_id", Detail: "same id and version with other content", Stage: "fold",
			CustomerId: t.CustomerId, EventId: p.eventID(t.Transaction), Original: p.value,
		})
	default:
		p.step(slot, i, t)
	}
}

// step moves an entry's status on (rule R7).
func (p *Partition) step(slot ledger.Slot, i int, t *incoming) {
	c := p.store.At(slot)
	e := &p.store.Entries(c)[i]
	from, to := e.Status(), ledger.Status(t.Status-1)
	switch {
	case from == to, to == ledger.Posted && from == ledger.Reversed && !p.undone(c, e):
		p.say(t, pb.VerdictKind_VERDICT_DUPLICATE, "")
	case from == ledger.Pending && to == ledger.Posted:
		p.replace(slot, i, t)
	case from == ledger.Posted && to == ledger.Reversed && p.outOfReach(c, e):
		p.rejectTxn(t.Transaction, "late_unverifiable", "reversal_of", "its original is no longer held by itself")
	case from == ledger.Posted && to == ledger.Reversed:
		business, value, original := int32(e.Day), e.Value(), p.release(slot, i)
		p.undo(slot, i, false)
		restated(&p.store.Entries(c)[i], t)
		p.verdict(&pb.Verdict{
			CustomerId: t.CustomerId, Kind: pb.VerdictKind_VERDICT_REVERSED, Cause: "status", EventId: p.eventID(t.Transaction),
			AccountId: t.AccountId, Day: t.BusinessDay, AboutOffset: elsewhere,
		})
		p.changed(slot, business, value, original)
	case from == ledger.Pending && (to == ledger.Failed || to == ledger.Reversed):
		e.SetStatus(to)
		restated(e, t)
		p.store.Edited(e)
		p.store.MakeExtra(c, e).Undone = true // it never moved
		p.supersede(t, t.Version)
	case to == ledger.Pending || (to == ledger.Posted && from == ledger.Reversed):
		p.say(t, pb.VerdictKind_VERDICT_SUPERSEDED, "older_status")
	default:
		p.say(t, pb.VerdictKind_VERDICT_CONFLICT, "id_conflict")
		p.emitDead(&pb.DeadLetter{
			Cause: "id_conflict", Field: "status", Detail: "status cannot follow the one applied", Stage: "fold",
			CustomerId: t.CustomerId, EventId: p.eventID(t.Transaction), Original: p.value,
		})
	}
}

// undone tells whether an entry's own status took it back: one that another record has
// reversed is told again with the status it has.
func (p *Partition) undone(c *ledger.Customer, e *ledger.Entry) bool {
	x := p.store.Extra(c, e)
	return x != nil && x.Undone
}

// replace takes the old content of an entry out and puts the new in.
func (p *Partition) replace(slot ledger.Slot, i int, t *incoming) {
	c := p.store.At(slot)
	if cause, field := p.unbookable(c, t, &p.store.Entries(c)[i]); cause != "" {
		p.rejectTxn(t.Transaction, cause, field, "")
		return
	}
	old := p.store.Entries(c)[i]
	was, released, original := uint32(1), p.release(slot, i), t.BusinessDay
	moved := old.Status() == ledger.Posted || old.Status() == ledger.Reversed
	if x := p.store.Extra(c, &old); x != nil {
		was, moved = max(x.Version, 1), moved && !x.Undone
	}
	reversed := p.askedOf(c, &old, t)
	p.undo(slot, i, true)
	at, healed := p.book(slot, t, reversed)
	p.supersede(t, was)
	if t.reverses() {
		original = p.reverse(slot, t)
	} else {
		p.claimWaits(slot, t)
		if !moved {
			p.outflowAt(slot, at, t) // the money leaves now (rule R53)
		}
	}
	p.boundRaw(slot)
	p.changed(slot, t.BusinessDay, t.ValueDay, original, int32(old.Day), old.Value(), released, healed)
}

// supersede says that the record being folded took an older one's place: the
// same id by its status, or a lower version, whose id the verdict then names
// (rule R62).
func (p *Partition) supersede(t *incoming, was uint32) {
	v := &pb.Verdict{
		CustomerId: t.CustomerId, Kind: pb.VerdictKind_VERDICT_SUPERSEDED, Cause: "newer_status", AccountId: t.AccountId,
		Day: t.BusinessDay, AboutOffset: elsewhere,
	}
	if now := t.Version; was != now {
		v.Cause, t.Version = "newer_version", was
		v.EventId = p.eventID(t.Transaction)
		t.Version = now
	} else {
		v.EventId = p.eventID(t.Transaction)
	}
	p.verdict(v)
}

// elsewhere is about_offset of a verdict that does not take its own record out.
const elsewhere = -1

// say emits a verdict about the record being folded.
func (p *Partition) say(t *incoming, k pb.VerdictKind, cause string) {
	p.verdict(&pb.Verdict{
		CustomerId: t.CustomerId, Kind: k, Cause: cause, EventId: p.eventID(t.Transaction), AccountId: t.AccountId,
		Day: t.BusinessDay,
	})
}

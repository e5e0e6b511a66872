package fold

import (
	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// heard tells whether a word about a customer that may be said once only has been said
// already, or a newer one has (rule R153).
func (p *Partition) heard(customer string, key uint64, w ledger.Word, businessDay int32) bool {
	slot, known := p.store.Find(customer)
	return known && p.leaveOut(customer, "", p.store.Heard(p.store.At(slot), key, w), businessDay)
}

// leaveOut leaves nothing of a word that is not new but a verdict.
func (p *Partition) leaveOut(customer, account string, h ledger.Hearing, businessDay int32) bool {
	v := &pb.Verdict{CustomerId: customer, AccountId: account, Day: businessDay}
	switch h {
	case ledger.NewWord:
		return false
	case ledger.SaidBefore:
		v.Kind = pb.VerdictKind_VERDICT_DUPLICATE
	case ledger.OldWord:
		v.Kind, v.Cause = pb.VerdictKind_VERDICT_SUPERSEDED, "older_word"
	}
	if slot, known := p.store.Find(customer); known {
		p.catchUp(slot)
		p.mark(slot)
	}
	p.verdict(v)
	return true
}

// standingKey is the key of all words about a standing in a scheme, whatever policy is
// in force.
func standingKey(scheme string) uint64 { return ledger.HashID("standing\x00" + scheme) }

func seedWord(r *pb.TierSeed) ledger.Word {
	h := mixed(xxhash.Sum64String(r.Tier), uint64(uint32(r.SinceDay))|uint64(r.Misses)<<32)
	return word(r.EventTime, r.SourceSeq, 0, mixed(h, uint64(uint32(r.GuaranteeUntil))))
}

func overrideWord(r *pb.TierOverride) ledger.Word {
	// A seed mixes twice: none is a hold.
	return word(r.EventTime, r.SourceSeq, 0, mixed(xxhash.Sum64String(r.Tier), uint64(uint32(r.UntilDay))))
}

// balanceHeard tells what a balance is to those told of the account at place i. Where
// there was but an opening position without a number, the account itself knows it: most
// have no other, and need no note.
func (p *Partition) balanceHeard(c *ledger.Customer, i int, r *pb.BalanceSnapshot) ledger.Hearing {
	a := &p.store.Accounts(c)[i]
	key := balanceKey(r)
	if h := p.store.Heard(c, key, balanceWord(r)); h != ledger.NewWord {
		return h
	}
	switch {
	case !a.Has(ledger.Observed) || r.EventTime > a.ObsTime:
	case r.EventTime < a.ObsTime:
		return ledger.OldWord // an observation, whoever made it (rule R15)
	case !a.OpenedBySnapshot() || r.SourceSeq != 0 || p.store.FindNote(c, key) != nil:
	case r.Day < a.PinDay:
		return ledger.OldWord
	case r.Day == a.PinDay && r.Balance == p.store.BookAt(a, a.PinDay):
		return ledger.SaidBefore
	}
	return ledger.NewWord
}

// hearBalance remembers a balance that is new, and with it the opening position of the
// same time.
func (p *Partition) hearBalance(c *ledger.Customer, i int, r *pb.BalanceSnapshot) {
	a := &p.store.Accounts(c)[i]
	key, w := balanceKey(r), balanceWord(r)
	if !a.Has(ledger.Observed) && !a.Has(ledger.Pinned) && r.SourceSeq == 0 {
		return
	}
	if a.OpenedBySnapshot() && a.ObsTime == r.EventTime && r.Day == a.PinDay && p.store.FindNote(c, key) == nil {
		opening := pb.BalanceSnapshot{Day: a.PinDay, Balance: p.store.BookAt(a, a.PinDay), EventTime: a.ObsTime}
		p.store.Hear(c, key, balanceWord(&opening))
	}
	p.store.Hear(c, key, w)
}

func balanceKey(r *pb.BalanceSnapshot) uint64 { return ledger.HashID("balance\x00" + r.AccountId) }

// balanceWord: of one time and number the balance of the later day is the newer.
func balanceWord(r *pb.BalanceSnapshot) ledger.Word {
	return word(r.EventTime, r.SourceSeq, r.Day, mixed(uint64(r.Balance), uint64(uint32(r.Day))))
}

func word(at, seq int64, day int32, content uint64) ledger.Word {
	return ledger.Word{Time: at, Seq: seq, Day: day, Content: uint32(content ^ content>>32)}
}

// repeats tells whether a last-writer fact (rule R10) at the very place of the last one
// leaves everything as it is, or as it was before another one of this place: it has come
// before then, and leaves no trace (rule R155). was and would are hashes of what is known
// and of what would be.
func (p *Partition) repeats(c *ledger.Customer, key uint64, at, seq int64, was, would uint64) bool {
	now, next := word(at, seq, 0, was), word(at, seq, 0, would)
	if now.Content == next.Content || p.store.Heard(c, key, next) == ledger.SaidBefore {
		return true
	}
	if p.store.Heard(c, key, now) == ledger.NewWord {
		p.store.Hear(c, key, now)
	}
	p.store.Hear(c, key, next)
	return false
}

// texts is a hash of some texts in a row.
func texts(list ...string) uint64 {
	h := uint64(len(list))
	for _, s := range list {
		h = mixed(h, xxhash.Sum64String(s))
	}
	return h
}

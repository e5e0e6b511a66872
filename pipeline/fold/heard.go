package fold

import (
	"slices"

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
	key := balanceKey(r.AccountId)
	if a.Has(ledger.Observed) && r.EventTime < a.ObsTime {
		return ledger.OldWord // than an observation, whoever made it (rule R15)
	}
	if h := p.store.Heard(c, key, balanceWord(r)); h != ledger.NewWord {
		return h
	}
	switch {
	case !a.Has(ledger.Observed) || r.EventTime > a.ObsTime:
	case !a.OpenedBySnapshot() || r.SourceSeq != 0 || p.store.FindNote(c, key) != nil:
	case r.Day < a.PinDay:
		return ledger.OldWord
	case r.Day == a.PinDay && (r.Balance == p.store.BookAt(a, a.PinDay) || p.forgotten(a)):
		return ledger.SaidBefore
	}
	return ledger.NewWord
}

// forgotten tells that an account cannot say with what balance a position opened it: what
// has moved since is folded together, or it counts as opened later.
func (p *Partition) forgotten(a *ledger.Account) bool {
	return a.PinDay < p.clock.LastClose-positionDays || a.PinDay < a.Opened
}

// positionDays are how long an opening position can be told from the account (rule R153):
// at most keptDays, of which its movements are single.
const positionDays = horizon + horizon/2

// hearBalance remembers a balance that is new, and with it the opening position of the
// same time.
func (p *Partition) hearBalance(c *ledger.Customer, i int, r *pb.BalanceSnapshot) {
	a := &p.store.Accounts(c)[i]
	key, w := balanceKey(r.AccountId), balanceWord(r)
	if !a.Has(ledger.Observed) && !a.Has(ledger.Pinned) && r.SourceSeq == 0 {
		return
	}
	p.hearOpening(c, a, key, r.Day, r.EventTime)
	p.store.Hear(c, key, w)
}

// hearOpening remembers the opening position of an account, before a word of its very day
// and time changes the balance from which else it is known.
func (p *Partition) hearOpening(c *ledger.Customer, a *ledger.Account, key uint64, day int32, at int64) {
	if a.OpenedBySnapshot() && a.ObsTime == at && day == a.PinDay && p.store.FindNote(c, key) == nil {
		opening := pb.BalanceSnapshot{Day: a.PinDay, Balance: p.store.BookAt(a, a.PinDay), EventTime: a.ObsTime}
		p.store.Hear(c, key, balanceWord(&opening))
	}
}

func balanceKey(account string) uint64 { return ledger.HashID("balance\x00" + account) }

// toldDay is the day for whose end a balance of the account was told last, no earlier than
// its opening position; 0: none was told. What bookings tell up to it is void (rule R158).
func (p *Partition) toldDay(c *ledger.Customer, a *ledger.Account) int32 {
	var d int32
	if a.OpenedBySnapshot() {
		d = a.PinDay
	}
	if x := p.store.FindNote(c, balanceKey(p.store.Texts.Get(a.ID))); x != nil {
		d = max(d, int32(x.Original))
	}
	return d
}

// balanceWord: of one time and number the balance of the later day is the newer.
func balanceWord(r *pb.BalanceSnapshot) ledger.Word {
	return word(r.EventTime, r.SourceSeq, r.Day, mixed(uint64(r.Balance), uint64(uint32(r.Day))))
}

func word(at, seq int64, day int32, content uint64) ledger.Word {
	return ledger.Word{Time: at, Seq: seq, Day: day, Content: uint32(content ^ content>>32)}
}

// repeats tells whether a last-writer fact (rule R10) at the very place of the last one
// tells nothing that one of this place has not told: it has come before then, and leaves
// no trace (rule R155). says are hashes of what it tells, to the letter and more loosely;
// said are those of what the last one may have told, by what is known since.
func (p *Partition) repeats(c *ledger.Customer, key uint64, at, seq int64, said, says []uint64) bool {
	for _, s := range says {
		if slices.Contains(said, s) || p.store.Heard(c, key, word(at, seq, 0, s)) == ledger.SaidBefore {
			return true
		}
	}
	for _, w := range said {
		p.hear(c, key, word(at, seq, 0, w))
	}
	p.hear(c, key, word(at, seq, 0, says[0]))
	return false
}

// hear remembers a word unless it is known.
func (p *Partition) hear(c *ledger.Customer, key uint64, w ledger.Word) {
	if p.store.Heard(c, key, w) == ledger.NewWord {
		p.store.Hear(c, key, w)
	}
}

// profileSays is a hash of what a profile tells; since is 0 where it tells no first day.
func profileSays(display, phone string, since int32, exited bool) uint64 {
	return mixed(texts(display, phone), uint64(uint32(since))|uint64(flag(exited))<<32)
}

// accountSays is a hash of what a lifecycle record tells of an account; opened and limit
// are 0 where it tells none.
func accountSays(typ uint8, joint bool, opened, closed int32, limit int64) uint64 {
	h := mixed(uint64(typ)|uint64(flag(joint))<<8, uint64(uint32(opened))|uint64(uint32(closed))<<32)
	return mixed(h, uint64(limit))
}

// creditSays is a hash of what a credit status tells; limit is 0 where it tells none.
func creditSays(dpd int32, limit int64) uint64 {
	return mixed(uint64(uint32(dpd)), uint64(limit))
}

// anyLimit stands for a limit that is not known any more.
const anyLimit = -1

// limitSaid is the limit that the last record of one stream may have told, 0: none.
// known is the account's limit; own: it is a word of this stream, else of the other one,
// whose last record is overtaking if it is not older.
func limitSaid(known int64, own, overtaking bool) int64 {
	switch {
	case own:
		return known
	case overtaking && known != 0:
		return anyLimit
	}
	return 0
}

// texts is a hash of some texts in a row.
func texts(list ...string) uint64 {
	h := uint64(len(list))
	for _, s := range list {
		h = mixed(h, xxhash.Sum64String(s))
	}
	return h
}

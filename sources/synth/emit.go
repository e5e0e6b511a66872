package synth

import (
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Item is one thing a source would read: a record, or the bytes of a broken row.
type Item struct {
	// Record is canonical and complete but for origin and ingest time. It is used
	// again for the next Item: marshal or copy it before returning.
	Record *pb.LogRecord
	// Malformed is set instead of Record: a row that no reader may accept. It is
	// used again, too.
	Malformed []byte
}

// writer renders events into messages that it uses again and again.
type writer struct {
	record     pb.LogRecord
	txn        pb.Transaction
	profile    pb.CustomerProfile
	lifecycle  pb.AccountLifecycle
	rm         pb.RmAssignment
	credit     pb.CreditStatus
	complaint  pb.Complaint
	balance    pb.BalanceSnapshot
	text, json []byte
}

// sources name the systems by account type.
var sources = [...]string{
	pb.AccountType_DEMAND: "core", pb.AccountType_TIME: "core", pb.AccountType_CARD_CREDIT: "card", pb.AccountType_LOAN: "loan",
	pb.AccountType_WEALTH: "wealth", pb.AccountType_FUND: "wealth", pb.AccountType_GOLD: "wealth",
}

var products = [...]string{
	pb.AccountType_DEMAND: "DD01", pb.AccountType_TIME: "TD01", pb.AccountType_CARD_CREDIT: "CC01", pb.AccountType_LOAN: "LN01",
	pb.AccountType_WEALTH: "WM01", pb.AccountType_FUND: "FD01", pb.AccountType_GOLD: "AU01",
}

const hexDigits = "0123456789abcdef"

func appendHex(dst []byte, v uint32) []byte {
	for shift := 28; shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[v>>shift&15])
	}
	return dst
}

func appendPadded(dst []byte, v uint32, width int) []byte {
	start := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; v > 0; i-- {
		if i < start {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			i = start
		}
		dst[i] = byte('0' + v%10)
		v /= 10
	}
	return dst
}

// render makes the item of an event.
func (b *Bank) render(e *event, t *today) Item {
	w := &b.writer
	c := &b.customers[e.cust]
	w.record.Transaction, w.record.Profile, w.record.Lifecycle, w.record.Rm = nil, nil, nil, nil
	w.record.Credit, w.record.Complaint, w.record.Balance = nil, nil, nil
	if e.kind == booking {
		b.booking(e, c)
		w.record.Transaction = &w.txn
		if e.flags&malformed != 0 {
			w.json = breakRow(w.json[:0], &w.record, int(e.aux))
			return Item{Malformed: w.json}
		}
		return Item{Record: &w.record}
	}
	b.side(e, c, t)
	return Item{Record: &w.record}
}

// booking fills the transaction. Every field that any event sets is set here.
func (b *Bank) booking(e *event, c *customer) {
	w := &b.writer
	x := &w.txn
	a := &b.own(c)[e.slot]
	src := sources[a.kind]
	// One string holds all ids of the record: A-pseudonym-slot, pseudonym-number
	// and source:pseudonym-number of what is taken back.
	s := append(w.text[:0], 'A', '-')
	s = appendHex(s, c.pseudonym)
	s = append(s, '-', '0'+e.slot+1)
	account := len(s)
	s = appendHex(s, c.pseudonym)
	s = append(s, '-')
	s = appendPadded(s, e.seq, 6)
	number := len(s)
	if e.of != 0 {
		s = append(s, src...)
		s = append(s, ':')
		s = appendHex(s, c.pseudonym)
		s = append(s, '-')
		s = appendPadded(s, e.of, 6)
	}
	w.text = s
	ids := string(s)
	x.CustomerId, x.AccountId, x.TxnId, x.ReversalOf = b.ids[e.cust], ids[:account], ids[account:number], ids[number:]
	x.Source, x.Version, x.SchemaVersion = src, 1, 1
	x.AccountType, x.TxnType, x.Direction = pb.AccountType(a.kind), pb.TxnType(e.typ), pb.Direction_CREDIT
	if e.debit {
		x.Direction = pb.Direction_DEBIT
	}
	x.Status = pb.TxnStatus_POSTED
	if e.flags&failed != 0 {
		x.Status = pb.TxnStatus_FAILED
	}
	x.Initiator, x.Channel, x.CounterpartyType = pb.Initiator(e.init), pb.Channel(e.chann), pb.CounterpartyType(e.party)
	x.InternalTransfer, x.SameOwner = e.flags&internal != 0, e.flags&internal != 0
	x.AmountMinor, x.Currency, x.BaseAmountMinor = e.amount, walks[a.money()].name, e.base
	x.Unit, x.Quantity = "", e.quantity
	if a.money() != a.unit {
		x.Unit = walks[a.unit].name
	}
	x.BalanceKnown, x.BalanceAfter, x.BalanceTrust = false, 0, pb.BalanceTrust_BALANCE_TRUST_NONE
	if e.flags&trusted != 0 {
		x.BalanceKnown, x.BalanceAfter, x.BalanceTrust = true, e.balance, pb.BalanceTrust_BALANCE_TRUST_ORDERED
	}
	x.EventTime = int64(e.day)*86400 - zone + int64(e.second)
	x.BusinessDay, x.ValueDay = e.booked, e.valued
	x.ReversalKind = pb.ReversalKind_REVERSAL_KIND_UNSPECIFIED
	if e.of != 0 {
		x.ReversalKind = pb.ReversalKind_FULL
		if e.flags&partial != 0 {
			x.ReversalKind = pb.ReversalKind_PARTIAL
		}
	}
	x.CounterpartyBankCode, x.Mcc = otherBanks[e.bank].code, merchants[e.mcc]
	x.MaturityDay, x.InterestRateBp = e.maturity, int32(e.bp)
}

// side fills the record of an event that is no booking.
func (b *Bank) side(e *event, c *customer, t *today) {
	w := &b.writer
	c.sideSeq++
	id, when, seq := b.ids[e.cust], t.midnight+int64(e.at), int64(c.sideSeq)
	where := &branches[c.branch]
	var a *account
	var account string
	if e.kind != profileRecord && e.kind != rmRecord && e.kind != complaintRecord {
		a = &b.own(c)[e.slot]
		account = fmt.Sprintf("A-%08x-%d", c.pseudonym, e.slot+1)
	}
	switch e.kind {
	case booking: // is rendered elsewhere
	case profileRecord:
		display, phone := b.name(c)
		w.profile = pb.CustomerProfile{
			CustomerId: id, EventTime: when, SourceSeq: seq, DisplayName: display, PhoneTail: phone, Segment: segments[c.job], Region: where.region,
			MarketingConsent: c.pseudonym%10 < 7, SinceDay: c.since, Exited: e.flags&on != 0, BusinessDay: t.day, Language: "zh",
		}
		w.record.Profile = &w.profile
	case lifecycleRecord:
		w.lifecycle = pb.AccountLifecycle{
			CustomerId: id, AccountId: account, EventTime: when, SourceSeq: seq, AccountType: pb.AccountType(a.kind), Unit: walks[a.unit].name,
			OpenedDay: a.opened, ClosedDay: int32(e.aux), MaturityDay: e.maturity, LimitMinor: e.balance, ProductCode: products[a.kind], BusinessDay: t.day,
		}
		w.record.Lifecycle = &w.lifecycle
	case rmRecord:
		w.rm = pb.RmAssignment{CustomerId: id, EventTime: when, SourceSeq: seq, RmId: where.rms[e.aux], BranchPath: where.path, BusinessDay: t.day}
		w.record.Rm = &w.rm
	case creditRecord:
		w.credit = pb.CreditStatus{
			CustomerId: id, AccountId: account, EventTime: when, SourceSeq: seq, Dpd: int32(e.balance), FiveClass: fiveClass(e.balance),
			BusinessDay: t.day, AccountType: pb.AccountType(a.kind),
		}
		w.record.Credit = &w.credit
	case complaintRecord:
		w.complaint = pb.Complaint{
			CustomerId: id, ComplaintId: fmt.Sprintf("CP-%08x-%d", c.pseudonym, e.aux), EventTime: when, SourceSeq: seq, Open: e.flags&on != 0, BusinessDay: t.day,
		}
		w.record.Complaint = &w.complaint
	case openingBalance:
		w.balance = pb.BalanceSnapshot{
			CustomerId: id, AccountId: account, AccountType: pb.AccountType(a.kind), Unit: walks[a.unit].name, Day: t.day - 1, Balance: e.balance,
			EventTime: t.midnight - 1, SourceSeq: seq, BusinessDay: t.day - 1,
		}
		w.record.Balance = &w.balance
	}
}

var segments = [...]string{salaried: "salaried", retired: "retired", selfEmployed: "self_employed", student: "student"}

// fiveClass is the loan class of the rules in force since July 2023.
func fiveClass(dpd int64) string {
	switch {
	case dpd == 0:
		return "NORMAL"
	case dpd <= 90:
		return "SPECIAL_MENTION"
	case dpd <= 270:
		return "SUBSTANDARD"
	}
	return "DOUBTFUL"
}

package gen

import (
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// do turns an act into records.
func (b *builder) do(x *act) {
	day := b.start + int32(x.day)
	h := b.accounts[(x.who*3+x.account)%len(b.accounts)]
	early := x.early == 0 && x.day > 0
	switch x.kind {
	case "book", "late", "lost", "before", "pending":
		b.booking(x, h, day, early)
	case "transfer":
		b.transfer(x, h, day)
	case "reverse", "partial", "again", "conflict", "version", "old version":
		if len(b.sent) > 0 {
			i := len(b.sent) - 1 - x.ref%len(b.sent)
			b.about(x, b.sent[i], max(day, b.sentOn[i]))
		}
	case "read again":
		b.readAgain(x, day)
	case "far":
		b.far(x, h, day, -401)
	case "ahead":
		b.far(x, h, day, 2)
	case "recon":
		b.recon(x, h, day, x.early < 3 && x.day > 0)
	case "night":
		b.night(x, h, day, early)
	case "back":
		b.back(x, h, day)
	case "opened": // mostly another day than was told before
		h.opened = min(b.start-40+3*int32(x.amount), day)
		b.put(day, false, h.lifecycle(day, 0))
	case "rate":
		b.rate(x, day, day)
	case "late rate":
		b.rate(x, day, day-1)
	case "skip":
		b.skips[day] = !slices.Contains(b.from, day+1) // R148
	default:
		// What decides nothing at once may come before the CLOSE of the day before.
		early := x.early < 3 && x.day > 0 && slices.Contains([]string{"credit", "complaint", "assigned"}, x.kind)
		b.side(x, h, day, early)
	}
}

// fresh makes a transaction that happens on a day and its truth.
func (b *builder) fresh(x *act, h *holder, happened int32) *pb.Transaction {
	b.ids++
	if h.opened != 0 {
		happened = max(happened, h.opened)
	}
	t := &pb.Transaction{
		CustomerId: h.customer, AccountId: h.id, Source: "core", TxnId: fmt.Sprintf("t%d", b.ids), Version: 2,
		AccountType: h.typ, Status: pb.TxnStatus_POSTED, Currency: h.currency, Unit: h.unit,
		AmountMinor: int64(x.amount) * 100, EventTime: int64(happened)*86400 + int64(x.hour)*3600 + int64(b.ids),
		BusinessDay: happened, ValueDay: happened + int32(x.shift), SchemaVersion: 1,
		Direction:        pb.Direction_CREDIT,
		TxnType:          []pb.TxnType{pb.TxnType_TRANSFER_IN, pb.TxnType_SALARY_IN, pb.TxnType_CARD_SPEND, pb.TxnType_FEE}[x.typ],
		Channel:          []pb.Channel{0, pb.Channel_APP, pb.Channel_ATM, pb.Channel_BATCH}[x.chan_],
		Initiator:        []pb.Initiator{pb.Initiator_CUSTOMER, pb.Initiator_CUSTOMER, pb.Initiator_BANK}[x.by],
		CounterpartyType: []pb.CounterpartyType{0, pb.CounterpartyType_OTHER_BANK, pb.CounterpartyType_WALLET}[x.a%3],
		SameOwner:        x.b == 9,
	}
	if x.a == 9 {
		t.AmountMinor += int64(x.b)
	}
	if h.opened != 0 {
		t.ValueDay = max(t.ValueDay, h.opened)
	}
	if x.out == 1 {
		t.Direction = pb.Direction_DEBIT
	}
	t.BaseAmountMinor = t.AmountMinor
	if h.currency == "USD" {
		t.BaseAmountMinor = t.AmountMinor * 7
		t.BaseDerived = x.typ%2 == 0
	}
	if h.unit != "" {
		t.Quantity = t.AmountMinor / 2
	}
	return t
}

// effect is the signed movement in the account's unit.
func effect(h *holder, t *pb.Transaction) int64 {
	n := t.AmountMinor
	if h.unit != "" {
		n = t.Quantity
	}
	if t.Direction == pb.Direction_DEBIT {
		return -n
	}
	return n
}

func (b *builder) send(t *pb.Transaction, day int32, early bool) {
	b.sent, b.sentOn = append(b.sent, t), append(b.sentOn, day)
	b.put(day, early, &pb.LogRecord{Transaction: t})
}

func (b *builder) booking(x *act, h *holder, day int32, early bool) {
	if early {
		// An event of the day after the one that is about to close.
		x.delay = 0
	}
	if x.kind == "late" {
		x.delay = max(x.delay, 1)
	} else if x.kind != "book" {
		x.delay = 0
	}
	t := b.fresh(x, h, day-int32(x.delay))
	if b.f.Lag && x.ref%3 == 0 && h.trust == pb.BalanceTrust_BALANCE_TRUST_NONE {
		t.BusinessDay = max(t.BusinessDay-int32(x.b%9), h.opened)
		t.ValueDay = max(t.ValueDay-int32(x.b%9), h.opened)
	}
	h.truth = append(h.truth, truth{t.EventTime, effect(h, t)})
	switch x.kind {
	case "lost":
		return
	case "pending":
		first := b.lazily(t, func(c *pb.Transaction) { c.Status = pb.TxnStatus_PENDING })
		if x.ref%3 == 0 { // what is posted is the next version, of what may have failed before
			first.Status = []pb.TxnStatus{pb.TxnStatus_PENDING, pb.TxnStatus_FAILED, pb.TxnStatus_REVERSED}[x.ref/3%3]
			t.Version++
		}
		b.put(day, false, &pb.LogRecord{Transaction: first})
		if x.a < 7 {
			b.send(t, day+int32(x.a), false)
		}
		if x.b < 3 {
			last := b.lazily(t, func(c *pb.Transaction) {
				c.Status = []pb.TxnStatus{pb.TxnStatus_REVERSED, pb.TxnStatus_FAILED, pb.TxnStatus_PENDING}[x.b]
			})
			b.put(day+int32(x.a)+int32(x.ref%5), false, &pb.LogRecord{Transaction: last})
		}
	case "before":
		r := b.reversal(x, h, t, day, x.a < 5)
		b.put(day, false, &pb.LogRecord{Transaction: r})
		b.send(t, day+int32(x.b), false)
	default:
		b.send(t, day, early)
	}
}

// reversal makes a reversal of t that happens on a day.
func (b *builder) reversal(x *act, h *holder, t *pb.Transaction, day int32, full bool) *pb.Transaction {
	b.ids++
	r := proto.CloneOf(t)
	r.TxnId, r.TxnType, r.ReversalOf, r.Version = fmt.Sprintf("t%d", b.ids), pb.TxnType_REVERSAL, "core:"+t.TxnId, 2
	r.Status, r.Direction = pb.TxnStatus_POSTED, 3-t.Direction
	r.BalanceKnown, r.BalanceAfter, r.BalanceTrust = false, 0, 0
	r.ReversalKind = pb.ReversalKind_FULL
	if !full {
		r.ReversalKind = pb.ReversalKind_PARTIAL
		r.AmountMinor, r.BaseAmountMinor, r.Quantity = (r.AmountMinor*int64(x.a+1)/8)&^1, (r.BaseAmountMinor*int64(x.a+1)/8)&^1, (r.Quantity*int64(x.a+1)/8)&^1
	}
	r.EventTime = int64(day)*86400 + 23*3600 + int64(b.ids)
	r.BusinessDay, r.ValueDay = day, day
	if x.b < 5 && t.ValueDay >= day-400 { // no other is let in (R4)
		r.ValueDay = t.ValueDay
	}
	h.truth = append(h.truth, truth{r.EventTime, effect(h, r)})
	return r
}

// about makes a record about an earlier transaction.
func (b *builder) about(x *act, t *pb.Transaction, day int32) {
	h := b.holder(t.AccountId)
	switch x.kind {
	case "reverse", "partial":
		if t.ReversalOf != "" || t.BusinessDay < day-400 { // that may be let go of already (R78, R85)
			return
		}
		b.send(b.reversal(x, h, t, day, x.kind == "reverse"), day, false)
	case "again":
		if t.BaseDerived {
			t = b.lazily(t, func(*pb.Transaction) {})
		}
		b.put(day, false, &pb.LogRecord{Transaction: t})
	case "conflict":
		b.put(day, false, &pb.LogRecord{Transaction: b.lazily(t, func(c *pb.Transaction) { c.AmountMinor += 100; c.BaseAmountMinor += 100 })})
	case "version":
		if t.ReversalOf != "" && !b.f.Amends {
			return
		}
		v := b.lazily(t, func(c *pb.Transaction) {
			c.Version, c.AmountMinor, c.BaseAmountMinor = c.Version+1, int64(x.amount)*100, int64(x.amount)*100
			if h.unit != "" {
				c.Quantity = c.AmountMinor / 2
			}
			if x.b == 0 {
				c.Status = pb.TxnStatus_REVERSED
			}
			c.ValueDay = max(c.ValueDay+int32(x.shift), h.opened)
		})
		b.put(day, false, &pb.LogRecord{Transaction: v})
	case "old version":
		b.put(day, false, &pb.LogRecord{Transaction: b.lazily(t, func(c *pb.Transaction) { c.Version-- })})
	}
}

// lazily copies a transaction and changes the copy; it gets the balance that the
// original will report. Where ingest works out the base amount, it knows another rate.
func (b *builder) lazily(t *pb.Transaction, change func(*pb.Transaction)) *pb.Transaction {
	c := proto.CloneOf(t)
	if c.BaseDerived {
		b.ids++
		c.BaseAmountMinor += int64(b.ids%5) * 100
	}
	change(c)
	b.copies = append(b.copies, pair{t, c})
	return c
}

func (b *builder) transfer(x *act, h *holder, day int32) {
	x.shift = 0
	for _, to := range b.accounts {
		if to == h || to.customer != h.customer || to.moved() != h.moved() {
			continue
		}
		out, in := b.fresh(x, h, day), b.fresh(x, to, day)
		out.Direction, in.Direction = pb.Direction_DEBIT, pb.Direction_CREDIT
		for i, t := range []*pb.Transaction{out, in} {
			t.InternalTransfer, t.TxnType = true, pb.TxnType_TRANSFER_INTERNAL
			acc := []*holder{h, to}[i]
			acc.truth = append(acc.truth, truth{t.EventTime, effect(acc, t)})
			b.send(t, day, false)
		}
		return
	}
}

// far makes an event that is too old or too far ahead.
func (b *builder) far(x *act, h *holder, day, off int32) {
	x.shift = 0
	t := b.fresh(x, h, day)
	t.BusinessDay, t.ValueDay, t.EventTime = day+off, day+off, int64(day+off)*86400+int64(b.ids)
	b.put(day, false, &pb.LogRecord{Transaction: t})
}

// readAgain puts some customer records in a row once more, as ingest does that begins
// anew behind what it has committed.
func (b *builder) readAgain(x *act, day int32) {
	var come []*pb.LogRecord
	for _, i := range b.items {
		if i.day <= day && i.record.Rates == nil && i.record.Policy == nil {
			come = append(come, i.record)
		}
	}
	from := max(len(come)-1-x.ref, 0)
	for _, r := range come[from:min(from+1+x.b, len(come))] {
		b.put(day, false, r)
	}
}

// night books on the day before, maybe before its CLOSE.
func (b *builder) night(x *act, h *holder, day int32, early bool) {
	if x.day > 0 {
		b.send(b.batch(x, h, day), day, early)
	}
}

// batch makes a booking of the day before. Where a source tells no balance, its time is in
// the small hours; the money was there at the day's end.
func (b *builder) batch(x *act, h *holder, day int32) *pb.Transaction {
	t := b.fresh(x, h, day-1)
	moved := truth{t.EventTime, effect(h, t)}
	if h.trust == pb.BalanceTrust_BALANCE_TRUST_NONE {
		moved.time = Cut(day-1) - 1
		t.EventTime = int64(day)*86400 + 2*3600 + int64(b.ids)
	}
	h.truth = append(h.truth, moved)
	return t
}

// back books on an earlier day, maybe on one before the account's opening position; where
// the source tells balances, maybe what a position held already.
func (b *builder) back(x *act, h *holder, day int32) {
	if h.trust == pb.BalanceTrust_BALANCE_TRUST_DAY {
		return // its balances are of their day
	}
	t := b.fresh(x, h, day)
	back := int32(x.b)
	if x.a < 5 {
		back = day - b.start + int32(x.b%3)
	}
	t.BusinessDay, t.ValueDay = max(t.BusinessDay-back, h.opened), max(t.ValueDay-back, h.opened)
	if x.by != 0 || h.trust == pb.BalanceTrust_BALANCE_TRUST_NONE {
		h.truth = append(h.truth, truth{t.EventTime, effect(h, t)})
	}
	b.send(t, day, false)
}

// recon tells the balance at the end of the day before, maybe before its CLOSE, and maybe
// with a booking that comes behind it.
func (b *builder) recon(x *act, h *holder, day int32, early bool) {
	if x.b < 4 && x.day > 0 {
		defer b.send(b.batch(x, h, day), day, early)
	}
	n := h.at(Cut(day-1) - 1)
	if x.a == 0 {
		n += 700
	}
	r := (&Log{}).Balance(h.customer, h.id, day-1, n).Records[0]
	r.Balance.AccountType, r.Balance.Unit = h.typ, h.moved()
	b.put(day, early, r)
}

func (b *builder) rate(x *act, day, of int32) {
	unit := []string{"FND1", "USD"}[x.b%2]
	b.put(day, false, (&Log{}).Rate(of, unit, int64(x.amount)*100_000_000_000+int64(x.ref)).Records[0])
}

// side makes a record that is no booking.
func (b *builder) side(x *act, h *holder, day int32, early bool) {
	plan := b.plans[0]
	for i, from := range b.from {
		if day >= from {
			plan = b.plans[i+1]
		}
	}
	s := &plan.Schemes[x.ref%len(plan.Schemes)]
	tier := s.Tiers[x.b%len(s.Tiers)].Name
	l := &Log{}
	switch x.kind {
	case "seed":
		guarantee := int32(0)
		if x.a < 3 && s.Assess != policy.AssessEvent {
			guarantee = day + int32(x.amount)*3
		}
		l.Seed(h.customer, s.Name, tier, day, uint32(x.ref%3), guarantee)
	case "override":
		l.Override(h.customer, s.Name, tier, day, day+int32(x.amount))
	case "close":
		l.Add(b.closing(x, h, day))
	case "profile":
		r := &pb.CustomerProfile{CustomerId: h.customer, EventTime: int64(day) * 86400, Exited: x.a < 3, BusinessDay: day}
		if x.by != 0 {
			r.SinceDay = b.start - int32(x.amount)*10
		}
		l.Add(&pb.LogRecord{Profile: r})
		if x.b < 2 {
			// Two of one time, and both again.
			other := proto.CloneOf(r)
			other.Exited, other.SinceDay = !r.Exited, b.start-int32(x.b)*10
			l.Add(&pb.LogRecord{Profile: other}).Add(l.Records[0]).Add(&pb.LogRecord{Profile: other})
		}
	case "credit":
		l.Add(&pb.LogRecord{Credit: &pb.CreditStatus{
			CustomerId: h.customer, AccountId: h.id, AccountType: h.typ, EventTime: int64(day)*86400 + int64(x.hour%2),
			Dpd: int32(x.b), LimitMinor: int64(x.by*x.amount) * 100, BusinessDay: day,
		}})
	case "assigned":
		on := day
		if early {
			on-- // and once more on the day that is not closed yet
		}
		for ; on <= day; on++ {
			l.Add(&pb.LogRecord{Rm: &pb.RmAssignment{
				CustomerId: h.customer, RmId: "R" + strconv.Itoa(x.b%3), EventTime: int64(on)*86400 + int64(x.hour%2), BusinessDay: on,
			}})
		}
	case "complaint":
		l.Add(&pb.LogRecord{Complaint: &pb.Complaint{
			CustomerId: h.customer, ComplaintId: strconv.Itoa(x.b % 2), EventTime: int64(day) * 86400, Open: x.a < 6, BusinessDay: day,
		}})
	}
	for _, r := range l.Records {
		b.put(day, early, r)
	}
}

// closing tells an account anew: closed today, announced for a day to come, or open.
func (b *builder) closing(x *act, h *holder, day int32) *pb.LogRecord {
	if h.style == 2 && x.b < 3 {
		h.opened = b.start - 40 // told behind the first bookings
	}
	if x.typ == 0 && h.life > 0 {
		h.life-- // another word of the last one's place
	}
	closed := int32(0)
	if x.a < 6 {
		closed = day
		if x.chan_ > 1 {
			closed += int32(x.amount % 20)
		}
	}
	r := h.lifecycle(day, closed)
	if x.by == 0 {
		r.Lifecycle.OpenedDay = 0
	}
	return r
}

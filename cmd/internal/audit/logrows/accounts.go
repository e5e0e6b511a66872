package logrows

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// account is what the log says of an account, gathered.
type account struct {
	customer, name string
	// newest is the offset of the last record about it, booking of the last booking, -1: none.
	newest, booking int64
	bookings
	life
}

// bookings are minima and maxima over an account's bookings.
type bookings struct {
	typ         int32
	unit        string
	mixed       bool // they do not agree on type or unit
	first, last int32
	seen        balance
}

// balance is the newest balance that a source reported.
type balance struct{ at, offset, amount int64 }

func (b balance) compare(o balance) int {
	return cmp.Or(cmp.Compare(b.at, o.at), cmp.Compare(b.offset, o.offset), cmp.Compare(b.amount, o.amount))
}

// said orders records of which the last holds.
type said struct{ at, seq, offset int64 }

func (s said) compare(o said) int {
	return cmp.Or(cmp.Compare(s.at, o.at), cmp.Compare(s.seq, o.seq), cmp.Compare(s.offset, o.offset))
}

// life is what records of the account itself say: the last one holds, of type, unit and
// opening day the last that says any, of the limit the last of those and credit statuses.
type life struct {
	told                           bool
	said, typeAt, unitAt, openedAt said
	accountType, ownUnit           string
	opened                         int32
	rest                           []string // closed_day to product_code
	limit                          int64
	limitAt                        said
	// lentType is the type that credit statuses with a limit say, unsure: they differ.
	lentType string
}

var (
	openedColumn = []column[pb.AccountLifecycle]{farDay("opened_day", func(m *pb.AccountLifecycle) int32 { return m.OpenedDay })}
	limitColumn  = []column[pb.AccountLifecycle]{number("limit_minor", func(m *pb.AccountLifecycle) int64 { return m.LimitMinor })}
)

var lifeColumns = []column[pb.AccountLifecycle]{
	farDay("closed_day", func(m *pb.AccountLifecycle) int32 { return m.ClosedDay }),
	farDay("maturity_day", func(m *pb.AccountLifecycle) int32 { return m.MaturityDay }),
	truth("joint", func(m *pb.AccountLifecycle) bool { return m.Joint }),
	text("product_code", func(m *pb.AccountLifecycle) string { return m.ProductCode }),
}

func accountKey(customer, name string) string { return customer + "\x00" + name }

func (p *Partition) account(customer, name string) *account {
	p.buf = append(append(append(p.buf[:0], customer...), 0), name...)
	a := p.accounts[string(p.buf)]
	if a == nil {
		key := string(p.buf)
		a = &account{customer: key[:len(customer)], name: key[len(customer)+1:], booking: -1}
		p.accounts[key] = a
	}
	return a
}

// booked takes in a booking.
func (p *Partition) booked(offset int64, t *txn) {
	if p.capture != nil {
		return
	}
	a := p.account(t.CustomerId, t.AccountId)
	a.newest = offset
	typ, unit, day := int32(t.AccountType), t.Unit, date(t.BusinessDay)
	if _, known := pb.AccountType_name[typ]; !known {
		typ = 0
	}
	if unit == "" {
		unit = t.Currency
	}
	c := p.customer(t.CustomerId)
	c.newest = offset
	c.booked(day, a.booking < 0)
	if a.booking < 0 {
		a.bookings = bookings{typ: typ, unit: clone(unit), first: day, last: day}
	}
	if typ != a.typ || unit != a.unit {
		a.mixed = true
		a.typ = max(a.typ, typ)
		a.unit = clone(max(a.unit, unit))
	}
	a.booking, a.first, a.last = offset, min(a.first, day), max(a.last, day)
	if t.BalanceKnown {
		if b := (balance{seconds(t.EventTime), offset, t.BalanceAfter}); b.compare(a.seen) > 0 {
			a.seen = b
		}
	}
}

// described takes in what is said of an account itself.
func (p *Partition) described(offset int64, m *pb.AccountLifecycle) {
	if p.capture != nil {
		return
	}
	a := p.account(m.CustomerId, m.AccountId)
	was := *a
	p.unlessRefused(offset, func() { *a = was })
	a.newest = offset
	at := said{seconds(m.EventTime), m.SourceSeq, offset}
	if !a.told || at.compare(a.said) > 0 {
		a.told, a.said, a.rest = true, at, textsOf(lifeColumns, m)
	}
	if name := typeName(int32(m.AccountType)); name != "" && (a.accountType == "" || at.compare(a.typeAt) > 0) {
		a.typeAt, a.accountType = at, name
	}
	if m.Unit != "" && (a.ownUnit == "" || at.compare(a.unitAt) > 0) {
		a.unitAt, a.ownUnit = at, clone(m.Unit)
	}
	if m.OpenedDay != 0 && (a.opened == 0 || at.compare(a.openedAt) > 0) {
		a.openedAt, a.opened = at, m.OpenedDay
	}
	a.limited(at, m.LimitMinor)
}

// lent takes in the limit that a credit status tells.
func (p *Partition) lent(offset int64, m *pb.CreditStatus) {
	if p.capture != nil || m.LimitMinor == 0 {
		return
	}
	a := p.account(m.CustomerId, m.AccountId)
	was := *a
	p.unlessRefused(offset, func() { *a = was })
	a.newest = offset
	name := typeName(int32(m.AccountType))
	if a.lentType != "" && name != "" && name != a.lentType {
		name = unsure
	}
	if name != "" {
		a.lentType = name
	}
	a.limited(said{seconds(m.EventTime), m.SourceSeq, offset}, m.LimitMinor)
}

// limited takes in a limit: the last word holds, 0 is none.
func (l *life) limited(at said, limit int64) {
	if limit != 0 && (l.limit == 0 || at.compare(l.limitAt) > 0) {
		l.limitAt, l.limit = at, limit
	}
}

func typeName(v int32) string {
	if v == 0 {
		return ""
	}
	return pb.AccountType_name[v]
}

func clone(s string) string { return string([]byte(s)) }

func dateText(day int32) string { return string(appendDate(nil, day)) }

// Cells of a row of accounts_raw and of a row of accounts.
type cellList []cell

func (l cellList) named() (names []string) {
	for _, c := range l {
		names = append(names, c.name)
	}
	return names
}

var accountCells = cellList{
	{"account_type", "toString(account_type)"},
	{"unit", "toString(unit)"},
	{"first_day", "toString(first_day)"},
	{"last_day", "toString(last_day)"},
	{"observed", "concat(toString(toUnixTimestamp(observed.1)), '@', toString(observed.2), ' ', toString(observed.3))"},
}

var accountViewCells = slices.Concat(cellList{{"account_type", "toString(account_type)"}, {"unit", "toString(unit)"}},
	cellsOf(openedColumn), cellsOf(limitColumn), cellsOf(lifeColumns), cellList{
		{"first_day", "toString(first_day)"},
		{"last_day", "toString(last_day)"},
		{"balance", "toString(balance)"},
		{"balance_at", "ifNull(toString(toUnixTimestamp(balance_at)), '')"},
	})

func (p *Partition) compareAccounts(ctx context.Context) (int64, error) {
	label := func(a, b string) (string, string) { return a, "account " + b }
	n, err := compareKeyed(ctx, p, keyed[*account]{
		where: "table accounts_raw", cells: accountCells, want: p.accounts, of: (*account).row, label: label,
		query: "SELECT customer_id, account_id, toInt64(last_offset), %s FROM " + p.named("accounts_raw") + " FINAL WHERE partition = %d",
	})
	if err != nil {
		return 0, err
	}
	_, err = compareKeyed(ctx, p, keyed[*account]{
		where: "view accounts", cells: accountViewCells, want: p.accounts, of: (*account).shown, label: label,
		query: "SELECT customer_id, account_id, toInt64(offset), %s FROM " + p.named("accounts") + " WHERE partition = %d",
	})
	return n, err
}

// row is the row of accounts_raw; none without bookings.
func (a *account) row() (int64, []string) {
	if a.booking < 0 {
		return 0, nil
	}
	return a.booking, []string{
		strconv.Itoa(int(a.typ)), a.unit, dateText(a.first), dateText(a.last),
		strconv.FormatInt(a.seen.at, 10) + "@" + strconv.FormatInt(a.seen.offset, 10) + " " + strconv.FormatInt(a.seen.amount, 10),
	}
}

// shown is the row of the view accounts; none of which nothing is known but what was refused.
func (a *account) shown() (int64, []string) {
	if a.booking < 0 && !a.told && a.limit == 0 {
		return 0, nil
	}
	typ, unit := a.accountType, a.ownUnit
	if typ == "" {
		typ = a.orUnsure(typeName(a.typ))
	}
	if typ == "" {
		typ = a.lentType
	}
	if unit == "" {
		unit = a.orUnsure(a.unit)
	}
	rest := a.rest
	if rest == nil {
		rest = textsOf(lifeColumns, new(pb.AccountLifecycle))
	}
	told := &pb.AccountLifecycle{OpenedDay: a.opened, LimitMinor: a.limit}
	at := ""
	if a.seen.offset > 0 {
		at = strconv.FormatInt(a.seen.at, 10)
	}
	return a.newest, slices.Concat([]string{typ, unit}, textsOf(openedColumn, told), textsOf(limitColumn, told), rest,
		[]string{dateText(a.first), dateText(a.last), strconv.FormatInt(a.seen.amount, 10), at})
}

// orUnsure: which of several types or units the view shows depends on what is merged.
func (a *account) orUnsure(text string) string {
	if a.mixed {
		return unsure
	}
	return text
}

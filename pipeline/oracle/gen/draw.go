package gen

import (
	"cmp"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// act is something that happens on a day of a random log. A log is drawn as a
// list of acts, so that a failing one shrinks by losing acts.
type act struct {
	kind           string
	day            int
	who, account   int
	amount, out    int
	delay, shift   int
	hour, early    int
	ref, a, b      int
	typ, chan_, by int
}

// item is a record with its place in the log.
type item struct {
	day    int32
	early  bool
	record *pb.LogRecord
}

// holder is an account as the generator knows it.
type holder struct {
	customer, id string
	typ          pb.AccountType
	currency     string
	unit         string
	trust        pb.BalanceTrust
	opened       int32
	opening      int64
	style        int
	truth        []truth
	// printed is the unit in which a source without order prints its balances.
	printed int64
	life    int64
}

// truth is what really happened on an account, whether or not it was told.
type truth struct {
	time, n int64
}

// pair is a transaction and a later record about it.
type pair struct{ of, copy *pb.Transaction }

// builder turns acts into a log.
type builder struct {
	f        Features
	start    int32
	days     int32
	accounts []*holder
	sent     []*pb.Transaction
	sentOn   []int32
	copies   []pair
	items    []item
	plans    []*policy.Plan
	// from are the days on which the plans behind the first come into force.
	from  []int32
	skips map[int32]bool
	ids   int
}

// Draw draws a random log of one partition.
func Draw(t *rapid.T, f Features) *Log {
	b := &builder{f: f, skips: map[int32]bool{}}
	limit := f.MaxDays
	if limit == 0 {
		limit = 200
	}
	b.start = Day("2024-01-01") + int32(rapid.IntRange(0, 400).Draw(t, "start"))
	b.days = int32(rapid.IntRange(min(35, limit), limit).Draw(t, "days"))
	l := &Log{}
	l.Engine(int32(pick(t, "fxLag", 0, 0, 1)), int32(pick(t, "navLag", 0, 1, 1)))
	text := Policy(t, 1, f)
	l.Policy(text, 1, b.start)
	if f.Warm {
		l.Close(b.start - 1)
	}
	l.Tick(b.start)
	b.compile(text)
	if f.Resets || f.Third || !f.NoPolicies && chance(t, "second", 40) {
		from := b.start + 5 + int32(rapid.IntRange(0, max(int(b.days)-10, 0)).Draw(t, "from"))
		b.reform(t, 2, from-3, from)
		if f.Third {
			b.third(t, from)
		}
	}
	b.people(t)
	acts := rapid.SliceOfN(rapid.Custom(b.act), 0, 70).Draw(t, "acts")
	if b.from != nil {
		fewest := 0
		if f.Resets || f.Third {
			fewest = 3
		}
		acts = append(acts, rapid.SliceOfN(rapid.Custom(b.across), fewest, 3+fewest).Draw(t, "across")...)
	}
	slices.SortStableFunc(acts, func(x, y act) int { return cmp.Compare(x.day, y.day) })
	b.rates(t)
	if f.Warm {
		for _, h := range b.accounts {
			b.booking(&act{kind: "book", amount: 1}, h, b.start, false)
		}
	}
	for i := range acts {
		b.do(&acts[i])
	}
	b.observe()
	b.emit(l)
	return l
}

// reform puts the next version of the policy on a day, for a later one.
func (b *builder) reform(t *rapid.T, version uint32, on, from int32) {
	text := Policy(t, int(version), b.f)
	b.compile(text)
	b.from = append(b.from, from)
	b.put(on, false, (&Log{}).Policy(text, version, from).Records[0])
}

// third puts a version that comes while the second waits for its day, or behind it; some
// name a day that is too early (R178).
func (b *builder) third(t *rapid.T, second int32) {
	on := second - 3 + int32(pick(t, "thirdOn", 0, 0, 1, 2, 4, 10, 40))
	from := max(second+int32(pick(t, "thirdFrom", 0, 1, 1, 2, 7, 20, 45, -1)), on+1)
	b.reform(t, 3, on, from)
	b.from[1] = max(from, second)
}

func (b *builder) compile(text string) {
	opt := policy.Options{BaseCurrency: Base}
	if n := len(b.plans); n > 0 {
		opt.Previous = b.plans[n-1]
	}
	p, err := policy.Compile("", []byte(text), opt)
	if err != nil {
		panic(fmt.Sprintf("compile a drawn policy: %v\n%s", err, text))
	}
	b.plans = append(b.plans, p)
}

// people draws customers and accounts.
func (b *builder) people(t *rapid.T) {
	customers := rapid.IntRange(1, 3).Draw(t, "customers")
	for c := range customers {
		n := rapid.IntRange(1, 3).Draw(t, "accounts")
		for a := range n {
			h := &holder{customer: fmt.Sprintf("C%d", c+1), id: fmt.Sprintf("C%dA%d", c+1, a+1), typ: pb.AccountType_DEMAND, currency: Base}
			kind := pick(t, "type", "demand", "demand", "time", "fund", "dollar", "loan", "card")
			if b.f.NoUnits && (kind == "fund" || kind == "dollar") || b.f.Pure {
				kind = "demand"
			}
			switch kind {
			case "time":
				h.typ = pb.AccountType_TIME
			case "fund":
				h.typ, h.unit = pb.AccountType_FUND, "FND1"
			case "dollar":
				h.currency = "USD"
			case "loan":
				h.typ = pb.AccountType_LOAN
			case "card":
				h.typ = pb.AccountType_CARD_CREDIT
			}
			if !b.f.NoHeals {
				h.trust = pick(t, "trust", pb.BalanceTrust_BALANCE_TRUST_NONE, pb.BalanceTrust_BALANCE_TRUST_ORDERED, pb.BalanceTrust_BALANCE_TRUST_NONE)
			}
			if b.f.Days {
				h.trust = pick(t, "dayTrust", pb.BalanceTrust_BALANCE_TRUST_DAY, pb.BalanceTrust_BALANCE_TRUST_DAY, h.trust)
				h.printed = pick(t, "printed", int64(1), 1, 10)
			}
			if b.f.Ordered {
				h.trust = pb.BalanceTrust_BALANCE_TRUST_ORDERED
			}
			h.style = rapid.IntRange(0, 2).Draw(t, "style")
			h.open(b, int64(rapid.IntRange(0, 50).Draw(t, "opening"))*100)
			b.accounts = append(b.accounts, h)
		}
		if b.f.Seeded {
			b.top(fmt.Sprintf("C%d", c+1), uint32(rapid.IntRange(0, 1).Draw(t, "misses")))
		}
	}
}

// top seeds a customer on the highest tier of every scheme.
func (b *builder) top(customer string, misses uint32) {
	for i := range b.plans[0].Schemes {
		s := &b.plans[0].Schemes[i]
		high := s.Tiers[len(s.Tiers)-1]
		seed := (&Log{}).Seed(customer, s.Name, high.Name, b.start, min(misses, uint32(high.DownAfter)-1), 0)
		b.put(b.start, false, seed.Records[0])
	}
}

// open puts the records that an account begins with.
func (h *holder) open(b *builder, n int64) {
	if h.typ == pb.AccountType_LOAN || h.typ == pb.AccountType_CARD_CREDIT {
		n = -n
	}
	switch h.style {
	case 0:
		h.opening = n
		r := (&Log{}).Balance(h.customer, h.id, b.start-1, n).Records[0]
		r.Balance.AccountType, r.Balance.Unit = h.typ, h.moved()
		b.put(b.start, false, r)
	case 1:
		h.opened = b.start - 40
		b.put(b.start, false, h.lifecycle(b.start, 0))
		fallthrough
	case 2:
		if h.trust != pb.BalanceTrust_BALANCE_TRUST_NONE {
			h.opening = n
		}
	}
}

// moved is the unit in which the account is kept.
func (h *holder) moved() string {
	if h.unit != "" {
		return h.unit
	}
	return h.currency
}

func (h *holder) lifecycle(day, closed int32) *pb.LogRecord {
	h.life++
	return &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: h.customer, AccountId: h.id, AccountType: h.typ, Unit: h.moved(), OpenedDay: h.opened,
		ClosedDay: closed, EventTime: h.life, LimitMinor: 1000, BusinessDay: day,
	}}
}

func (b *builder) put(day int32, early bool, r *pb.LogRecord) {
	b.items = append(b.items, item{day, early, r})
}

// act draws one act.
func (b *builder) act(t *rapid.T) act {
	kinds := []string{
		"book", "book", "book", "book", "book", "book", "book", "reverse", "partial", "before", "again", "conflict",
		"version", "old version", "pending", "lost", "late", "read again",
	}
	if !b.f.NoSide {
		kinds = append(kinds, "seed", "override", "close", "profile", "credit", "complaint", "complaint", "assigned", "assigned", "transfer", "far", "ahead")
	}
	if !b.f.NoHeals {
		kinds = append(kinds, "recon", "recon", "recon", "night", "night", "lost", "back", "back")
	}
	if b.f.Ordered {
		kinds = slices.Insert(kinds, 1, "back", "back", "back") // those that stand early are drawn more often
	}
	if !b.f.NoSide && !b.f.NoHeals {
		kinds = append(kinds, "opened", "opened", "opened")
	}
	if !b.f.NoUnits {
		kinds = append(kinds, "rate", "rate", "late rate")
	}
	if !b.f.NoSkips {
		kinds = append(kinds, "skip")
	}
	if b.f.Old {
		kinds = slices.Insert(kinds, 1, "late", "late", "late")
	}
	if b.f.Amends {
		kinds = slices.Insert(kinds, 1, "reverse", "partial", "version", "version")
	}
	n := func(label string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, label) }
	delays := []int{0, 0, 0, 1, 2, 5, 12, 35}
	if b.f.Old {
		delays = append(delays, 36, 60, 100, 200, 300, 370, 390, 399, 400)
	}
	return act{
		kind: rapid.SampledFrom(kinds).Draw(t, "kind"), day: n("day", 0, int(b.days)-1), who: n("who", 0, 8), account: n("account", 0, 8),
		amount: n("amount", 1, 40), out: n("out", 0, 1), delay: pick(t, "delay", delays...),
		shift: pick(t, "shift", 0, 0, 0, -3, -1, 1, 2, 10), hour: n("hour", 0, 22), early: n("early", 0, 5),
		ref: n("ref", 0, 40), a: n("a", 0, 9), b: n("b", 0, 9), typ: n("typ", 0, 3), chan_: n("channel", 0, 3), by: n("by", 0, 2),
	}
}

// across draws a booking of the last days under one policy that comes in the first ones
// under the next.
func (b *builder) across(t *rapid.T) act {
	x, from := b.act(t), b.from[0]
	if len(b.from) > 1 {
		from = pick(t, "from which", b.from...)
	}
	behind := rapid.IntRange(0, 9).Draw(t, "behind")
	x.kind, x.day, x.early = "late", min(int(from-b.start)+behind, int(b.days)-1), 1
	longest := 9
	if b.f.Third {
		longest = 40
	}
	x.delay = behind + rapid.IntRange(1, longest).Draw(t, "before")
	x.amount *= 10 // it moves a tier
	return x
}

// rates gives every unit a rate at the start, or not.
func (b *builder) rates(t *rapid.T) {
	if b.f.NoUnits || b.f.Pure {
		return
	}
	for _, unit := range []string{"FND1", "USD"} {
		if chance(t, "rated "+unit, 80) {
			b.put(b.start, false, (&Log{}).Rate(b.start, unit, 1_500_000_000_000).Records[0])
		}
	}
}

// observe fills in the balances that the sources report.
func (b *builder) observe() {
	for _, t := range b.sent {
		if !t.BalanceKnown {
			b.report(t, t.EventTime)
		}
	}
	for _, p := range b.copies {
		b.report(p.copy, p.of.EventTime)
	}
	for _, x := range b.items {
		t := x.record.Transaction
		if t != nil && !t.BalanceKnown && b.holder(t.AccountId).trust == pb.BalanceTrust_BALANCE_TRUST_DAY {
			b.report(t, t.EventTime)
		}
		// A source without order knows days only.
		if t != nil && t.BalanceTrust == pb.BalanceTrust_BALANCE_TRUST_DAY {
			t.EventTime = int64(t.BusinessDay) * 86400
		}
	}
}

// report lets a transaction tell the balance of a second.
func (b *builder) report(t *pb.Transaction, sec int64) {
	h := b.holder(t.AccountId)
	if h.trust == pb.BalanceTrust_BALANCE_TRUST_NONE {
		return
	}
	t.BalanceKnown, t.BalanceTrust, t.BalanceAfter = true, h.trust, h.at(sec)
	if h.trust == pb.BalanceTrust_BALANCE_TRUST_DAY && h.printed > 1 {
		t.BalanceAfter -= t.BalanceAfter % h.printed
		t.BalanceTolerance = h.printed
	}
}

// at is the true balance after all that happened up to a second.
func (h *holder) at(sec int64) int64 {
	n := h.opening
	for _, x := range h.truth {
		if x.time <= sec {
			n += x.n
		}
	}
	return n
}

func (b *builder) holder(id string) *holder {
	for _, h := range b.accounts {
		if h.id == id {
			return h
		}
	}
	return nil
}

// emit writes the log: day by day the early records, the CLOSE of the day
// before, the TICK and the other records.
func (b *builder) emit(l *Log) {
	slices.SortStableFunc(b.items, func(x, y item) int {
		if c := cmp.Compare(x.day, y.day); c != 0 {
			return c
		}
		if x.early == y.early {
			return 0
		}
		if x.early {
			return -1
		}
		return 1
	})
	i := 0
	for d := b.start; d < b.start+b.days; d++ {
		for ; i < len(b.items) && b.items[i].day <= d && b.items[i].early && d > b.start; i++ {
			l.Add(b.items[i].record)
		}
		if d > b.start && !b.skips[d-1] {
			l.justClose(d - 1)
		}
		l.Tick(d)
		some := i
		for ; i < len(b.items) && b.items[i].day <= d; i++ {
			l.Add(b.items[i].record)
			if b.f.Hold {
				l.TickAt(d, 43200+int64(i-some+1)*600)
			}
		}
		for n := int64(1); b.f.Hold && i > some && n <= 6; n++ {
			l.TickAt(d, 43200+int64(i-some)*600+n*2100)
		}
	}
	l.justClose(b.start + b.days - 1)
}

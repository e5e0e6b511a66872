package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const (
	// noon is when bookings happen whose line names no time.
	noon = 12 * 3600
	// lastSecond is when an end-of-day balance is reported.
	lastSecond = 86399
	// source of all ids of a script.
	source = "script"
)

// booking reads: DATE [TIME] CUSTOMER ACCOUNT TYPE UNIT balance|credit|debit AMOUNT.
func (p *parser) booking(d int32, w *words) (Action, error) {
	sec, err := w.clock(-1)
	if err != nil {
		return nil, err
	}
	var f [6]string
	for i, what := range []string{"the customer", "the account", "the account type", "the unit", "balance, credit or debit", "the amount"} {
		if f[i], err = w.want(what); err != nil {
			return nil, err
		}
	}
	kind, ok := pb.AccountType_value[strings.ToUpper(f[2])]
	if !ok || kind == 0 {
		return nil, fmt.Errorf("%q is no account type; write one such as DEMAND, TIME, FUND, LOAN", f[2])
	}
	amount, err := p.amount(f[5], f[3])
	if err != nil {
		return nil, err
	}
	at := place{day: d, sec: sec, customer: f[0], account: f[1], kind: pb.AccountType(kind), unit: f[3]}
	p.know(at)
	switch f[4] {
	case "balance":
		return p.position(at, amount, w)
	case "credit":
		return p.transaction(at, pb.Direction_CREDIT, amount, w)
	case "debit":
		return p.transaction(at, pb.Direction_DEBIT, amount, w)
	}
	return nil, fmt.Errorf("%q is no booking; write balance, credit or debit", f[4])
}

// place is where and when a booking happens; sec is -1 if no time is given.
type place struct {
	day               int32
	sec               int64
	customer, account string
	kind              pb.AccountType
	unit              string
}

func (l place) at(otherwise int64) int64 {
	if l.sec >= 0 {
		otherwise = l.sec
	}
	return int64(l.day)*86400 + otherwise
}

// know remembers an account's type and unit for lines that do not repeat them.
func (p *parser) know(at place) {
	key := [2]string{at.customer, at.account}
	if p.accounts[key] == nil {
		p.accounts[key] = &pb.AccountLifecycle{CustomerId: at.customer, AccountId: at.account, AccountType: at.kind, Unit: at.unit}
	}
}

func (p *parser) position(at place, amount int64, w *words) (Action, error) {
	b := &pb.BalanceSnapshot{
		CustomerId: at.customer, AccountId: at.account, AccountType: at.kind, Unit: at.unit, Day: at.day,
		Balance: amount, EventTime: at.at(lastSecond), SourceSeq: int64(p.line), BusinessDay: at.day,
	}
	return Record{Log: &pb.LogRecord{Balance: b}}, w.end()
}

func (p *parser) transaction(at place, dir pb.Direction, amount int64, w *words) (Action, error) {
	opts, err := w.options("value", "booked", "id", "version", "reversal_of", "partial", "txn", "initiator", "channel",
		"counterparty", "internal", "same_owner", "status", "balance", "trust", "tolerance", "money", "base", "unique", "no_tick")
	if err != nil {
		return nil, err
	}
	if amount < 0 {
		return nil, errors.New("the amount is negative; write debit instead of credit, or the other way round")
	}
	t := &pb.Transaction{
		CustomerId: at.customer, AccountId: at.account, Source: source, TxnId: "L" + strconv.Itoa(p.line), Version: 1,
		SourceSeq: int64(p.line), AccountType: at.kind, Direction: dir, Status: pb.TxnStatus_POSTED,
		Currency: at.unit, EventTime: at.at(noon), BusinessDay: at.day, ValueDay: at.day, SchemaVersion: 1,
		AmountMinor: amount,
	}
	if _, isCurrency := policy.MinorDigits(at.unit); !isCurrency {
		t.Unit, t.Quantity, t.Currency, t.AmountMinor = at.unit, amount, p.script.Base, 0
	}
	for _, read := range []func(*pb.Transaction, map[string]string) error{p.days, p.identity, p.nature, p.observation, p.money} {
		if err := read(t, opts); err != nil {
			return nil, err
		}
	}
	_, noTick := opts["no_tick"]
	return Record{Log: &pb.LogRecord{Transaction: t}, NoTick: noTick}, nil
}

// days reads booked and value.
func (p *parser) days(t *pb.Transaction, opts map[string]string) error {
	if booked, err := dateOption(opts, "booked"); err != nil {
		return err
	} else if booked != 0 {
		t.BusinessDay, t.ValueDay = booked, booked
	}
	value, err := dateOption(opts, "value")
	if value != 0 {
		t.ValueDay = value
	}
	return err
}

// identity reads id, version, unique and reversal_of.
func (p *parser) identity(t *pb.Transaction, opts map[string]string) error {
	if id, ok := opts["id"]; ok {
		t.TxnId = id
	}
	if v, ok := opts["version"]; ok {
		n, err := policy.Decimal(v, 0)
		if err != nil || n < 1 || n > 1<<20 {
			return fmt.Errorf("version=%s is no version; write one from 1", v)
		}
		t.Version = uint32(n)
	}
	_, t.Unique = opts["unique"]
	_, partial := opts["partial"]
	original, ok := opts["reversal_of"]
	switch {
	case ok && partial:
		t.ReversalKind = pb.ReversalKind_PARTIAL
	case ok:
		t.ReversalKind = pb.ReversalKind_FULL
	case partial:
		return errors.New("partial is about a reversal; add reversal_of=ID")
	}
	if ok {
		t.ReversalOf = source + ":" + original
	}
	return nil
}

// nature reads what kind of transaction it is; without a word it is a transfer by
// the customer from or to another bank.
func (p *parser) nature(t *pb.Transaction, opts map[string]string) error {
	_, t.InternalTransfer = opts["internal"]
	_, t.SameOwner = opts["same_owner"]
	t.Initiator, t.Channel, t.CounterpartyType = pb.Initiator_CUSTOMER, pb.Channel_APP, pb.CounterpartyType_OTHER_BANK
	switch {
	case t.ReversalOf != "":
		t.TxnType, t.Initiator, t.Channel = pb.TxnType_REVERSAL, pb.Initiator_BANK, pb.Channel_BATCH
	case t.InternalTransfer || t.SameOwner:
		t.TxnType, t.CounterpartyType = pb.TxnType_TRANSFER_INTERNAL, pb.CounterpartyType_OWN
	case t.Direction == pb.Direction_CREDIT:
		t.TxnType = pb.TxnType_DEPOSIT_TRANSFER_IN
	default:
		t.TxnType = pb.TxnType_TRANSFER_OUT
	}
	set := func(key string, values map[string]int32, to func(int32)) error {
		word, ok := opts[key]
		if !ok {
			return nil
		}
		n, known := values[strings.ToUpper(word)]
		if !known {
			return fmt.Errorf("%s=%s is not known; use a name of the event schema", key, word)
		}
		to(n)
		return nil
	}
	return errors.Join(
		set("txn", pb.TxnType_value, func(n int32) { t.TxnType = pb.TxnType(n) }),
		set("initiator", pb.Initiator_value, func(n int32) { t.Initiator = pb.Initiator(n) }),
		set("channel", pb.Channel_value, func(n int32) { t.Channel = pb.Channel(n) }),
		set("counterparty", pb.CounterpartyType_value, func(n int32) { t.CounterpartyType = pb.CounterpartyType(n) }),
		set("status", pb.TxnStatus_value, func(n int32) { t.Status = pb.TxnStatus(n) }),
	)
}

// observation reads balance, trust and tolerance, in the account's unit.
func (p *parser) observation(t *pb.Transaction, opts map[string]string) error {
	unit := t.Unit
	if unit == "" {
		unit = t.Currency
	}
	var err error
	if s, ok := opts["balance"]; ok {
		t.BalanceKnown = true
		if t.BalanceAfter, err = p.amount(s, unit); err != nil {
			return err
		}
	}
	if s, ok := opts["tolerance"]; ok {
		if t.BalanceTolerance, err = p.amount(s, unit); err != nil {
			return err
		}
	}
	switch trust := opts["trust"]; trust {
	case "":
	case "ordered":
		t.BalanceTrust = pb.BalanceTrust_BALANCE_TRUST_ORDERED
	case "day":
		t.BalanceTrust = pb.BalanceTrust_BALANCE_TRUST_DAY
	case "none":
	default:
		return fmt.Errorf("trust=%s is not known; use ordered, day or none", trust)
	}
	return nil
}

// money reads money (what a booking in units moved, base currency) and base (its
// amount in base currency); without them the runner values it by the last rate.
func (p *parser) money(t *pb.Transaction, opts map[string]string) error {
	var err error
	if s, ok := opts["money"]; ok {
		if t.AmountMinor, err = p.amount(s, p.script.Base); err != nil {
			return err
		}
	}
	if s, ok := opts["base"]; ok {
		t.BaseAmountMinor, err = p.amount(s, p.script.Base)
	}
	return err
}

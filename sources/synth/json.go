package synth

import (
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// AppendJSON appends the canonical JSON of a customer record, one object
// without a line end. A transaction has the names of the
// canonical event; fields without content are left out. Any other record begins
// with its kind: {"record":"profile",…}. Times are RFC 3339
// at +08:00, days are dates, amounts integers of minor (smallest) units.
func AppendJSON(dst []byte, r *pb.LogRecord) []byte {
	if x := r.GetTransaction(); x != nil {
		return appendTransaction(dst, x)
	}
	return appendSide(dst, r)
}

// object appends members of a JSON object; empty ones are left out.
type object []byte

func (o object) key(name string) object {
	if o[len(o)-1] != '{' {
		o = append(o, ',')
	}
	o = append(o, '"')
	o = append(o, name...)
	return append(o, '"', ':')
}

func (o object) str(name, v string) object {
	if v == "" {
		return o
	}
	return appendString(o.key(name), v)
}

// num appends v even if it is 0.
func (o object) num(name string, v int64) object { return strconv.AppendInt(o.key(name), v, 10) }

func (o object) some(name string, v int64) object {
	if v == 0 {
		return o
	}
	return o.num(name, v)
}

func (o object) yes(name string, v bool) object {
	if !v {
		return o
	}
	return append(o.key(name), "true"...)
}

// date appends a day; 0 is none.
func (o object) date(name string, day int32) object {
	if day == 0 {
		return o
	}
	o = append(o.key(name), '"')
	return append(appendDate(o, day), '"')
}

func (o object) time(name string, at int64) object {
	o = append(o.key(name), '"')
	local := at + zone
	o = append(appendDate(o, int32(local/86400)), 'T')
	s := uint32(local % 86400)
	o = append(appendPadded(o, s/3600, 2), ':')
	o = append(appendPadded(o, s/60%60, 2), ':')
	return append(appendPadded(o, s%60, 2), "+08:00\""...)
}

func appendDate(dst []byte, day int32) []byte {
	y, m, d := civil(day)
	dst = append(appendPadded(dst, uint32(y), 4), '-')
	dst = append(appendPadded(dst, uint32(m), 2), '-')
	return appendPadded(dst, uint32(d), 2)
}

// appendString quotes text; the bank writes no control characters, but a name
// may hold any letter.
func appendString(dst []byte, v string) []byte {
	dst = append(dst, '"')
	for i := range len(v) {
		switch ch := v[i]; {
		case ch == '"' || ch == '\\':
			dst = append(dst, '\\', ch)
		case ch < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[ch>>4], hexDigits[ch&15])
		default:
			dst = append(dst, ch)
		}
	}
	return append(dst, '"')
}

func appendTransaction(dst []byte, x *pb.Transaction) []byte {
	o := append(object(dst), '{')
	o = append(o.key("event_id"), '"')
	o = append(o, x.Source...)
	o = append(o, ':')
	o = append(o, x.TxnId...)
	o = append(o, ':')
	o = append(strconv.AppendUint(o, uint64(x.Version), 10), '"')
	o = o.str("customer_id", x.CustomerId).str("account_id", x.AccountId)
	o = o.str("account_type", accountNames.of(int32(x.AccountType))).str("txn_type", typeNames.of(int32(x.TxnType)))
	o = o.str("direction", directionNames.of(int32(x.Direction)))
	o = o.num("amount_minor", x.AmountMinor).str("currency", x.Currency)
	if x.Currency != "CNY" {
		o = o.some("base_amount_minor", x.BaseAmountMinor)
	}
	o = o.str("unit", x.Unit).some("quantity", x.Quantity)
	if x.BalanceKnown {
		o = o.num("balance_after_minor", x.BalanceAfter)
	}
	o = o.time("event_time", x.EventTime).date("booking_date", x.BusinessDay)
	if x.ValueDay != x.BusinessDay {
		o = o.date("value_date", x.ValueDay)
	}
	o = o.str("status", statusNames.of(int32(x.Status))).str("reversal_of", x.ReversalOf)
	if x.ReversalKind != 0 {
		o = o.str("reversal_kind", reversalNames.of(int32(x.ReversalKind)))
	}
	o = o.str("initiator", initiatorNames.of(int32(x.Initiator)))
	o = o.yes("internal_transfer", x.InternalTransfer).yes("same_owner", x.SameOwner)
	o = o.str("counterparty_bank_code", x.CounterpartyBankCode)
	if x.CounterpartyType != 0 {
		o = o.str("counterparty_type", partyNames.of(int32(x.CounterpartyType)))
	}
	if x.Channel != 0 {
		o = o.str("channel", channelNames.of(int32(x.Channel)))
	}
	o = o.str("mcc", x.Mcc).date("maturity_date", x.MaturityDay).some("interest_rate_bp", int64(x.InterestRateBp))
	return append(o, '}')
}

// names lists an enum's names by number.
type names []string

func (n names) of(v int32) string {
	if v < 0 || int(v) >= len(n) {
		return ""
	}
	return n[v]
}

func listed(byNumber map[int32]string) names {
	n := make(names, len(byNumber))
	for v := range n {
		n[v] = byNumber[int32(v)]
	}
	return n
}

var (
	accountNames   = listed(pb.AccountType_name)
	typeNames      = listed(pb.TxnType_name)
	directionNames = listed(pb.Direction_name)
	statusNames    = listed(pb.TxnStatus_name)
	initiatorNames = listed(pb.Initiator_name)
	channelNames   = listed(pb.Channel_name)
	reversalNames  = listed(pb.ReversalKind_name)
	// In the canonical JSON a merchant is MERCHANT; the long name of the schema
	// only avoids a clash.
	partyNames = func() names {
		n := listed(pb.CounterpartyType_name)
		n[pb.CounterpartyType_COUNTERPARTY_MERCHANT] = "MERCHANT"
		return n
	}()
)

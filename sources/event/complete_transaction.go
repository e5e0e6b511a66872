package event

import (
	"strconv"
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// valueSpan is how far a value day may lie from its business day (R4).
const valueSpan = 400

func (b *Builder) transaction(t *pb.Transaction) *Reject {
	if r := b.head(t.CustomerId, t.EventTime, &t.BusinessDay); r != nil {
		return r
	}
	if t.ValueDay == 0 {
		t.ValueDay = t.BusinessDay
	}
	if r := checkDay("value_date", t.ValueDay); r != nil {
		return r
	}
	if d := t.ValueDay - t.BusinessDay; d > valueSpan || d < -valueSpan {
		return &Reject{ValueDateRange, "value_date", strconv.Itoa(int(d)) + " days from the business day; at most 400 either way"}
	}
	if r := identity(t); r != nil {
		return r
	}
	if r := vocabulary(t); r != nil {
		return r
	}
	if r := b.money(t); r != nil {
		return r
	}
	if r := reversal(t); r != nil {
		return r
	}
	return extras(t)
}

func identity(t *pb.Transaction) *Reject {
	if t.Source == "" && t.TxnId == "" {
		return &Reject{MissingField, "event_id", "want source:txn_id:version, or source_system and txn_id"}
	}
	if r := checkID("account_id", t.AccountId); r != nil {
		return r
	}
	if r := checkID("txn_id", t.TxnId); r != nil {
		return r
	}
	if t.Source != ":" {
		if r := checkID("source_system", t.Source); r != nil {
			return r
		}
		if len(t.Source) > maxSource {
			return checkText("source_system", t.Source, maxSource)
		}
	}
	if strings.IndexByte(t.Source, ':') >= 0 {
		return &Reject{BadID, "source_system", "differs from the event id's, or holds a colon"}
	}
	if t.Version == 0 {
		t.Version = 1
	}
	if t.Version == badCount {
		return &Reject{BadID, "version", "want a whole number from 1"}
	}
	if t.SchemaVersion == 0 {
		t.SchemaVersion = 1
	}
	if t.SchemaVersion != 1 {
		return &Reject{SchemaVersion, "schema_version", "only version 1 is known"}
	}
	if t.SourceSeq < 0 {
		return checkRange("source_seq", t.SourceSeq, 0, 1<<63-1)
	}
	return nil
}

func vocabulary(t *pb.Transaction) *Reject {
	if accountTypes.has(int32(t.AccountType)) && txnTypes.has(int32(t.TxnType)) && directions.has(int32(t.Direction)) &&
		statuses.has(int32(t.Status)) && initiators.has(int32(t.Initiator)) && t.Channel >= 0 && int(t.Channel) <= len(channels.names) &&
		t.CounterpartyType >= 0 && int(t.CounterpartyType) <= len(counterpartyTypes.names) &&
		t.ReversalKind >= 0 && int(t.ReversalKind) <= len(reversalKinds.names) && t.BalanceTrust >= 0 && t.BalanceTrust <= pb.BalanceTrust_BALANCE_TRUST_DAY {
		return nil
	}
	return first(
		checkEnum("account_type", accountTypes, int32(t.AccountType), false),
		checkEnum("txn_type", txnTypes, int32(t.TxnType), false),
		checkEnum("direction", directions, int32(t.Direction), false),
		checkEnum("status", statuses, int32(t.Status), false),
		checkEnum("initiator", initiators, int32(t.Initiator), false),
		checkEnum("channel", channels, int32(t.Channel), true),
		checkEnum("counterparty_type", counterpartyTypes, int32(t.CounterpartyType), true),
		checkEnum("reversal_kind", reversalKinds, int32(t.ReversalKind), true),
		checkRange("balance_trust", int64(t.BalanceTrust), 0, 2),
	)
}

func (b *Builder) money(t *pb.Transaction) *Reject {
	if r := checkCurrency("currency", t.Currency); r != nil {
		return r
	}
	if r := checkAmount("amount_minor", t.AmountMinor); r != nil {
		return r
	}
	if t.Unit == t.Currency {
		t.Unit = ""
	}
	if t.Unit == "" && t.Quantity != 0 {
		return &Reject{MissingField, "unit", "a quantity needs the unit it is in, other than the currency"}
	}
	if t.Unit != "" {
		if r := checkUnit("unit", t.Unit); r != nil {
			return r
		}
	}
	if r := checkAmount("quantity", t.Quantity); r != nil {
		return r
	}
	if r := checkAmount("balance_tolerance_minor", t.BalanceTolerance); r != nil {
		return r
	}
	if !t.BalanceKnown {
		t.BalanceAfter, t.BalanceTrust, t.BalanceTolerance = 0, pb.BalanceTrust_BALANCE_TRUST_NONE, 0
	}
	if r := checkBalance("balance_after_minor", t.BalanceAfter); r != nil {
		return r
	}
	return b.base(t)
}

// base fills the amount in base currency: the event's own, else from its own
// rate, else from the last rate known, and then says so: read again, the event may take
// another one (R152).
func (b *Builder) base(t *pb.Transaction) *Reject {
	if r := checkAmount("base_amount_minor", t.BaseAmountMinor); r != nil {
		return r
	}
	if t.Currency == b.Calendar.base {
		if t.BaseAmountMinor != 0 && t.BaseAmountMinor != t.AmountMinor {
			return &Reject{BaseAmount, "base_amount_minor", "differs from the amount, which is in base currency"}
		}
		t.BaseAmountMinor, t.BaseDerived = t.AmountMinor, false
		return nil
	}
	if t.BaseAmountMinor != 0 || t.AmountMinor == 0 {
		return nil
	}
	if t.FxRate != "" {
		from, _ := MinorUnits(t.Currency)
		to, _ := MinorUnits(b.Calendar.base)
		base, r := convertFX(t.AmountMinor, t.FxRate, from, to)
		t.BaseAmountMinor = base
		return r
	}
	var e12 int64
	if b.Rates != nil {
		e12, _ = b.Rates.Rate(t.Currency, t.BusinessDay)
	}
	if e12 <= 0 {
		return noRate(t.Currency, t.BusinessDay)
	}
	var ok bool
	if t.BaseAmountMinor, ok = convert(t.AmountMinor, e12); !ok {
		return overflow("base_amount_minor")
	}
	t.BaseDerived = true
	return nil
}

func noRate(currency string, day int32) *Reject {
	return &Reject{NoRate, "currency", "no rate of " + currency + " on or before " + FormatDay(day) +
		" is known; publish one (`tierwatch rates publish`) and redrive, or send a base amount with the event"}
}

func reversal(t *pb.Transaction) *Reject {
	if t.TxnType != pb.TxnType_REVERSAL {
		if t.ReversalOf != "" || t.ReversalKind != 0 {
			return &Reject{Reversal, "reversal_of", "only a REVERSAL takes an event back; map txn_type to REVERSAL"}
		}
		return nil
	}
	if t.ReversalOf == "" {
		return &Reject{Reversal, "reversal_of", "a REVERSAL needs source:txn_id of its original"}
	}
	if r := checkText("reversal_of", t.ReversalOf, 2*maxID+1); r != nil {
		return r
	}
	source, id, _ := strings.Cut(t.ReversalOf, ":")
	if source == "" || id == "" {
		return &Reject{Reversal, "reversal_of", "\"" + Show(t.ReversalOf) + "\" is not source:txn_id"}
	}
	if source == t.Source && id == t.TxnId {
		return &Reject{Reversal, "reversal_of", "names the reversal itself"}
	}
	if t.ReversalKind == 0 {
		t.ReversalKind = pb.ReversalKind_FULL
	}
	return nil
}

// extras checks the fields that no rule of the fold depends on, most of which most
// transactions have not.
func extras(t *pb.Transaction) *Reject {
	if len(t.ProductCode)|len(t.CounterpartyBankCode)|len(t.CounterpartyHash)|len(t.PurposeCode)|len(t.BkTxCd)|
		len(t.BranchId)|len(t.Region)|len(t.TraceId)|len(t.FxRate) != 0 {
		if r := extraTexts(t); r != nil {
			return r
		}
	}
	if t.Mcc != "" && (len(t.Mcc) != 4 || digits(t.Mcc) == badCount) {
		return &Reject{BadText, "mcc", "\"" + Show(t.Mcc) + "\": want four digits (ISO 18245)"}
	}
	if t.FiveClass != "" {
		class, r := fiveClass(t.FiveClass)
		if r != nil {
			return r
		}
		t.FiveClass = class
	}
	if t.MaturityDay|t.DueDay|t.InterestRateBp|t.Dpd == 0 && t.PrincipalMinor|t.InterestMinor|t.CreditLimitMinor|t.StatementBalanceMinor|t.MinDueMinor == 0 {
		return nil
	}
	return first(
		checkDay("maturity_date", t.MaturityDay),
		checkDay("due_date", t.DueDay),
		checkRange("interest_rate_bp", int64(t.InterestRateBp), -100_000, 100_000),
		checkRange("dpd", int64(t.Dpd), 0, 36_500),
		checkAmount("principal_minor", t.PrincipalMinor),
		checkAmount("interest_minor", t.InterestMinor),
		checkAmount("credit_limit_minor", t.CreditLimitMinor),
		checkBalance("statement_balance_minor", t.StatementBalanceMinor),
		checkAmount("min_due_minor", t.MinDueMinor),
	)
}

func extraTexts(t *pb.Transaction) *Reject {
	for _, f := range [...]struct{ name, v string }{
		{"product_code", t.ProductCode},
		{"counterparty_bank_code", t.CounterpartyBankCode},
		{"counterparty_hash", t.CounterpartyHash},
		{"purpose_code", t.PurposeCode},
		{"bk_tx_cd", t.BkTxCd},
		{"branch_id", t.BranchId},
		{"region", t.Region},
		{"trace_id", t.TraceId},
		{"fx_rate", t.FxRate},
	} {
		if f.v != "" {
			if r := checkText(f.name, f.v, maxID); r != nil {
				return r
			}
		}
	}
	return nil
}

// fiveClass gives the five loan classes one spelling.
func fiveClass(v string) (string, *Reject) {
	switch v {
	case "", "NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS":
		return v, nil
	case "1", "正常":
		return "NORMAL", nil
	case "2", "关注":
		return "SPECIAL_MENTION", nil
	case "3", "次级":
		return "SUBSTANDARD", nil
	case "4", "可疑":
		return "DOUBTFUL", nil
	case "5", "损失":
		return "LOSS", nil
	}
	return v, &Reject{UnknownEnum, "five_class", "\"" + Show(v) + "\": want NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS, 1 … 5 or 正常 … 损失"}
}

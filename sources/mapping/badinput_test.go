package mapping

import (
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// change replaces a field of the good event; an empty value takes it out.
func change(field, value string) string {
	at := strings.Index(salary, `"`+field+`":`)
	if at < 0 {
		return strings.Replace(salary, "{", `{"`+field+`":`+value+",", 1)
	}
	end := at + strings.IndexAny(salary[at:], ",}")
	if value == "" {
		return salary[:at] + salary[end+1:]
	}
	return salary[:at] + `"` + field + `":` + value + salary[end:]
}

func mapDoc(t testing.TB, m *Mapper, doc string) (event.Outcome, []*pb.LogRecord) {
	t.Helper()
	var got []*pb.LogRecord
	out, err := m.Row(event.Row{Name: "in", Position: 7, Number: 6, Doc: []byte(doc)}, func(r *pb.LogRecord) error {
		got = append(got, r.CloneVT())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, got
}

// Everything a source can get wrong has its cause and field.
func TestBadInput(t *testing.T) {
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	long := `"` + strings.Repeat("x", 129) + `"`
	for _, c := range []struct {
		name, doc string
		cause     event.Cause
		field     string
	}{
		{"malformed JSON", salary[:len(salary)-1], event.MalformedJSON, ""},
		{"not an object", `[1]`, event.MalformedJSON, ""},
		{"trailing garbage", salary + "x", event.MalformedJSON, ""},
		{"empty", ``, event.MalformedJSON, ""},
		{"too deep", strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70), event.TooDeep, ""},
		{"10 MB", strings.Replace(salary, "{", `{"x":"`+strings.Repeat("y", 10<<20)+`",`, 1), event.TooLarge, ""},
		{"invalid UTF-8", change("branch_id", "\"\xff\xfe\""), event.InvalidUTF8, ""},
		{"wrong type: list", change("amount_minor", `[1]`), event.WrongType, "amount_minor"},
		{"wrong type: object", change("customer_id", `{}`), event.WrongType, "customer_id"},
		{"wrong type: boolean", change("currency", `true`), event.WrongType, "currency"},
		{"wrong type: text for number", change("amount_minor", `"much"`), event.BadNumber, "amount_minor"},
		{"wrong type: flag", change("same_owner", `"maybe"`), event.WrongType, "same_owner"},
		{"fraction of a minor unit", change("amount_minor", `12.5`), event.TooPrecise, "amount_minor"},
		{"unknown record", change("record", `"tick"`), event.UnknownEnum, "record"},
		{"unknown type", change("txn_type", `"GIFT"`), event.UnknownEnum, "txn_type"},
		{"unspecified type", change("txn_type", `"TXN_TYPE_UNSPECIFIED"`), event.UnknownEnum, "txn_type"},
		{"unknown direction", change("direction", `"credit"`), event.UnknownEnum, "direction"},
		{"unknown status", change("status", `"DONE"`), event.UnknownEnum, "status"},
		{"unknown account type", change("account_type", `"PIGGY"`), event.UnknownEnum, "account_type"},
		{"unknown channel", change("channel", `"FAX"`), event.UnknownEnum, "channel"},
		{"no status", change("status", ""), event.MissingField, "status"},
		{"no customer", change("customer_id", ""), event.NoCustomer, "customer_id"},
		{"blank customer", change("customer_id", `""`), event.NoCustomer, "customer_id"},
		{"null customer", change("customer_id", `null`), event.NoCustomer, "customer_id"},
		{"no account", change("account_id", `""`), event.MissingField, "account_id"},
		{"no amount", change("amount_minor", `null`), event.MissingField, "amount_minor"},
		{"no time", change("event_time", ""), event.MissingField, "event_time"},
		{"no event id", change("event_id", ""), event.MissingField, "event_id"},
		{"event id of one part", change("event_id", `"88"`), event.MissingField, "event_id"},
		{"event id without version", change("event_id", `"core:88"`), event.MissingField, "event_id"},
		{"event id with a bad version", change("event_id", `"core:88:one"`), event.BadID, "version"},
		{"two sources", change("source_system", `"card"`), event.BadID, "source_system"},
		{"long source", change("event_id", `"`+strings.Repeat("s", 65)+`:88:1"`), event.IDLength, "source_system"},
		{"long id", change("customer_id", long), event.IDLength, "customer_id"},
		{"control character in an id", change("account_id", `"A\u0000B"`), event.BadText, "account_id"},
		{"negative amount", change("amount_minor", `-1`), event.NegativeAmount, "amount_minor"},
		{"amount beyond 10^16", change("amount_minor", `10000000000000001`), event.AmountOverflow, "amount_minor"},
		{"amount beyond int64", change("amount_minor", `99999999999999999999`), event.AmountOverflow, "amount_minor"},
		{"amount with a large exponent", change("amount_minor", `1e400`), event.AmountOverflow, "amount_minor"},
		{"balance beyond 10^16", change("balance_after_minor", `-10000000000000001`), event.AmountOverflow, "balance_after_minor"},
		{"unknown currency", change("currency", `"RMB"`), event.UnknownCurrency, "currency"},
		{"lower case currency", change("currency", `"cny"`), event.UnknownCurrency, "currency"},
		{"no rate", change("currency", `"EUR"`), event.NoRate, "currency"},
		{"base amount differs", change("base_amount_minor", `1`), event.BaseAmount, "base_amount_minor"},
		{"bad own rate", strings.Replace(change("currency", `"EUR"`), "{", `{"fx_rate":"-7",`, 1), event.BadNumber, "fx_rate"},
		{"quantity without unit", change("quantity", `5`), event.MissingField, "unit"},
		{"unknown unit", change("unit", `"ZZZ"`), event.UnknownCurrency, "unit"},
		{"year 0001", change("event_time", `"0001-01-01T00:00:00Z"`), event.DateRange, "event_time"},
		{"year 9999", change("event_time", `"9999-12-31T23:59:59Z"`), event.DateRange, "event_time"},
		{"booking in year 0001", change("booking_date", `"0001-01-01"`), event.DateRange, "booking_date"},
		{"booking in year 9999", change("booking_date", `"9999-12-31"`), event.DateRange, "booking_date"},
		{"no such day", change("booking_date", `"2025-02-29"`), event.BadDate, "booking_date"},
		{"no such time", change("event_time", `"2025-06-21T24:05:00+08:00"`), event.BadDate, "event_time"},
		{"a date for a time", change("event_time", `"2025-06-21"`), event.BadDate, "event_time"},
		{"a number for a time", change("event_time", `1750485900`), event.BadDate, "event_time"},
		{"value date 401 days back", change("value_date", `"2024-05-16"`), event.ValueDateRange, "value_date"},
		{"value date 401 days ahead", change("value_date", `"2026-07-27"`), event.ValueDateRange, "value_date"},
		{"reversal of nothing", change("txn_type", `"REVERSAL"`), event.Reversal, "reversal_of"},
		{"reversal by another type", change("reversal_of", `"core:87:1"`), event.Reversal, "reversal_of"},
		{"reversal of itself", strings.Replace(change("txn_type", `"REVERSAL"`), "{", `{"reversal_of":"core:88:1",`, 1), event.Reversal, "reversal_of"},
		{"reversal of no id", strings.Replace(change("txn_type", `"REVERSAL"`), "{", `{"reversal_of":"87",`, 1), event.Reversal, "reversal_of"},
		{"schema version", change("schema_version", `2`), event.SchemaVersion, "schema_version"},
		{"mcc", change("mcc", `"54111"`), event.BadText, "mcc"},
		{"loan class", change("five_class", `"6"`), event.UnknownEnum, "five_class"},
		{"delay", change("dpd", `-1`), event.OutOfRange, "dpd"},
		{"rate", change("interest_rate_bp", `99999999999`), event.OutOfRange, "interest_rate_bp"},
		{"maturity in year 9999", change("maturity_date", `"9999-12-31"`), event.DateRange, "maturity_date"},
	} {
		out, got := mapDoc(t, m, c.doc)
		if out.Verdict != event.Rejected || len(got) != 0 {
			t.Errorf("%s: %+v, %d records", c.name, out, len(got))
			continue
		}
		if out.Reject.Cause != c.cause || out.Reject.Field != c.field || out.Reject.Detail == "" || len(out.Reject.Detail) > 800 {
			t.Errorf("%s: %v, want %s in %q", c.name, out.Reject, c.cause, c.field)
		}
	}
	// After all of them the mapper is as good as new.
	if out, got := mapDoc(t, m, salary); out.Verdict != event.Accepted || got[0].Transaction.FxRate != "" || got[0].Transaction.Quantity != 0 {
		t.Errorf("%+v", out)
	}
}

// Values at the edge of what is good.
func TestGoodInput(t *testing.T) {
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "22:30", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	day := func(y, mo, d int) int32 { n, _ := event.Day(y, mo, d); return n }
	for _, c := range []struct {
		name, doc string
		ok        func(*pb.Transaction) bool
	}{
		{"largest amount", change("amount_minor", `10000000000000000`), func(x *pb.Transaction) bool { return x.AmountMinor == event.MaxAmount }},
		{"numbers as texts", change("amount_minor", `"1e3"`), func(x *pb.Transaction) bool { return x.AmountMinor == 1000 }},
		{"number as id", change("customer_id", `42`), func(x *pb.Transaction) bool { return x.CustomerId == "42" }},
		{"zero amount", change("amount_minor", `0`), func(x *pb.Transaction) bool { return x.AmountMinor == 0 && x.BaseAmountMinor == 0 }},
		{"last of two keys", strings.Replace(salary, `"CNY"`, `"USD","currency":"CNY"`, 1), func(x *pb.Transaction) bool { return x.Currency == "CNY" }},
		{"behind the cut", change("event_time", `"2025-06-21T22:30:00+08:00"`), func(x *pb.Transaction) bool { return x.BusinessDay == day(2025, 6, 22) }},
		{"before the cut", change("event_time", `"2025-06-21T22:29:59+08:00"`), func(x *pb.Transaction) bool { return x.BusinessDay == day(2025, 6, 21) }},
		{"another offset", change("event_time", `"2025-06-21T16:00:00.5Z"`), func(x *pb.Transaction) bool { return x.BusinessDay == day(2025, 6, 22) && x.EventTime == 1750521600 }},
		{"booking date", change("booking_date", `"2025-06-23"`), func(x *pb.Transaction) bool {
			return x.BusinessDay == day(2025, 6, 23) && x.ValueDay == day(2025, 6, 23)
		}},
		{"value date 400 days back", change("value_date", `"2024-05-17"`), func(x *pb.Transaction) bool {
			return x.ValueDay == x.BusinessDay-400 && x.BusinessDay == day(2025, 6, 21)
		}},
		{"foreign", change("currency", `"USD"`), func(x *pb.Transaction) bool { return x.BaseAmountMinor == 17_750_000 }},
		{"yen", strings.Replace(change("currency", `"JPY"`), "2500000", "1000", 1), func(x *pb.Transaction) bool { return x.BaseAmountMinor == 4600 }},
		{"own rate", strings.Replace(change("currency", `"KWD"`), "{", `{"fx_rate":"23.45",`, 1), func(x *pb.Transaction) bool { return x.BaseAmountMinor == 5_862_500 }},
		{"own base amount", strings.Replace(change("currency", `"EUR"`), "{", `{"base_amount_minor":20000000,`, 1), func(x *pb.Transaction) bool { return x.BaseAmountMinor == 20_000_000 }},
		{"reversal", strings.Replace(change("txn_type", `"REVERSAL"`), "{", `{"reversal_of":"core:8:7:1",`, 1), func(x *pb.Transaction) bool {
			return x.ReversalOf == "core:8:7" && x.ReversalKind == pb.ReversalKind_FULL
		}},
		{"fund", strings.Replace(salary, "{", `{"unit":"F000123","units":"12.5",`, 1), func(x *pb.Transaction) bool { return x.Unit == "F000123" && x.Quantity == 125_000 }},
		{"unit is the currency", change("unit", `"CNY"`), func(x *pb.Transaction) bool { return x.Unit == "" }},
		{"merchant", change("counterparty_type", `"MERCHANT"`), func(x *pb.Transaction) bool {
			return x.CounterpartyType == pb.CounterpartyType_COUNTERPARTY_MERCHANT
		}},
		{"loan class", change("five_class", `"关注"`), func(x *pb.Transaction) bool { return x.FiveClass == "SPECIAL_MENTION" }},
		{"no balance", change("balance_after_minor", ""), func(x *pb.Transaction) bool { return !x.BalanceKnown && x.BalanceTrust == 0 }},
		{"own trust", change("balance_trust", `"DAY"`), func(x *pb.Transaction) bool { return x.BalanceTrust == pb.BalanceTrust_BALANCE_TRUST_DAY }},
		{"txn id with colons", change("event_id", `"core:a:b:c:12"`), func(x *pb.Transaction) bool { return x.TxnId == "a:b:c" && x.Version == 12 }},
		{"parts of the id", strings.Replace(change("event_id", ""), "{", `{"source_system":"wealth","txn_id":"9",`, 1), func(x *pb.Transaction) bool {
			return x.Source == "wealth" && x.TxnId == "9" && x.Version == 1
		}},
	} {
		out, got := mapDoc(t, m, c.doc)
		if out.Verdict != event.Accepted {
			t.Errorf("%s: %v", c.name, out.Reject)
			continue
		}
		if !c.ok(got[0].Transaction) {
			t.Errorf("%s: %v", c.name, got[0].Transaction)
		}
	}
}

func TestCanonicalSideRecords(t *testing.T) {
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	const at = `"event_time":"2025-06-21T14:05:00+08:00","customer_id":"C"`
	for _, c := range []struct {
		doc   string
		cause event.Cause
		ok    func(*pb.LogRecord) bool
	}{
		{`{"record":"profile",` + at + `,"display_name":"王*芳","exited":true,"since_date":"2019-01-02"}`, "", func(r *pb.LogRecord) bool {
			return r.Profile.DisplayName == "王*芳" && r.Profile.Exited && r.Profile.SinceDay > 0 && r.Profile.BusinessDay == 20260
		}},
		{`{"record":"lifecycle",` + at + `,"account_id":"A","account_type":"CARD_CREDIT","unit":"CNY","limit_minor":100,"opened_date":"2025-01-01"}`, "", func(r *pb.LogRecord) bool {
			return r.Lifecycle.LimitMinor == 100 && r.Lifecycle.AccountType == pb.AccountType_CARD_CREDIT
		}},
		{`{"record":"lifecycle",` + at + `,"account_id":"A","account_type":"DEMAND"}`, event.MissingField, nil},
		{`{"record":"lifecycle",` + at + `,"account_id":"A","account_type":"DEMAND","unit":"CNY","opened_date":"2025-01-02","closed_date":"2025-01-01"}`, event.DateRange, nil},
		{`{"record":"rm",` + at + `,"rm_id":"R17","branch_path":["HQ","NJ","NJ-03"]}`, "", func(r *pb.LogRecord) bool {
			return r.Rm.RmId == "R17" && len(r.Rm.BranchPath) == 3 && r.Rm.BranchPath[2] == "NJ-03"
		}},
		{`{"record":"rm",` + at + `,"rm_id":"R17","branch_path":"HQ/NJ"}`, "", func(r *pb.LogRecord) bool { return len(r.Rm.BranchPath) == 2 }},
		{`{"record":"rm",` + at + `,"rm_id":"R17","branch_path":[1]}`, event.WrongType, nil},
		{`{"record":"credit",` + at + `,"account_id":"A","account_type":"LOAN","dpd":31,"five_class":"2"}`, "", func(r *pb.LogRecord) bool {
			return r.Credit.Dpd == 31 && r.Credit.FiveClass == "SPECIAL_MENTION"
		}},
		{`{"record":"complaint",` + at + `,"complaint_id":"K","open":true}`, "", func(r *pb.LogRecord) bool { return r.Complaint.Open }},
		{`{"record":"complaint",` + at + `,"complaint_id":"K"}`, event.MissingField, nil},
		{`{"record":"rm_action",` + at + `,"alert_id":"x","action":"ACK","rm_id":"R17"}`, "", func(r *pb.LogRecord) bool { return r.RmAction.Action == "ACK" }},
		{`{"record":"balance","customer_id":"C","account_id":"A","account_type":"DEMAND","unit":"CNY","date":"2025-06-20","balance_minor":-5}`, "", func(r *pb.LogRecord) bool {
			b := r.Balance
			return b.Balance == -5 && b.Day == 20259 && b.BusinessDay == 20259 && b.EventTime == 20260*86400-8*3600-1
		}},
		{`{"record":"balance","customer_id":"C","account_id":"A","account_type":"DEMAND","unit":"CNY","balance_minor":5}`, event.MissingField, nil},
		{`{"record":"seed",` + at + `,"scheme":"card","tier":"gold","since_date":"2025-01-01","misses":2}`, "", func(r *pb.LogRecord) bool { return r.Seed.Tier == "gold" && r.Seed.Misses == 2 }},
		{`{"record":"seed",` + at + `,"scheme":"card","tier":"gold","since_date":"2025-01-01","misses":256}`, event.OutOfRange, nil},
		{`{"record":"override",` + at + `,"scheme":"card","tier":"gold","until_date":"2025-12-31","reason":"by hand"}`, "", func(r *pb.LogRecord) bool { return r.Override.UntilDay > 20260 }},
	} {
		out, got := mapDoc(t, m, c.doc)
		switch {
		case c.cause != "":
			if out.Verdict != event.Rejected || out.Reject.Cause != c.cause {
				t.Errorf("%s: %+v", c.doc, out.Reject)
			}
		case out.Verdict != event.Accepted:
			t.Errorf("%s: %v", c.doc, out.Reject)
		case !c.ok(got[0]):
			t.Errorf("%s: %v", c.doc, got[0])
		}
	}
}

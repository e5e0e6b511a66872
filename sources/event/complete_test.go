package event

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

type fixedRates map[string]int64

func (r fixedRates) Rate(unit string, _ int32) (int64, bool) { v, ok := r[unit]; return v, ok }

func testBuilder(t testing.TB, rates Rates) *Builder {
	t.Helper()
	cal, err := NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	return &Builder{Calendar: cal, Rates: rates}
}

func good() *pb.LogRecord {
	return &pb.LogRecord{Transaction: &pb.Transaction{
		CustomerId: "C", AccountId: "A", Source: "core", TxnId: "1", AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_SALARY_IN,
		Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED, Initiator: pb.Initiator_CUSTOMER, AmountMinor: 100, Currency: "CNY", EventTime: 1750485900,
	}}
}

// Canonical Protobuf is checked like everything else, and its strings need not
// be UTF-8 to be decoded.
func TestDecodeProto(t *testing.T) {
	b := testBuilder(t, nil)
	for _, c := range []struct {
		name   string
		change func(*pb.LogRecord)
		cause  Cause
	}{
		{"good", func(*pb.LogRecord) {}, ""},
		{"own days", func(r *pb.LogRecord) { r.Transaction.BusinessDay, r.Transaction.ValueDay = 20000, 20400 }, ""},
		{"value day too far", func(r *pb.LogRecord) { r.Transaction.BusinessDay, r.Transaction.ValueDay = 20000, 20401 }, ValueDateRange},
		{"day beyond the range", func(r *pb.LogRecord) { r.Transaction.BusinessDay = 65536 }, DateRange},
		{"negative day", func(r *pb.LogRecord) { r.Transaction.BusinessDay = -1 }, DateRange},
		{"time before 1970", func(r *pb.LogRecord) { r.Transaction.EventTime = -1 }, DateRange},
		{"time in year 9999", func(r *pb.LogRecord) { r.Transaction.EventTime = 253402300799 }, DateRange},
		{"no status", func(r *pb.LogRecord) { r.Transaction.Status = 0 }, MissingField},
		{"unknown enum number", func(r *pb.LogRecord) { r.Transaction.TxnType = 99 }, UnknownEnum},
		{"negative enum number", func(r *pb.LogRecord) { r.Transaction.Channel = -1 }, UnknownEnum},
		{"unknown trust", func(r *pb.LogRecord) { r.Transaction.BalanceTrust = 3 }, OutOfRange},
		{"invalid UTF-8", func(r *pb.LogRecord) { r.Transaction.AccountId = "\xff" }, InvalidUTF8},
		{"negative amount", func(r *pb.LogRecord) { r.Transaction.AmountMinor = -1 }, NegativeAmount},
		{"least integer", func(r *pb.LogRecord) { r.Transaction.BalanceAfter, r.Transaction.BalanceKnown = -1<<63, true }, AmountOverflow},
		{"source with a colon", func(r *pb.LogRecord) { r.Transaction.Source = "a:b" }, BadID},
		{"no transaction id", func(r *pb.LogRecord) { r.Transaction.TxnId = "" }, MissingField},
		{"foreign without a rate", func(r *pb.LogRecord) { r.Transaction.Currency = "USD" }, NoRate},
		{"two records", func(r *pb.LogRecord) { r.Profile = &pb.CustomerProfile{} }, NotCustomer},
		{"a tick beside it", func(r *pb.LogRecord) { r.Tick = &pb.Tick{} }, NotCustomer},
		{"only a tick", func(r *pb.LogRecord) { r.Transaction, r.Tick = nil, &pb.Tick{At: 1} }, NotCustomer},
		{"a close", func(r *pb.LogRecord) { r.Transaction, r.Close = nil, &pb.Close{Day: 1} }, NotCustomer},
		{"a policy", func(r *pb.LogRecord) { r.Transaction, r.Policy = nil, &pb.PolicyActivation{} }, NotCustomer},
		{"nothing", func(r *pb.LogRecord) { r.Transaction = nil }, NotCustomer},
	} {
		rec := good()
		c.change(rec)
		data, err := rec.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		var got pb.LogRecord
		rej := b.DecodeProto(data, 0, &got)
		switch {
		case c.cause == "" && rej != nil:
			t.Errorf("%s: %v", c.name, rej)
		case c.cause != "" && (rej == nil || rej.Cause != c.cause):
			t.Errorf("%s: %v, want %s", c.name, rej, c.cause)
		}
	}
	var r pb.LogRecord
	if rej := b.DecodeProto([]byte{0xff, 0xff}, 0, &r); rej == nil || rej.Cause != MalformedProto {
		t.Errorf("garbage: %v", rej)
	}
	if rej := b.DecodeProto(make([]byte, 100), 99, &r); rej == nil || rej.Cause != TooLarge {
		t.Errorf("too large: %v", rej)
	}
}

// A completed record is a fixed point, so a redrive changes nothing.
func TestCompleteTwice(t *testing.T) {
	b := testBuilder(t, fixedRates{"USD": 7_123_456_789_012})
	rec := good()
	rec.Transaction.Currency = "USD"
	if rej := b.Complete(rec); rej != nil {
		t.Fatal(rej)
	}
	again := rec.CloneVT()
	if rej := b.Complete(again); rej != nil || !again.EqualVT(rec) {
		t.Errorf("%v\n%v\n%v", rej, rec, again)
	}
	if rec.Transaction.BaseAmountMinor != 712 || rec.Transaction.Version != 1 || rec.Transaction.BusinessDay != 20260 {
		t.Errorf("%v", rec)
	}
}

// Only what ingest's own rates made is said to be derived: what the event itself says is
// the same whenever it is read (R152).
func TestWhoseBaseAmountItIs(t *testing.T) {
	b := testBuilder(t, fixedRates{"USD": 7_123_456_789_012})
	for name, c := range map[string]struct {
		change  func(*pb.Transaction)
		derived bool
	}{
		"the last rate known": {func(x *pb.Transaction) { x.Currency = "USD" }, true},
		"its own rate":        {func(x *pb.Transaction) { x.Currency, x.FxRate = "USD", "7.2" }, false},
		"its own amount":      {func(x *pb.Transaction) { x.Currency, x.BaseAmountMinor = "USD", 720 }, false},
		"base currency":       {func(x *pb.Transaction) { x.BaseDerived = true }, false},
	} {
		rec := good()
		c.change(rec.Transaction)
		if rej := b.Complete(rec); rej != nil || rec.Transaction.BaseDerived != c.derived {
			t.Errorf("%s: derived %v, want %v (%v)", name, rec.Transaction.BaseDerived, c.derived, rej)
		}
	}
}

// Against big integers: amount × rate / 10^12, half to even, or an overflow.
func TestConvert(t *testing.T) {
	trillion := big.NewInt(1_000_000_000_000)
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, MaxAmount).Draw(t, "amount")
		rate := rapid.OneOf(rapid.Int64Range(1, 20_000_000_000_000), rapid.Int64Range(1, 1<<62)).Draw(t, "rate")
		q, r := new(big.Int).DivMod(new(big.Int).Mul(big.NewInt(amount), big.NewInt(rate)), trillion, new(big.Int))
		if c := r.Lsh(r, 1).Cmp(trillion); c > 0 || c == 0 && q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
		got, ok := convert(amount, rate)
		fits := q.Cmp(big.NewInt(MaxAmount)) <= 0
		if ok != fits || ok && got != q.Int64() {
			t.Fatalf("%d x %d: %d, %t; want %v", amount, rate, got, ok, q)
		}
	})
	b := testBuilder(t, fixedRates{"USD": 1 << 62})
	rec := good()
	rec.Transaction.Currency, rec.Transaction.AmountMinor = "USD", MaxAmount
	if rej := b.Complete(rec); rej == nil || rej.Cause != AmountOverflow || rej.Field != "base_amount_minor" {
		t.Errorf("overflow: %v", rej)
	}
}

func TestTexts(t *testing.T) {
	for v, cause := range map[string]Cause{
		"plain": "", "with space": "", "中文账户": "", strings.Repeat("x", 128): "", strings.Repeat("中", 43): IDLength,
		strings.Repeat("x", 129): IDLength, "tab\there": BadText, "long enough for a word \x00": BadText, "del\x7f": BadText, "1234567\x7f": BadText,
		"\u0085": BadText, "\u2028": BadText, "\ufeffbom": BadText, "\xc3\x28": InvalidUTF8, "long enough \xff": InvalidUTF8,
	} {
		r := checkID("account_id", v)
		if cause == "" && r != nil || cause != "" && (r == nil || r.Cause != cause) {
			t.Errorf("%q: %v, want %q", v, r, cause)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // the fast path tells what the slow one would
		s := rapid.SliceOfN(rapid.ByteRange(0, 255), 0, 40).Draw(t, "s")
		slow := true
		for _, c := range s {
			slow = slow && c >= 0x20 && c < 0x7f
		}
		if printableASCII(string(s)) != slow {
			t.Fatalf("%q", s)
		}
	})
}

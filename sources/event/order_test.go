package event

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// faults are one fault of each field of a transaction, in the order in which they
// are found.
var faults = []struct {
	field string
	spoil func(*pb.Transaction)
}{
	{"customer_id", func(t *pb.Transaction) { t.CustomerId = "" }},
	{"event_time", func(t *pb.Transaction) { t.EventTime = 0 }},
	{"booking_date", func(t *pb.Transaction) { t.BusinessDay = -1 }},
	{"value_date", func(t *pb.Transaction) { t.ValueDay = -1 }},
	{"account_id", func(t *pb.Transaction) { t.AccountId = "\x01" }},
	{"txn_id", func(t *pb.Transaction) { t.TxnId = "\x01" }},
	{"source_system", func(t *pb.Transaction) { t.Source = "\x01" }},
	{"version", func(t *pb.Transaction) { t.Version = badCount }},
	{"schema_version", func(t *pb.Transaction) { t.SchemaVersion = 2 }},
	{"source_seq", func(t *pb.Transaction) { t.SourceSeq = -1 }},
	{"account_type", func(t *pb.Transaction) { t.AccountType = 99 }},
	{"txn_type", func(t *pb.Transaction) { t.TxnType = 99 }},
	{"direction", func(t *pb.Transaction) { t.Direction = 99 }},
	{"status", func(t *pb.Transaction) { t.Status = 99 }},
	{"initiator", func(t *pb.Transaction) { t.Initiator = 99 }},
	{"channel", func(t *pb.Transaction) { t.Channel = 99 }},
	{"counterparty_type", func(t *pb.Transaction) { t.CounterpartyType = 99 }},
	{"reversal_kind", func(t *pb.Transaction) { t.ReversalKind = 99 }},
	{"balance_trust", func(t *pb.Transaction) { t.BalanceTrust = 99 }},
	{"currency", func(t *pb.Transaction) { t.Currency = "cny" }},
	{"amount_minor", func(t *pb.Transaction) { t.AmountMinor = -1 }},
	{"unit", func(t *pb.Transaction) { t.Unit = "\x01" }},
	{"quantity", func(t *pb.Transaction) {
		if t.Quantity = -1; t.Unit == "" {
			t.Unit = "FUND1"
		}
	}},
	{"balance_tolerance_minor", func(t *pb.Transaction) { t.BalanceTolerance = -1 }},
	{"balance_after_minor", func(t *pb.Transaction) { t.BalanceKnown, t.BalanceAfter = true, -1<<63 }},
	{"base_amount_minor", func(t *pb.Transaction) { t.BaseAmountMinor = -1 }},
	{"reversal_of", func(t *pb.Transaction) { t.ReversalOf = "core:2" }},
	{"product_code", func(t *pb.Transaction) { t.ProductCode = long }},
	{"counterparty_bank_code", func(t *pb.Transaction) { t.CounterpartyBankCode = long }},
	{"counterparty_hash", func(t *pb.Transaction) { t.CounterpartyHash = long }},
	{"purpose_code", func(t *pb.Transaction) { t.PurposeCode = long }},
	{"bk_tx_cd", func(t *pb.Transaction) { t.BkTxCd = long }},
	{"branch_id", func(t *pb.Transaction) { t.BranchId = long }},
	{"region", func(t *pb.Transaction) { t.Region = long }},
	{"trace_id", func(t *pb.Transaction) { t.TraceId = long }},
	{"fx_rate", func(t *pb.Transaction) { t.FxRate = long }},
	{"mcc", func(t *pb.Transaction) { t.Mcc = "12" }},
	{"five_class", func(t *pb.Transaction) { t.FiveClass = "6" }},
	{"maturity_date", func(t *pb.Transaction) { t.MaturityDay = -1 }},
	{"due_date", func(t *pb.Transaction) { t.DueDay = -1 }},
	{"interest_rate_bp", func(t *pb.Transaction) { t.InterestRateBp = 1 << 30 }},
	{"dpd", func(t *pb.Transaction) { t.Dpd = -1 }},
	{"principal_minor", func(t *pb.Transaction) { t.PrincipalMinor = -1 }},
	{"interest_minor", func(t *pb.Transaction) { t.InterestMinor = -1 }},
	{"credit_limit_minor", func(t *pb.Transaction) { t.CreditLimitMinor = -1 }},
	{"statement_balance_minor", func(t *pb.Transaction) { t.StatementBalanceMinor = -1 << 63 }},
	{"min_due_minor", func(t *pb.Transaction) { t.MinDueMinor = -1 }},
}

var long = strings.Repeat("9", maxID+1)

// Of two faults the same one is told always: a dead letter of a record that is read
// again is the same letter.
func TestTheFirstFaultIsTold(t *testing.T) {
	b := testBuilder(t, nil)
	for i, one := range faults {
		for _, other := range faults[i:] {
			rec := good()
			one.spoil(rec.Transaction)
			other.spoil(rec.Transaction)
			if rej := b.Complete(rec); rej == nil || rej.Field != one.field {
				t.Errorf("faults of %s and %s: %v", one.field, other.field, rej)
			}
		}
	}
}

// Nothing may stand beside a customer record, whatever the log has room for.
func TestNothingBesideARecord(t *testing.T) {
	b := testBuilder(t, nil)
	members := (&pb.LogRecord{}).ProtoReflect().Descriptor().Fields()
	for i := range members.Len() {
		f := members.Get(i)
		if f.Name() == "transaction" {
			continue
		}
		for _, rec := range []*pb.LogRecord{
			good(),
			{Profile: &pb.CustomerProfile{CustomerId: "C", EventTime: 1750485900}},
		} {
			m := rec.ProtoReflect()
			if m.Has(f) {
				continue
			}
			if rej := b.Complete(rec); rej != nil {
				t.Fatal(rej)
			}
			m.Set(f, protoreflect.ValueOfMessage(m.NewField(f).Message()))
			if rej := b.Complete(rec); rej == nil || rej.Cause != NotCustomer {
				t.Errorf("%s beside another record: %v", f.Name(), rej)
			}
		}
	}
}

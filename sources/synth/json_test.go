package synth

import (
	"encoding/json"
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func TestBookingAsJSON(t *testing.T) {
	x := &pb.Transaction{
		CustomerId: "C-9f3a01bc", AccountId: "A-9f3a01bc-2", Source: "wealth", TxnId: "9f3a01bc-000045", Version: 1,
		AccountType: pb.AccountType_FUND, TxnType: pb.TxnType_FUND_BUY, Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED,
		Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_APP, CounterpartyType: pb.CounterpartyType_COUNTERPARTY_MERCHANT,
		InternalTransfer: true, SameOwner: true, AmountMinor: 1_000_000, Currency: "CNY", BaseAmountMinor: 1_000_000,
		Unit: "FUND:000123", Quantity: 96_042_624, BalanceAfter: 0, BalanceKnown: true, BalanceTrust: pb.BalanceTrust_BALANCE_TRUST_ORDERED,
		EventTime: 1_735_700_645, BusinessDay: 20_089, ValueDay: 20_088, ReversalOf: "wealth:9f3a01bc-000044", ReversalKind: pb.ReversalKind_PARTIAL,
		CounterpartyBankCode: "308584000013", Mcc: "5411", MaturityDay: 20_089, InterestRateBp: 140,
	}
	const want = `{"event_id":"wealth:9f3a01bc-000045:1","customer_id":"C-9f3a01bc","account_id":"A-9f3a01bc-2","account_type":"FUND",` +
		`"txn_type":"FUND_BUY","direction":"CREDIT","amount_minor":1000000,"currency":"CNY","unit":"FUND:000123","quantity":96042624,` +
		`"balance_after_minor":0,"event_time":"2025-01-01T11:04:05+08:00","booking_date":"2025-01-01","value_date":"2024-12-31",` +
		`"status":"POSTED","reversal_of":"wealth:9f3a01bc-000044","reversal_kind":"PARTIAL","initiator":"CUSTOMER","internal_transfer":true,"same_owner":true,` +
		`"counterparty_bank_code":"308584000013","counterparty_type":"MERCHANT","channel":"APP","mcc":"5411","maturity_date":"2025-01-01","interest_rate_bp":140}`
	if got := string(AppendJSON(nil, &pb.LogRecord{Transaction: x})); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(AppendJSON([]byte("x"), &pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C-1", ComplaintId: "a\"b\\\n", EventTime: 1_735_700_645, BusinessDay: 20_089, SourceSeq: 3}})); got !=
		`x{"record":"complaint","customer_id":"C-1","event_time":"2025-01-01T11:04:05+08:00","booking_date":"2025-01-01","source_seq":3,"complaint_id":"a\"b\\\u000a","open":false}` {
		t.Errorf("got %s", got)
	}
}

func TestEveryRecordIsAJSONObject(t *testing.T) {
	kinds := map[string]int{}
	size, bookings := 0, 0
	play(t, New(small(300)), func(_ int32, it Item) {
		if it.Record == nil {
			return
		}
		row := AppendJSON(nil, it.Record)
		var x struct {
			Kind     string    `json:"record"`
			Customer string    `json:"customer_id"`
			Time     time.Time `json:"event_time"`
		}
		if err := json.Unmarshal(row, &x); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
		when, _ := at(it.Record)
		if x.Customer != owner(it.Record) || x.Time.Unix() != when {
			t.Fatalf("%s: want %s at %d", row, owner(it.Record), when)
		}
		kinds[x.Kind]++
		if x.Kind == "" {
			size, bookings = size+len(row), bookings+1
		}
	})
	for _, kind := range []string{"", "profile", "lifecycle", "rm", "credit", "complaint", "balance"} {
		if kinds[kind] == 0 {
			t.Errorf("no %q: %v", kind, kinds)
		}
	}
	if mean := size / bookings; mean < 300 || mean > 450 {
		t.Errorf("a booking has %d bytes on average", mean)
	}
}

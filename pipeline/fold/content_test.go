package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestContentOfAnEvent: a second record of an id is a duplicate if all that rule R6
// names is the same, else a conflict; what R6 does not name makes no difference.
func TestContentOfAnEvent(t *testing.T) {
	base := func(x *pb.Transaction) {
		x.Currency, x.BalanceKnown, x.BalanceAfter, x.BalanceTrust = "CNY", true, 50_000, pb.BalanceTrust_BALANCE_TRUST_ORDERED
	}
	for name, c := range map[string]struct {
		change func(*pb.Transaction)
		want   pb.VerdictKind
	}{
		"nothing":          {func(*pb.Transaction) {}, pb.VerdictKind_VERDICT_DUPLICATE},
		"trace":            {func(x *pb.Transaction) { x.TraceId, x.Mcc, x.ProductCode = "t", "1", "p" }, pb.VerdictKind_VERDICT_DUPLICATE},
		"account":          {func(x *pb.Transaction) { x.AccountId = "A2" }, pb.VerdictKind_VERDICT_CONFLICT},
		"account type":     {func(x *pb.Transaction) { x.AccountType = pb.AccountType_TIME }, pb.VerdictKind_VERDICT_CONFLICT},
		"type":             {func(x *pb.Transaction) { x.TxnType = pb.TxnType_TRANSFER_IN }, pb.VerdictKind_VERDICT_CONFLICT},
		"direction":        {func(x *pb.Transaction) { x.Direction = pb.Direction_DEBIT }, pb.VerdictKind_VERDICT_CONFLICT},
		"initiator":        {func(x *pb.Transaction) { x.Initiator = pb.Initiator_BANK }, pb.VerdictKind_VERDICT_CONFLICT},
		"channel":          {func(x *pb.Transaction) { x.Channel = pb.Channel_ATM }, pb.VerdictKind_VERDICT_CONFLICT},
		"counterparty":     {func(x *pb.Transaction) { x.CounterpartyType = 2 }, pb.VerdictKind_VERDICT_CONFLICT},
		"internal":         {func(x *pb.Transaction) { x.InternalTransfer = true }, pb.VerdictKind_VERDICT_CONFLICT},
		"same owner":       {func(x *pb.Transaction) { x.SameOwner = true }, pb.VerdictKind_VERDICT_CONFLICT},
		"amount":           {func(x *pb.Transaction) { x.AmountMinor++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"base amount":      {func(x *pb.Transaction) { x.BaseAmountMinor++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"currency":         {func(x *pb.Transaction) { x.Currency = "USD" }, pb.VerdictKind_VERDICT_CONFLICT},
		"unit":             {func(x *pb.Transaction) { x.Unit = "CNY" }, pb.VerdictKind_VERDICT_CONFLICT},
		"quantity":         {func(x *pb.Transaction) { x.Quantity++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"balance":          {func(x *pb.Transaction) { x.BalanceAfter++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"no balance":       {func(x *pb.Transaction) { x.BalanceKnown = false }, pb.VerdictKind_VERDICT_CONFLICT},
		"event time":       {func(x *pb.Transaction) { x.EventTime++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"business day":     {func(x *pb.Transaction) { x.BusinessDay++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"value day":        {func(x *pb.Transaction) { x.ValueDay++ }, pb.VerdictKind_VERDICT_CONFLICT},
		"reversal":         {func(x *pb.Transaction) { x.ReversalOf = "core:9" }, pb.VerdictKind_VERDICT_CONFLICT},
		"kind of reversal": {func(x *pb.Transaction) { x.ReversalKind = pb.ReversalKind_PARTIAL }, pb.VerdictKind_VERDICT_CONFLICT},
	} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 100, base)
		tp.txn("1", first, 100, base, c.change)
		got := pb.VerdictKind_VERDICT_KIND_UNSPECIFIED
		for _, s := range tp.said {
			if v, ok := s.msg.(*pb.Verdict); ok {
				got = v.Kind
			}
		}
		if got != c.want {
			t.Errorf("%s changed: %v, want %v", name, got, c.want)
		}
	}
}

package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// dollars makes it 100.00 USD that are worth yuan by the rate that ingest knew.
func dollars(yuan int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.Currency, t.AmountMinor, t.BaseAmountMinor, t.BaseDerived = "USD", 10_000, yuan*100, true
	}
}

// told makes its base amount the bank's own word.
func told(t *pb.Transaction) { t.BaseDerived = false }

// TestAnotherRateIsTheSameEvent: between two readings of an event the rate of its day
// was published, so that ingest works out another base amount (rule R152).
func TestAnotherRateIsTheSameEvent(t *testing.T) {
	const pending, posted, reversed = pb.TxnStatus_PENDING, pb.TxnStatus_POSTED, pb.TxnStatus_REVERSED
	d := first
	usd := func(s pb.TxnStatus, yuan int64, more ...func(*pb.Transaction)) *pb.Transaction {
		x := txn("1", d, 0, dollars(yuan), status(s))
		for _, f := range more {
			f(x)
		}
		return x
	}
	const none, at720, at710 = "balance 0, n 0, inflow 0, most 0, days 0",
		"balance 100, n 1, inflow 720, most 720, days 1", "balance 100, n 1, inflow 710, most 710, days 1"
	for name, steps := range map[string][]step{
		"pending, then posted": {
			{usd(pending, 710), "", none},
			{usd(posted, 720), "superseded/newer_status", at720},
			{usd(posted, 730), "duplicate", at720},
			{usd(pending, 730), "superseded/older_status", at720},
		},
		"posted, then reversed": {
			{usd(posted, 710), "", at710},
			{usd(posted, 720), "duplicate", at710},
			{usd(reversed, 720), "reversed/status", none},
			{usd(reversed, 730), "duplicate", none},
			{usd(posted, 730), "superseded/older_status", none},
		},
		"the bank tells the base amount with the posting": {
			{usd(pending, 710), "", none},
			{usd(posted, 720, told), "superseded/newer_status", at720},
			{usd(posted, 720, told), "duplicate", at720},
		},
		"the bank tells it with the first record only": {
			{usd(posted, 710, told), "", at710},
			{usd(posted, 720), "duplicate", at710},
			{usd(reversed, 720), "reversed/status", none},
			{usd(reversed, 730), "duplicate", none},
			{usd(posted, 710, told), "superseded/older_status", none},
		},
		"the bank tells it with the last record only": {
			{usd(posted, 710), "", at710},
			{usd(reversed, 720, told), "reversed/status", none},
			{usd(posted, 730), "superseded/older_status", none},
		},
		"the bank's own word is content": {
			{usd(posted, 710, told), "", at710},
			{usd(posted, 720, told), "conflict/id_conflict dlq/id_conflict", at710},
		},
		"another amount is another event": {
			{usd(pending, 710), "", none},
			{usd(posted, 720, func(x *pb.Transaction) { x.AmountMinor++ }), "conflict/id_conflict dlq/id_conflict", none},
		},
	} {
		t.Run(name, func(t *testing.T) { play(t, steps) })
	}
}

// TestAPartOfADerivedAmountTakenBack: what is left of it is no other content.
func TestAPartOfADerivedAmountTakenBack(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 0, dollars(710), told)
	tp.txn("2", first, 0, dollars(71), reversalOf("1", pb.ReversalKind_PARTIAL), func(x *pb.Transaction) { x.Direction, x.AmountMinor = pb.Direction_DEBIT, 1_000 })
	tp.tells("reversed")
	tp.txn("1", first, 0, dollars(720))
	tp.tells("duplicate")
	tp.txn("2", first, 0, dollars(72), reversalOf("1", pb.ReversalKind_PARTIAL), func(x *pb.Transaction) { x.Direction, x.AmountMinor = pb.Direction_DEBIT, 1_000 })
	tp.tells("duplicate")
}

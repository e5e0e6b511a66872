package fold_test

import (
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const nothing, hundred = "balance 0, n 0, inflow 0, most 0, days 0", "balance 100, n 1, inflow 100, most 100, days 1"

// B2: a reversal that was PENDING takes back its original when it is POSTED, and is
// judged then.
func TestB02PendingReversal(t *testing.T) {
	d := first
	const full = pb.ReversalKind_FULL
	pending := status(pb.TxnStatus_PENDING)
	t.Run("of a posted original", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -100, reversalOf("1", full), pending), "", hundred},
			{txn("r", d, -100, reversalOf("1", full)), "superseded/newer_status reversed", nothing},
			{txn("r", d, -100, reversalOf("1", full)), "duplicate", nothing},
		})
	})
	t.Run("before its original", func(t *testing.T) {
		play(t, []step{
			{txn("r", d, -100, reversalOf("1", full), pending), "", nothing},
			{txn("r", d, -100, reversalOf("1", full)), "superseded/newer_status waiting", "balance -100, n 0, inflow 0, most 0, days 0"},
			{txn("1", d, 100), "reversed", nothing},
		})
	})
	t.Run("of what another took back meanwhile", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -100, reversalOf("1", full), pending), "", hundred},
			{txn("s", d, -100, reversalOf("1", full)), "reversed", nothing},
			{txn("r", d, -100, reversalOf("1", full)), "dlq/already_reversed rejected/already_reversed", nothing},
		})
	})
	t.Run("that failed", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -100, reversalOf("1", full), pending), "", hundred},
			{txn("r", d, -100, reversalOf("1", full), status(pb.TxnStatus_FAILED)), "superseded/newer_status", hundred},
		})
	})
}

// B3: a higher version of a reversal takes back what it says, not what the older
// one said.
func TestB03ReversalVersion2(t *testing.T) {
	d := first
	const full, part = pb.ReversalKind_FULL, pb.ReversalKind_PARTIAL
	const newer = "superseded/newer_version"
	tests := []struct {
		name  string
		steps []step
	}{
		{"of less", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("r", d, -10, reversalOf("1", part), version(2)), newer + " reversed", "balance 90, n 1, inflow 90, most 90, days 1"},
		}},
		{"of a part instead of all", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -100, reversalOf("1", full)), "reversed", nothing},
			{txn("r", d, -10, reversalOf("1", part), version(2)), newer + " reversed", "balance 90, n 1, inflow 90, most 90, days 1"},
			{txn("r", d, -100, reversalOf("1", full), version(3)), newer + " reversed", nothing},
		}},
		{"of more than there was", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("r", d, -130, reversalOf("1", part), version(2)), newer + " reversed/exceeds_original", "balance -30, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -10, reversalOf("1", part), version(3)), newer + " reversed", "balance 90, n 1, inflow 90, most 90, days 1"},
		}},
		{"of another original", []step{
			{txn("1", d, 100), "", hundred},
			{txn("2", d, 7), "", "balance 107, n 2, inflow 107, most 100, days 1"},
			{txn("r", d, -7, reversalOf("1", part)), "reversed", "balance 100, n 2, inflow 100, most 93, days 1"},
			{txn("r", d, -7, reversalOf("2", part), version(2)), newer + " reversed", hundred},
		}},
		{"while it waits", []step{
			{txn("r", d, -100, reversalOf("1", full)), "waiting", "balance -100, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -10, reversalOf("1", part), version(2)), newer + " waiting", "balance -10, n 0, inflow 0, most 0, days 0"},
			{txn("1", d, 100), "reversed", "balance 90, n 1, inflow 90, most 90, days 1"},
			{txn("r", d, -20, reversalOf("1", part), version(3)), newer + " reversed", "balance 80, n 1, inflow 80, most 80, days 1"},
		}},
		{"that is no reversal any more", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("r", d, -60, version(2)), newer, "balance 40, n 2, inflow 100, most 100, days 1"},
			{txn("r", d, -60, reversalOf("1", part), version(3)), newer + " reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
		}},
		{"that did not come about", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("r", d, -60, reversalOf("1", part), version(2), status(pb.TxnStatus_FAILED)), newer, hundred},
		}},
		{"after its original became smaller, beside another one", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("s", d, -30, reversalOf("1", part)), "reversed", "balance 10, n 1, inflow 10, most 10, days 1"},
			{txn("1", d, 50, version(2)), newer, "balance -40, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -5, reversalOf("1", part), version(2)), newer + " reversed", "balance 15, n 1, inflow 15, most 15, days 1"},
		}},
		{"of what another took back whole", []step{
			{txn("1", d, 100), "", hundred},
			{txn("2", d, 5), "", "balance 105, n 2, inflow 105, most 100, days 1"},
			{txn("r", d, -5, reversalOf("2", part)), "reversed", hundred},
			{txn("s", d, -100, reversalOf("1", full)), "reversed", nothing},
			{txn("r", d, -5, reversalOf("1", part), version(2)), "dlq/already_reversed rejected/already_reversed", nothing},
		}},
		{"whose original was undone by its status", []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("1", d, 100, status(pb.TxnStatus_REVERSED)), "reversed/status", "balance -60, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -10, reversalOf("1", part), version(2)), "dlq/already_reversed rejected/already_reversed", "balance -60, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -60, reversalOf("1", part), status(pb.TxnStatus_REVERSED)), "reversed/status", nothing},
			{txn("1", d, 80, version(2)), newer, "balance 80, n 1, inflow 80, most 80, days 1"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.steps) })
	}
}

// B24: a reversal that is itself undone by its status gives back what it took.
func TestB24ReversalRecordReversed(t *testing.T) {
	d := first
	const full, part = pb.ReversalKind_FULL, pb.ReversalKind_PARTIAL
	reversed := status(pb.TxnStatus_REVERSED)
	t.Run("in full", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -100, reversalOf("1", full)), "reversed", nothing},
			{txn("r", d, -100, reversalOf("1", full), reversed), "reversed/status", hundred},
			{txn("s", d, -100, reversalOf("1", full)), "reversed", nothing},
		})
	})
	t.Run("one of two parts", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", hundred},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("s", d, -40, reversalOf("1", part)), "reversed", nothing},
			{txn("r", d, -60, reversalOf("1", part), reversed), "reversed/status", "balance 60, n 1, inflow 60, most 60, days 1"},
		})
	})
	t.Run("while it waits", func(t *testing.T) {
		play(t, []step{
			{txn("r", d, -100, reversalOf("1", full)), "waiting", "balance -100, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -100, reversalOf("1", full), reversed), "reversed/status", nothing},
			{txn("1", d, 100), "", hundred},
		})
	})
	t.Run("a day later, the original's day is written again", func(t *testing.T) {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", d, 2000)
		tp.txn("r", d, -2000, reversalOf("1", full))
		tp.close(d)
		tp.txn("r", d, -2000, reversalOf("1", full), reversed)
		tp.tells("reversed/status")
		if got, want := tp.moves(), "point:CORRECTED low>high 2025-01-02"; got != want {
			t.Errorf("moves %q, want %q", got, want)
		}
	})
}

// B29: an original before raw_from cannot be found: DLQ late_unverifiable
// (semantics 3). Later, when raw_from has left the horizon, reversals wait again.
func TestB29OriginalBeforeRawFrom(t *testing.T) {
	const late = "dlq/late_unverifiable rejected/late_unverifiable"
	tp := newTape(t, fold.Options{RawMax: 8}, tapePolicy)
	for i := range 30 {
		tp.txn(fmt.Sprint(i), first+int32(i), 10)
		tp.close(first + int32(i))
	}
	d := first + 30
	tp.txn("r", d, -10, reversalOf("1", pb.ReversalKind_FULL))
	tp.tells(late)
	tp.txn("q", d, -10, reversalOf("1", pb.ReversalKind_FULL), status(pb.TxnStatus_PENDING))
	tp.txn("q", d, -10, reversalOf("1", pb.ReversalKind_FULL))
	tp.tells(late)
	tp.holds("balance 300, n 30, inflow 300, most 10, days 30")
	tp.txn("s", d, -10, reversalOf("29", pb.ReversalKind_FULL))
	tp.tells("reversed")
	tp.holds("balance 290, n 29, inflow 290, most 10, days 29")
	tp.closeTo(d, d+400)
	tp.txn("u", d+401, -10, reversalOf("none", pb.ReversalKind_FULL))
	tp.tells("waiting")
}

// TestReversalAfterItsOriginalMerged: a reversal whose original is no longer held by
// itself can neither be corrected nor undone.
func TestReversalAfterItsOriginalMerged(t *testing.T) {
	const late = "dlq/late_unverifiable rejected/late_unverifiable"
	const stands = "balance 110, n 8, inflow 110, most 40, days 2"
	const part = pb.ReversalKind_PARTIAL
	tp := newTape(t, fold.Options{RawMax: 8}, tapePolicy)
	tp.txn("1", first, 100)
	tp.txn("2", first, 10)
	tp.txn("3", first, 10)
	tp.close(first)
	tp.txn("r", first+1, -60, reversalOf("1", part))
	tp.tells("reversed")
	for i := range 5 {
		tp.txn(fmt.Sprint("a", i), first+1, 10)
	}
	tp.holds(stands)
	tp.txn("r", first+1, -10, reversalOf("1", part), version(2))
	tp.tells(late)
	tp.txn("r", first+1, -60, reversalOf("1", part), status(pb.TxnStatus_REVERSED))
	tp.tells(late)
	tp.holds(stands)
	tp.txn("r", first+1, -60, reversalOf("1", part))
	tp.tells("duplicate")
}

// TestOriginalMergesAtOnce: an original of an open place may be merged as it comes;
// the reversals that wait for it are settled before.
func TestOriginalMergesAtOnce(t *testing.T) {
	tp := newTape(t, fold.Options{RawMax: 8}, tapePolicy)
	tp.txn("r", first, -100, reversalOf("1", pb.ReversalKind_FULL))
	for i := range 7 {
		tp.txn(fmt.Sprint("a", i), first+1, 10)
	}
	tp.close(first)
	tp.close(first + 1)
	tp.txn("1", first, 100)
	tp.tells("reversed late")
	tp.holds("balance 70, n 7, inflow 70, most 10, days 1")
}

// TestTooManyWaiting: reversals that wait for their original are bounded; one more
// is refused and moves nothing.
func TestTooManyWaiting(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range 1<<16 - 1 {
		tp.fast(wrap(txn(fmt.Sprint("r", i), first, -1, reversalOf(fmt.Sprint(i), pb.ReversalKind_FULL))))
	}
	tp.txn("r", first, -1, reversalOf("x", pb.ReversalKind_FULL))
	tp.tells("dlq/too_many_waiting rejected/too_many_waiting")
	tp.holds("balance -65535, n 0, inflow 0, most 0, days 0")
	tp.txn("7", first, 1)
	tp.tells("reversed")
	tp.txn("r", first, -1, reversalOf("x", pb.ReversalKind_FULL))
	tp.tells("waiting")
}

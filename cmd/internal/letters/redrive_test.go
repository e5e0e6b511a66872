package letters_test

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const day = 20259 // 2025-06-20

// redrive sends every letter through and gives what became of each, by event id.
func redrive(t *testing.T, b *trial.Bank) map[string]letters.Fate {
	t.Helper()
	fates := map[string]letters.Fate{}
	redriveWith(t, b, letters.RedriveOptions{Told: func(f letters.Fate) { fates[f.Letter.EventId] = f }})
	return fates
}

func redriveWith(t *testing.T, b *trial.Bank, o letters.RedriveOptions) {
	t.Helper()
	r, err := letters.NewRedriver(t.Context(), b.Deployment, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, l := range b.Letters() {
		if err := r.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Folded()
}

func reversal(of string) func(*pb.Transaction) {
	return func(x *pb.Transaction) {
		x.TxnType, x.Direction, x.ReversalOf = pb.TxnType_REVERSAL, pb.Direction_DEBIT, of
	}
}

func pending(x *pb.Transaction) { x.Status = pb.TxnStatus_PENDING }

// What the fold refused and left without effect goes through whole once its cause is
// gone; what it applied in part is not applied twice.
func TestLettersOfTheFoldGoThroughWhenTheirCauseIsGone(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back,
		b.Pay("1", "C1", day, 100_00), b.Pay("2", "C1", day+30, 7_00), // a month ahead
		b.Pay("3", "C1", day, 40_00, pending), b.Pay("4", "C1", day, 40_00, reversal("core:3")),
		b.Pay("1", "C1", day, 999_00), // another amount under an id that is taken
	)
	b.Close(back, day)
	if _, err := letters.NewRedriver(t.Context(), b.Deployment, letters.RedriveOptions{}); !errors.Is(err, letters.ErrBusy) {
		t.Errorf("beside a load: %v", err)
	}
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Fold()
	b.Folded()
	causes := b.Causes()
	for id, want := range map[string]string{"core:2:1": "future_day", "core:4:1": "original_not_posted", "core:1:1": "id_conflict"} {
		if causes[id] != want {
			t.Errorf("%s is refused as %q, want %q", id, causes[id], want)
		}
	}
	if v := b.Customer("C1", 0); v.Accounts[0].Value != 100_00 || v.Metrics[1].Value != 100_00 {
		t.Errorf("before: balance %d, inflow %d; want those of event 1 alone", v.Accounts[0].Value, v.Metrics[1].Value)
	}

	// The day comes, the pending booking is posted.
	back = b.Backfill(day)
	b.Put(back, b.Pay("3", "C1", day, 40_00))
	b.Close(back, day+29)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	fates := redrive(t, b)
	for id, want := range map[string]string{"core:2:1": letters.Written, "core:4:1": letters.Written, "core:1:1": letters.Pointless} {
		if f := fates[id]; f.What != want {
			t.Errorf("%s: %s (%s), want %s", id, f.What, f.Why, want)
		}
	}
	if v := b.Customer("C1", 0); v.Accounts[0].Value != 107_00 || v.Metrics[1].Value != 107_00 || v.Waiting != 0 {
		t.Errorf("after: balance %d, inflow %d; want 10700 of both: 3 is taken back by 4", v.Accounts[0].Value, v.Metrics[1].Value)
	}
	if n := len(b.Letters()); n != 3 {
		t.Errorf("%d letters, want the three from before", n)
	}
	for id, f := range redrive(t, b) {
		if f.What != letters.Before && f.What != letters.Pointless {
			t.Errorf("%s a second time: %s", id, f.What)
		}
	}
}

// A reversal whose original never came has moved the balance; there is nothing left
// that could be applied.
func TestAReversalWithoutItsOriginalIsNotAppliedTwice(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 100_00), b.Pay("2", "C1", day, 30_00, reversal("core:lost")))
	b.Close(back, day, day+402)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Fold()
	b.Folded()
	list := b.Letters()
	if len(list) != 1 || list[0].Cause != "unknown_original" || strings.Join(list[0].Applied, " ") != "balance" {
		t.Fatalf("letters %v, want one of an unknown original that names the balance as applied", list)
	}
	if f := redrive(t, b)["core:2:1"]; f.What != letters.Pointless || !strings.Contains(f.Why, "balance stands") {
		t.Errorf("%s: %s", f.What, f.Why)
	}
	if v := b.Customer("C1", 0); v.Accounts[0].Value != 70_00 || v.Waiting != 0 {
		t.Errorf("balance %d, %d waiting", v.Accounts[0].Value, v.Waiting)
	}
}

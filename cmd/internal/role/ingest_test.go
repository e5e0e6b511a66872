package role_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
)

// dollars is 100.00 USD paid in on a time.
func dollars(id int, at time.Time) string {
	return fmt.Sprintf(`{"event_id":"core:%d:1","customer_id":"C1","account_id":"A1","account_type":"DEMAND","txn_type":"TRANSFER_IN",`+
		`"direction":"CREDIT","amount_minor":10000,"currency":"USD","event_time":%q,"status":"POSTED","initiator":"CUSTOMER"}`,
		id, at.UTC().Format(time.RFC3339))
}

// A foreign amount without a rate of its own takes the last one known; where none
// is known it waits among the dead letters until one is.
func TestForeignAmountsTakeTheLastRateKnown(t *testing.T) {
	b := trial.New(t)
	b.Publish()
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
	b.Run(role.Conductor, run, err)
	run, err = role.NewIngest(b.Deployment, role.IngestOptions{Clock: control.Wall{}, ReportEvery: 20 * time.Millisecond})
	b.Run(role.Ingest, run, err)

	now := time.Now()
	today := b.Calendar.BusinessDay(now.Unix())
	b.Send(dollars(0, now))
	b.Letter(func(l *pb.DeadLetter) bool { return l.Cause == "no_rate" && l.Field == "currency" })

	b.PublishRate(today+1, "USD", 9_900_000_000_000)
	b.PublishRate(today-1, "USD", 7_100_000_000_000)
	b.PublishRate(today-3, "USD", 7_000_000_000_000)
	// The rates come by another topic: events before them are rejected like the first.
	settled := func(n int) { // n times {} has been rejected, and so all before it is told
		b.Letter(func(l *pb.DeadLetter) bool {
			if l.Cause != "no_rate" {
				n--
			}
			return n == 0
		})
	}
	sent, base := 0, int64(0)
	for base == 0 {
		sent++
		b.Send(dollars(sent, now), `{}`)
		settled(sent)
		for _, r := range b.Log() {
			if x := r.Transaction; x != nil {
				base = x.BaseAmountMinor
				if !x.BaseDerived {
					t.Error("the base amount is not said to be ingest's")
				}
			}
		}
	}
	if base != 71_000 {
		t.Errorf("100.00 USD are worth %d fen, want 71000, by the rate of the day before", base)
	}
	b.Send(dollars(-1, now.AddDate(0, 0, -3)))
	b.Arrived(func(r *pb.LogRecord) bool {
		return r.Transaction.TxnId == "-1" && r.Transaction.BaseAmountMinor == 70_000
	})

	// What was rejected for want of a rate goes through when it is known.
	written := 0
	re, err := letters.NewRedriver(t.Context(), b.Deployment, letters.RedriveOptions{Told: func(f letters.Fate) {
		if f.What == letters.Written {
			written++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer re.Close()
	rejected := 0
	for _, l := range b.Letters() {
		if l.Cause == "no_rate" {
			rejected++
			if err := re.Send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := re.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rejected == 0 || written != rejected {
		t.Errorf("%d of %d letters were redriven", written, rejected)
	}
	arrives := func(id string, base int64) {
		b.Arrived(func(r *pb.LogRecord) bool { return r.Transaction.TxnId == id && r.Transaction.BaseAmountMinor == base })
	}
	arrives("-1", 70_000)
	for i := range sent + 1 {
		arrives(fmt.Sprint(i), 71_000)
	}
}

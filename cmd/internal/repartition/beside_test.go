package repartition

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/sources/control"
)

const bookings = `mapping: bookings
format: {type: csv}
source: core
records:
  - record: transaction
    fields:
      customer_id: customer
      account_id: "A-{customer}"
      txn_id: id
      account_type: {const: DEMAND}
      txn_type: {const: UNKNOWN}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
      currency: {const: CNY}
      amount: {from: amount, sign: credit_positive}
      event_time: {from: date, format: YYYY-MM-DD}
`

// TestALoadBesideALiveLogHearsThatItIsLeft: it holds no lease, so nobody waits for it.
// Its rows are in a log that nobody reads any more, and it must not say that they are in.
func TestALoadBesideALiveLogHearsThatItIsLeft(t *testing.T) {
	b := bank(t, 3)
	b.Config.Conductor.Tick = config.Duration(time.Second)
	b.Publish()
	writers(b)
	b.Ticked()
	b.Rest()
	dir, moved := t.TempDir(), false
	_, err := b.Load(load.Options{
		MaxDisorder: 1,
		Files: []load.File{{
			Path:    trial.Write(t, dir, "late.csv", "id,date,customer,amount\n1,2025-06-20,C1,10.00\n2,2025-06-01,C1,10.00\n"),
			Mapping: trial.Write(t, dir, "bookings.yaml", bookings),
		}},
		Announce: func(text string) {
			if strings.Contains(text, "sorting it on disk") && !moved {
				moved = true
				repartitioned(t, b, quietly(5, ""))
			}
		},
	})
	if !moved || !errors.Is(err, control.ErrMoved) || !strings.Contains(err.Error(), "goes on as tierwatch-e2") {
		t.Errorf("moved %t, the load says %v", moved, err)
	}
}

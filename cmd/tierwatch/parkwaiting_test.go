package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// A record is parked, and the fold started, when verify has begun and waits for it: verify
// leaves it out too, and finds nothing wrong.
func TestParkedWhileVerifyWaits(t *testing.T) {
	const customers = 40
	b, _ := newBankOf(t, customers)
	b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	b.verify()
	b.run(0, "dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--mapping", "fixed.yaml", "--data-dir", "data")
	at, err := letters.ParsePlace(b.place("C000", func(x *pb.Transaction) bool {
		return x.AmountMinor == 3_00 && x.TxnId == fmt.Sprint(11*customers+1)
	}))
	if err != nil {
		t.Fatal(err)
	}
	b.inside(wire.Needs{Kafka: true, ClickHouse: true}, func(ctx context.Context, d *wire.Deployment) error {
		roles := lifecycle.NewGroup(ctx)
		park := sync.OnceValue(func() error {
			return errors.Join(letters.Park(ctx, d, at, "ticket 88"), role.Pipeline(d, roles))
		})
		var parked error
		r, err := audit.Run(ctx, d, audit.Options{Limit: 5, Progress: func(stage string, _, _ int64) {
			if stage == audit.StageFold {
				parked = park()
			}
		}})
		roles.Stop()
		if err := errors.Join(parked, err, roles.Wait()); err != nil {
			return err
		}
		if r.Found > 0 {
			t.Errorf("%d differences: %v", r.Found, r.First)
		}
		return nil
	})
	b.verify() // the record is parked: it counts as one with a verdict
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// Once plays the history and returns what came of it when fold and warehouse
// have caught up. The deployment's topics and schema exist.
func Once(ctx context.Context, d *wire.Deployment, p Params, resumed bool) (*Summary, error) {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	questions, err := newCensus(d)
	if err != nil {
		return nil, err
	}
	defer func() { _ = questions.close() }()
	stand, err := look(ctx, d, p.Bank)
	if err != nil {
		return nil, err
	}
	h, err := newHistory(d, synth.New(p.Bank), p.Bank)
	if err != nil {
		return nil, err
	}
	roles := lifecycle.NewGroup(ctx)
	if err := pipeline(d, roles); err != nil {
		return nil, err
	}
	began := time.Now()
	s := &Summary{
		Customers: p.Bank.Customers, Seed: p.Bank.Seed, Resumed: resumed,
		FirstDay: event.FormatDay(p.Bank.Start), LastDay: event.FormatDay(p.Bank.LastHistoryDay()),
	}
	err = s.fill(roles.Context(), d, h, stand, kadm.NewClient(client), questions, began)
	roles.Stop()
	return s, errors.Join(err, roles.Wait())
}

// pipeline starts the roles that take the log to ClickHouse.
func pipeline(d *wire.Deployment, roles *lifecycle.Group) error {
	warehouse, err := role.NewWarehouse(d)
	if err != nil {
		return err
	}
	fold, err := role.NewFold(d)
	if err != nil {
		return err
	}
	roles.Go(role.Warehouse, warehouse)
	roles.Go(role.Fold, fold)
	return nil
}

func (s *Summary) fill(ctx context.Context, d *wire.Deployment, h *history, stand where, admin *kadm.Client, questions *census, began time.Time) error {
	if !stand.handed && !stand.live {
		if err := h.play(ctx); err != nil {
			return err
		}
	}
	if err := progress.Wait(ctx, admin, d.Namespace); err != nil {
		return err
	}
	total := time.Since(began)
	ends, err := progress.Ends(ctx, admin, d.Namespace)
	if err != nil {
		return err
	}
	s.positions(ends, h.Written.Load(), stand == where{})
	s.Rejected = h.Rejected.Load()
	s.Seconds = map[string]float64{"history_written": seconds(h.took), "caught_up": seconds(total)}
	if s.Written > 0 {
		s.RecordsPerSecond = float64(int64(float64(s.Written) / total.Seconds()))
	}
	return questions.summarize(ctx, s)
}

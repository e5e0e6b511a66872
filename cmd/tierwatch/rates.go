package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

func (a *app) newRates() *cobra.Command {
	c := &cobra.Command{
		Use:     "rates",
		Short:   "Publish exchange rates and fund prices",
		Example: "  tierwatch rates publish rates-2026-01-31.csv -c tierwatch.yaml",
	}
	c.AddCommand(&cobra.Command{
		Use:   "publish FILE",
		Short: "Hand rates of days to the writer of time",
		Long: `Publish a CSV of day,unit,rate: base units per unit of the currency or fund, such
as 2026-01-31,USD,7.1234. The conductor writes them into every partition of the
log; those of a day that come after its CLOSE and the deployment's lag
(deployment.fx_lag, nav_lag) are refused there.

Ingest puts the last rate known into foreign amounts that come without their own.
What was rejected for want of a rate (no_rate) can be redriven:
tierwatch dlq redrive --cause no_rate.`,
		Example: "  tierwatch rates publish rates.csv -c tierwatch.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.control(cmd.Context(), func(ctx context.Context, d *wire.Deployment, t *control.Topic) error {
				return a.publishRates(ctx, d, t, args[0])
			})
		},
	})
	return c
}

func (a *app) publishRates(ctx context.Context, d *wire.Deployment, t *control.Topic, path string) error {
	list, err := load.ReadRates(path, d.Config.Deployment.BaseCurrency)
	if err == nil && len(list) == 0 {
		err = errors.New("no rates in " + path)
	}
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	n := 0
	for _, r := range list {
		if err := t.PublishRates(ctx, r); err != nil {
			return err
		}
		n += len(r.Rates)
	}
	fmt.Fprintf(a.out, "published %s of %s to %s\n", count.Of(n, "rate"), event.FormatDay(list[0].Day), event.FormatDay(list[len(list)-1].Day))
	return nil
}

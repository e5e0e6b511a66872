package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// explainFlags are what `explain` is asked for beside the configuration.
type explainFlags struct {
	at   string
	lang string
	from string
	json bool
}

func (a *app) newExplain() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:   "explain CUSTOMER",
		Short: "Show how a customer's tier came about and where it leads",
		Long: `Fold what the log has of one customer and show his accounts, metrics, scores with
what each dimension gives, his tier in every scheme, misses, the fall that is ahead
with the money that prevents it, his last periods and open alerts.

Without --at: as known now, that is at the log's clock, which the page tells. With
--at: as it was known when that day was closed; what came later, late bookings too, is
left out. A day that is not closed yet is refused with the last one that is.

With --from DIR the log is folded onto a snapshot, for days from its own on: what a
log needs whose beginning was cut, and quicker. Alerts opened before come from their
topic.`,
		Example: `  tierwatch explain C-9f3a12b4 --data-dir ./tierwatch-data
  tierwatch explain C-9f3a12b4 --at 2025-06-30 --lang en
  tierwatch explain C-9f3a12b4 --from /backup/2026-06-30 -c tierwatch.yaml
  tierwatch explain C-9f3a12b4 --json | jq '.schemes[] | {name, tier, falls_on}'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args[0], f) },
	}
	c.Flags().StringVar(&f.at, "at", "", "as known when this day was closed, YYYY-MM-DD")
	c.Flags().StringVar(&f.from, "from", "", "the snapshot to start at, instead of the start of the log")
	c.Flags().StringVar(&f.lang, "lang", "zh", "language of the page: zh or en")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON instead of a page")
	return c
}

func (a *app) explain(ctx context.Context, customer string, f explainFlags) error {
	at, err := parseDay(f.at)
	if err != nil {
		return exit.With(exit.Usage, fmt.Errorf("--at: %w", err))
	}
	if !explaining.Known(f.lang) {
		return exit.With(exit.Usage, fmt.Errorf("--lang %q: want zh or en", f.lang))
	}
	from, err := openSnapshot(f.from)
	if err != nil {
		return err
	}
	cfg, err := a.existing()
	if err != nil {
		return err
	}
	needs := wire.Needs{Kafka: true, Attach: true}
	return a.with(ctx, cfg, needs, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
		if err := noneMissing(ctx, d); err != nil {
			return err
		}
		bar := &progress.Bar{Out: a.err, Terminal: wire.Terminal(a.err)}
		x, alerts, err := explaining.Replay(ctx, d, explaining.Question{Customer: customer, At: at, From: from}, func(done, total int64) {
			if bar.Terminal {
				bar.Show("reading the log", done, total, "")
			}
		})
		bar.End()
		for _, asked := range []error{explaining.ErrUnknown, explaining.ErrNotClosed, explaining.ErrBefore, snapshot.ErrOther, snapshot.ErrCut} {
			if errors.Is(err, asked) {
				return exit.With(exit.Usage, err)
			}
		}
		if err != nil {
			return err
		}
		view := explaining.New(x, alerts, d.Config.Deployment.BaseCurrency)
		view.Asked(at)
		if !f.json {
			return view.Page(a.out, f.lang)
		}
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return enc.Encode(view)
	})
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

func (a *app) newMigrate() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the ClickHouse schema up to date",
		Long: `Make the database when it is absent and apply the numbered schema files that it
lacks, in order. It can run at any time and beside other processes; role
warehouse does the same when it starts.

With --from SNAPSHOT it also puts in what a log does not say that begins behind a
snapshot: base currency, lags, rates and tiers of the time before, without which money
would count as 0. A new database of such a log needs it once, from the snapshot that the
log goes on from or a later one; repeated it changes nothing. Exit code 2 when the
snapshot is of another log, or the log or the database knows all of it.`,
		Example: `  tierwatch migrate --clickhouse ch1:9000
  TIERWATCH_CLICKHOUSE_PASSWORD_FILE=/run/secrets/ch tierwatch migrate -c tierwatch.yaml
  tierwatch migrate -c new.yaml --from /backup/2026-07-31-e2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.migrate(cmd.Context(), from) },
	}
	c.Flags().StringVar(&from, "from", "", "the snapshot behind which the log begins, for a new database")
	return c
}

func (a *app) migrate(ctx context.Context, dir string) error {
	from, err := openSnapshot(dir)
	if err != nil {
		return err
	}
	cfg, err := a.existing()
	if err != nil {
		return err
	}
	needs := wire.Needs{Kafka: from != nil, ClickHouse: true, Attach: true}
	return a.with(ctx, cfg, needs, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
		var before *clickhouse.Beginning
		if from != nil {
			if err := noneMissing(ctx, d); err != nil {
				return err
			}
			if before, err = from.BeginningOf(ctx, d); err != nil {
				return misasked(err)
			}
		}
		result, err := clickhouse.Upgrade(ctx, d.ClickHouse)
		if err != nil {
			return err
		}
		if len(result.Applied) == 0 {
			fmt.Fprintf(a.out, "nothing to do: the schema is at version %d\n", result.Version)
		} else {
			fmt.Fprintf(a.out, "applied %s\nthe schema is at version %d\n", strings.Join(result.Applied, ", "), result.Version)
		}
		if before == nil {
			return nil
		}
		if err := clickhouse.Begin(ctx, d.ClickHouse, wire.Tiers(d.PolicyOptions()), before); err != nil {
			return misasked(err)
		}
		a.printBeginning(d, from, before)
		return nil
	})
}

// printBeginning tells what was put into the database.
func (a *app) printBeginning(d *wire.Deployment, from *snapshot.Snapshot, before *clickhouse.Beginning) {
	base, rates, policies := "", 0, 0
	for _, r := range before.Records {
		switch {
		case r.Engine != nil:
			base = r.Engine.BaseCurrency
		case r.Rates != nil:
			rates += len(r.Rates.Rates)
		case r.Policy != nil:
			policies++
		}
	}
	fmt.Fprintf(a.out, "%s now has what was said up to the CLOSE of %s (%s): base currency %s, %s, %s\n",
		d.ClickHouse.Database, day.String(before.Day), from.Dir, base, count.Of(rates, "rate"), count.Of(policies, "policy"))
}

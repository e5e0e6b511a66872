package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

func (a *app) newMigrate() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the ClickHouse schema up to date",
		Long: `Make the database when it is absent and apply the numbered schema files that it
lacks, in order. It can run at any time and beside other processes; role
warehouse does the same when it starts.`,
		Example: `  tierwatch migrate --clickhouse ch1:9000
  TIERWATCH_CLICKHOUSE_PASSWORD_FILE=/run/secrets/ch tierwatch migrate -c tierwatch.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.existing()
			if err != nil {
				return err
			}
			needs := wire.Needs{ClickHouse: true, Attach: true}
			return a.with(cmd.Context(), cfg, needs, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
				result, err := migrate(ctx, d)
				if err != nil {
					return err
				}
				if len(result.Applied) == 0 {
					fmt.Fprintf(a.out, "nothing to do: the schema is at version %d\n", result.Version)
					return nil
				}
				fmt.Fprintf(a.out, "applied %s\nthe schema is at version %d\n", strings.Join(result.Applied, ", "), result.Version)
				return nil
			})
		},
	}
}

// migrate applies the schema to the deployment's warehouse.
func migrate(ctx context.Context, d *wire.Deployment) (clickhouse.MigrationResult, error) {
	conn, err := clickhouse.Open(d.ClickHouse)
	if err != nil {
		return clickhouse.MigrationResult{}, fmt.Errorf("open clickhouse: %w", err)
	}
	result, err := clickhouse.Migrate(ctx, conn, d.ClickHouse.Database, d.ClickHouse.Cluster)
	if closeErr := conn.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("close clickhouse: %w", closeErr)
	}
	return result, err
}

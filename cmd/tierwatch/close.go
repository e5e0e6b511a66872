package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

func (a *app) newClose() *cobra.Command {
	var force, reason string
	c := &cobra.Command{
		Use:   "close --force DAY",
		Short: "Close business days although sources lag",
		Long: `Tell the conductor to close every day up to DAY, whatever its sources report. What
they still deliver for those days is then late: it goes into its own day, and
closed periods are restated within the policy's limits. A person's decision.`,
		Example: `  tierwatch close --force 2026-01-31 --reason "core's night batch failed" -c tierwatch.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := parseDay(force)
			if err == nil && day == 0 {
				err = errors.New("name the last day to close")
			}
			if err != nil {
				return exit.With(exit.Usage, fmt.Errorf("--force: %w", err))
			}
			return a.control(cmd.Context(), func(ctx context.Context, _ *wire.Deployment, t *control.Topic) error {
				if err := t.ForceClose(ctx, &pb.ForceClose{Day: day, Reason: reason}); err != nil {
					return err
				}
				fmt.Fprintf(a.out, "the conductor will close every day up to %s that is over\n", event.FormatDay(day))
				return nil
			})
		},
	}
	c.Flags().StringVar(&force, "force", "", "last day to close, YYYY-MM-DD")
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

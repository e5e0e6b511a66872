package main

import (
	"context"
	"errors"
	"fmt"
	"time"

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
closed periods are restated within the policy's limits. A person's decision.

It cannot be taken back, so DAY may be tomorrow at the latest, by the bank's
calendar: up to it no source is waited for any more.`,
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
			return a.forceClose(cmd.Context(), day, reason)
		},
	}
	c.Flags().StringVar(&force, "force", "", "last day to close, YYYY-MM-DD")
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

func (a *app) forceClose(ctx context.Context, day int32, reason string) error {
	return a.control(ctx, func(ctx context.Context, d *wire.Deployment, t *control.Topic) error {
		if clock := d.Config.Deployment.Clock; clock != "wall" && clock != "demo" {
			return exit.With(exit.Usage, fmt.Errorf("deployment.clock is %s: no conductor closes days; `tierwatch load` writes them", clock))
		}
		written := t.Table().Time
		if written == nil {
			return exit.With(exit.Usage, errors.New("the log is not open yet: no day can be closed (tierwatch policy publish, then run the conductor)"))
		}
		now := time.Now().Unix()
		if d.Config.Deployment.Clock == "demo" { // its time is the bank's
			now = written.TickAt
		}
		if err := checkForce(day, d.Calendar.BusinessDay(now), written.LastClose); err != nil {
			return exit.With(exit.Usage, err)
		}
		if err := t.ForceClose(ctx, &pb.ForceClose{Day: day, Reason: reason}); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "the conductor will close every day up to %s that is over\n", event.FormatDay(day))
		return nil
	})
}

// checkForce refuses a day for which a close cannot be meant. It stays forced for
// ever, and with a day far ahead no source would be waited for until then.
func checkForce(day, today, lastClose int32) error {
	switch {
	case day > today+1:
		return fmt.Errorf("--force %s: today is %s: name a day that is over, today, or tomorrow", event.FormatDay(day), event.FormatDay(today))
	case day <= lastClose:
		return fmt.Errorf("--force %s: is closed already, as is every day up to %s", event.FormatDay(day), event.FormatDay(lastClose))
	}
	return nil
}

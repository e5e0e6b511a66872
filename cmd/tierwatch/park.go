package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

func (a *app) newDLQPark() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "park PARTITION:OFFSET",
		Short: "Take a record of the log out of the fold that has stopped at it",
		Long: `Take one record of the log out of the fold. A record that cannot be folded stops
its partition, and the program's own log names it; that is a fault of the program,
so an upgrade is the better way. A parked record has a verdict in its place, here
and in every replay and audit. Start the role fold again afterwards.`,
		Example: `  tierwatch dlq park 3:918273 --reason "crash of 1.4.2, ticket 88"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := letters.ParsePlace(args[0])
			if err != nil {
				return exit.With(exit.Usage, err)
			}
			if strings.TrimSpace(reason) == "" {
				return exit.With(exit.Usage, errors.New("say why with --reason: it stays with the record"))
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				if err := letters.Park(ctx, d, at, reason); err != nil {
					return err
				}
				fmt.Fprintf(a.out, "record %s is parked: start the role fold again, and its partition goes on behind it\n", args[0])
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for those who find it later")
	return c
}

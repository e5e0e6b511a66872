package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/control"
)

// giveUp is `load --give-up`: it loads nothing.
func (a *app) giveUp(cmd *cobra.Command, files []string) error {
	var more error
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Name != "give-up" {
			more = errors.Join(more, exit.With(exit.Usage, fmt.Errorf("--%s does not go with --give-up, which loads nothing", f.Name)))
		}
	})
	if more != nil {
		return more
	}
	return a.control(cmd.Context(), func(ctx context.Context, _ *wire.Deployment, topic *control.Topic) error {
		given, err := load.GiveUp(ctx, topic, files)
		if err != nil {
			return err
		}
		for _, f := range given {
			fmt.Fprintf(a.out, "%s: its load is given up; what it wrote stays in the log, and the file counts as loaded (--again loads it all the same)\n", f.Name)
		}
		return nil
	})
}

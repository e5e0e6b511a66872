package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

func (a *app) newSnapshotCut() *cobra.Command {
	var from string
	var yes bool
	c := &cobra.Command{
		Use:   "cut --from DIR",
		Short: "Delete the log before a snapshot, as far as nobody needs it",
		Long: `Check the snapshot, and delete the records of every partition of the log before the
least of: where the snapshot goes on, from where the fold would fold the log again at
a start, and what the warehouse has not read yet. Without --yes it only tells what
it would delete.

What is deleted is gone: from then on verify, explain and a rebuild of the state need
this snapshot or a newer one. Keep it where it outlives the brokers. Not while a load
or a repartition is interrupted: they go on from a place in the log.`,
		Example: `  tierwatch snapshot cut --from /backup/2026-07-31 -c tierwatch.yaml
  tierwatch snapshot cut --from /backup/2026-07-31 -c tierwatch.yaml --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return exit.With(exit.Usage, errors.New("--from is missing: name the snapshot from which the log can be folded afterwards"))
			}
			s, err := openSnapshot(from)
			if err != nil {
				return err
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error { return a.cutLog(ctx, d, s, yes) })
		},
	}
	c.Flags().StringVar(&from, "from", "", "the snapshot that takes the place of what is deleted")
	c.Flags().BoolVar(&yes, "yes", false, "delete; without it nothing is done")
	return c
}

func (a *app) cutLog(ctx context.Context, d *wire.Deployment, s *snapshot.Snapshot, yes bool) error {
	if err := a.checkSnapshot(s); err != nil {
		return exit.With(exit.Differs, err)
	}
	list, err := s.Limits(ctx, d, func(int) {})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PARTITION\tBEGINS AT\tENDS AT\tSNAPSHOT\tSTATE\tWAREHOUSE\tDELETE\tHELD BY")
	n := int64(0)
	for i := range list {
		l := &list[i]
		n += l.To() - l.Start
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", l.Partition, l.Start, l.End, l.Snapshot, l.State, l.Warehouse, l.To()-l.Start, l.Holds())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print limits: %w", err)
	}
	switch {
	case n == 0:
		fmt.Fprintln(a.out, "nothing to delete")
		return nil
	case !yes:
		fmt.Fprintf(a.out, "%s would be deleted; nothing is without --yes\n", count.Of(int(n), "record"))
		return nil
	}
	if err := snapshot.Cut(ctx, d, list); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s deleted; keep %s\n", count.Of(int(n), "record"), s.Dir)
	return nil
}

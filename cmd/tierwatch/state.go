package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func (a *app) newState() *cobra.Command {
	c := &cobra.Command{
		Use:   "state",
		Short: "Inspect what the fold has saved, or let it be built anew",
		Example: `  tierwatch state inspect
  tierwatch state rebuild --partition 3`,
	}
	c.AddCommand(a.newStateInspect(), a.newStateRebuild())
	return c
}

func (a *app) newStateInspect() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect",
		Short: "Read the saved state of every partition and say whether it is whole",
		Long: `Read the state topic as a start of the fold would, and tell of each partition how
many records and customers it has, from which offset the log would be folded again,
and which business day was closed there. Exit code 3 when a partition could not be
restored from it.`,
		Example: "  tierwatch state inspect --data-dir ./tierwatch-data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.dlq(cmd.Context(), a.inspectState)
		},
	}
}

// errUnwhole says that a partition's state cannot be restored.
var errUnwhole = errors.New("the state of a partition cannot be restored; see `tierwatch state rebuild --help`")

func (a *app) inspectState(ctx context.Context, d *wire.Deployment) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PARTITION\tRECORDS\tBYTES\tCUSTOMERS\tREPLAY FROM\tCLOSED\tSTATE")
	var bad error
	for p := range d.Partitions {
		l := fold.NewLoading(fold.Options{Partition: p})
		size := 0
		r := worker.StateReader{Kafka: d.Kafka, Topic: d.Namespace.Topic(topics.State), Partition: p}
		n, _, err := r.Read(ctx, func(key, value []byte) {
			size += len(key) + len(value)
			l.Take(key, value)
		})
		if err != nil { // nothing is known of the state: that is no reason to rebuild it
			return errors.Join(w.Flush(), ctx.Err(), fmt.Errorf("read the state of partition %d: %w", p, err))
		}
		s := l.Summary()
		_, _, err = l.Done()
		from, word := "-", "whole"
		if s.ReplayFrom >= 0 {
			from = strconv.FormatInt(s.ReplayFrom, 10)
		}
		if err != nil {
			word, bad = err.Error(), exit.With(exit.Differs, errUnwhole)
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%s\t%s\t%s\n", p, n, size, s.Customers, from, day.String(s.LastClose), word)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print states: %w", err)
	}
	return bad
}

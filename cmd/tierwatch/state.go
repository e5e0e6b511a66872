package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

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
		s := l.Summary()
		if err == nil {
			_, _, err = l.Done()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
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

func (a *app) newStateRebuild() *cobra.Command {
	var partition int32
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Let a partition be folded from the start of its log at the next start",
		Long: `Mark the saved state of a partition as void. At the next start the partition is
folded from the start of its log, which takes as long as that; nothing is said
twice, and the outputs are the same. The role fold must be stopped meanwhile.`,
		Example: "  tierwatch state rebuild --partition 3",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				if partition < 0 || partition >= d.Partitions {
					return exit.With(exit.Usage, fmt.Errorf("--partition %d: the log has partitions 0 to %d", partition, d.Partitions-1))
				}
				return a.rebuildState(ctx, d, partition)
			})
		},
	}
	c.Flags().Int32Var(&partition, "partition", -1, "the partition of the log")
	return c
}

func (a *app) rebuildState(ctx context.Context, d *wire.Deployment, partition int32) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), d.Kafka...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	groups, err := kadm.NewClient(client).DescribeGroups(ctx, d.Namespace.Group("fold"))
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("describe the fold's group: %w", err)
	}
	for _, g := range groups.Sorted() {
		if n := len(g.Members); n > 0 {
			return fmt.Errorf("group %s has %d members: stop the role fold first; what it saves meanwhile would be lost", g.Group, n)
		}
	}
	var s fold.Saves
	fold.ForgetState(&s)
	r := &kgo.Record{Topic: d.Namespace.Topic(topics.State), Partition: partition, Key: s.List[0].Key, Value: s.List[0].Value}
	if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
		return fmt.Errorf("write to %s: %w", r.Topic, err)
	}
	fmt.Fprintf(a.out, "partition %d will be folded from the start of its log at the next start\n", partition)
	return nil
}

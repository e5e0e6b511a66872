package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/worker"
)

func (a *app) newStateRebuild() *cobra.Command {
	var partition int32
	var from string
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Let a partition be folded from the start of its log, or from a snapshot",
		Long: `Mark the saved state of a partition as void. At the next start the partition is
folded from the start of its log, which takes as long as that; nothing is said
twice, and the outputs are the same. The role fold must be stopped meanwhile.

With --from DIR the state of a snapshot takes its place, and the log is folded from
there: quicker, and the only way when the beginning of the log was cut. It must be of a
day whose CLOSE the fold has been through: what it has not said yet would never be said.`,
		Example: `  tierwatch state rebuild --partition 3
  tierwatch state rebuild --partition 3 --from /backup/2026-06-30 -c tierwatch.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSnapshot(from)
			if err != nil {
				return err
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				if partition < 0 || partition >= d.Partitions {
					return exit.With(exit.Usage, fmt.Errorf("--partition %d: the log has partitions 0 to %d", partition, d.Partitions-1))
				}
				return a.rebuildState(ctx, d, partition, s)
			})
		},
	}
	c.Flags().Int32Var(&partition, "partition", -1, "the partition of the log")
	c.Flags().StringVar(&from, "from", "", "the snapshot whose state is put in its place")
	return c
}

func (a *app) rebuildState(ctx context.Context, d *wire.Deployment, partition int32, s *snapshot.Snapshot) error {
	nobody := func() error {
		return withClient(d, func(k *kgo.Client) error { return nobodyFolds(ctx, kadm.NewClient(k), d.Namespace.Group("fold")) })
	}
	if err := nobody(); err != nil {
		return err
	}
	err := snapshot.PutBack(ctx, d, partition, s)
	if errors.Is(err, snapshot.ErrCut) || errors.Is(err, snapshot.ErrOther) || errors.Is(err, snapshot.ErrAhead) {
		return exit.With(exit.Usage, err)
	}
	if err != nil {
		return err
	}
	// One that has come meanwhile has the state that was there before, and saves onto this one.
	if err := nobody(); err != nil {
		return errors.Join(err, snapshot.Void(ctx, d, partition))
	}
	where := "the start of its log"
	if s != nil {
		where = fmt.Sprintf("offset %d, on the state of %s,", s.Next(partition), s.Dir)
	}
	fmt.Fprintf(a.out, "partition %d will be folded from %s at the next start\n", partition, where)
	return nil
}

// nobodyFolds refuses while a member of the group could save its own state.
func nobodyFolds(ctx context.Context, k *kadm.Client, group string) error {
	members, err := worker.Members(ctx, k, group)
	if err != nil {
		return err
	}
	if n := len(members); n > 0 {
		return fmt.Errorf("group %s has %d members: stop the role fold first; what it saves meanwhile would be lost", group, n)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control/topology"
)

func (a *app) newTopics() *cobra.Command {
	c := &cobra.Command{
		Use:   "topics",
		Short: "Create or check the topics on the brokers",
		Example: `  tierwatch topics create --brokers kafka1:9092 --set kafka.partitions=12 --set kafka.replication=3
  tierwatch topics check -c tierwatch.yaml`,
	}
	c.AddCommand(&cobra.Command{
		Use:   "create",
		Short: "Create the topics that are missing, with explicit settings",
		Long: `Create every topic of the deployment that is missing, with explicit settings,
and check those that exist. Nothing that exists is changed. Exit code 3 when a
setting is wrong; then nothing was created either.`,
		Example: "  tierwatch topics create --brokers kafka1:9092 --set kafka.partitions=12 --set kafka.replication=3",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.topics(cmd.Context(), true) },
	}, &cobra.Command{
		Use:   "check",
		Short: "Report topics that are missing or have wrong settings",
		Long: `Compare the topics on the brokers with what the program needs, and report every
difference with its remedy. Exit code 3 when there is one.`,
		Example: "  tierwatch topics check -c tierwatch.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.topics(cmd.Context(), false) },
	})
	return c
}

func (a *app) topics(ctx context.Context, create bool) error {
	read := a.existing // a check makes no data directory
	if create {
		read = func() (*config.Config, error) { return a.config(nil) }
	}
	cfg, err := read()
	if err != nil {
		return err
	}
	return a.with(ctx, cfg, wire.Needs{Kafka: true, Attach: true}, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
		if !create {
			if err := noneMissing(ctx, d); err != nil {
				return err
			}
		}
		if err := ensureTopics(ctx, d); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%d topics of %s are in order (%s)\n", len(topics.Table()), d.Namespace, count.Of(d.Partitions, "partition"))
		return nil
	})
}

// withClient runs do with a client of the deployment's brokers.
func withClient(d *wire.Deployment, do func(*kgo.Client) error) error {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	return do(client)
}

// ensureTopics creates what is missing and refuses wrong settings.
func ensureTopics(ctx context.Context, d *wire.Deployment) error {
	err := withClient(d, func(k *kgo.Client) error {
		return topology.Ensure(ctx, k, topology.Options{
			Namespace: d.Namespace, Partitions: d.Partitions, Replication: int16(d.Config.Kafka.Replication),
		})
	})
	if _, ok := errors.AsType[topology.Findings](err); ok {
		return exit.With(exit.Differs, err)
	}
	return err
}

func noneMissing(ctx context.Context, d *wire.Deployment) error {
	names := make([]string, 0, len(topics.Table()))
	for _, s := range topics.Table() {
		names = append(names, d.Namespace.Topic(s.ID))
	}
	missing, err := missingOf(ctx, d, names)
	if err == nil && len(missing) > 0 {
		err = exit.With(exit.Differs, fmt.Errorf("missing topics: %v: `tierwatch topics create`", missing))
	}
	return err
}

// missingOf gives those of the topics that the brokers do not have, sorted.
func missingOf(ctx context.Context, d *wire.Deployment, names []string) (missing []string, err error) {
	err = withClient(d, func(k *kgo.Client) error {
		found, err := kadm.NewClient(k).ListTopics(ctx)
		if err != nil {
			return fmt.Errorf("list topics: %w", err)
		}
		for _, name := range names {
			if !found.Has(name) {
				missing = append(missing, name)
			}
		}
		return nil
	})
	slices.Sort(missing)
	return missing, err
}

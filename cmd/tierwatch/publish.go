package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

func (a *app) newPolicyPublish() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "publish FILE",
		Short: "Check a policy and hand it to the writer of time",
		Long: `Check the policy as the successor of the one published last (its version must be
higher, and a tier that is gone needs replaced_by), and publish it. The conductor
writes it into every partition of the log; it applies from the day named, at the
earliest from the day after the conductor's and the log's. A day that the log has
begun is refused, and a log whose clock is behind is warned of. The same text may be
published again, with another day, while it waits to be written. The first policy of
a new log applies at once. The topics must be there: a mistyped directory or prefix
makes no new deployment.`,
		Example: `  tierwatch policy publish my-policy.yaml -c tierwatch.yaml
  tierwatch policy publish v2.yaml --from 2026-01-01 --data-dir ./tierwatch-data`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			day, err := parseDay(from)
			if err != nil {
				return exit.With(exit.Usage, fmt.Errorf("--from: %w", err))
			}
			return a.control(cmd.Context(), func(ctx context.Context, d *wire.Deployment, t *control.Topic) error {
				return a.publish(ctx, d, t, args[0], day)
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "first day of the policy, YYYY-MM-DD (default: as soon as possible)")
	return c
}

// control is controlRead for who writes: a log that a repartition has left, or has not
// finished, is refused.
func (a *app) control(ctx context.Context, do func(context.Context, *wire.Deployment, *control.Topic) error) error {
	return a.controlRead(ctx, func(ctx context.Context, d *wire.Deployment, t *control.Topic) error {
		if err := t.Table().Writable(); err != nil {
			return err
		}
		return do(ctx, d, t)
	})
}

// controlRead gives do the control topic of a deployment that exists, read to its end: a
// mistyped directory or prefix is refused, not made into a new deployment.
func (a *app) controlRead(ctx context.Context, do func(context.Context, *wire.Deployment, *control.Topic) error) error {
	cfg, err := a.existing()
	if err != nil {
		return err
	}
	return a.with(ctx, cfg, wire.Needs{Kafka: true, Attach: true}, func(ctx context.Context, d *wire.Deployment, stops *lifecycle.Stack) error {
		if err := noneMissing(ctx, d); err != nil {
			return err
		}
		t, err := control.OpenTopic(d.Kafka, d.Namespace)
		if err != nil {
			return err
		}
		stops.PushFunc("control topic", t.Close)
		if _, err := t.Refresh(ctx); err != nil {
			return err
		}
		return do(ctx, d, t)
	})
}

func (a *app) publish(ctx context.Context, d *wire.Deployment, t *control.Topic, file string, day int32) error {
	o := d.PolicyOptions()
	if list := t.Table().Policies(); len(list) > 0 {
		last := list[len(list)-1]
		previous, err := policy.Compile(fmt.Sprintf("%s version %d", last.Name, last.Version), last.Yaml, o)
		if err != nil {
			return fmt.Errorf("compile the policy published last: %w", err)
		}
		o.Previous = previous
	}
	plan, text, err := a.readPolicy(file, o)
	if err != nil {
		return err
	}
	if p := o.Previous; p != nil && p.Name != plan.Name {
		return exit.With(exit.Usage, fmt.Errorf("%s: policy: %q: the policy of this deployment is named %q, and the name stays: write policy: %s", file, plan.Name, p.Name, p.Name))
	}
	today := int32(0)
	if d.Config.Deployment.Clock == "wall" {
		today = d.Calendar.BusinessDay(time.Now().Unix())
	}
	pub := newPublication(t.Table(), plan.Version, day, today)
	if err := pub.refused(); err != nil {
		return exit.With(exit.Usage, fmt.Errorf("%s: %w", file, err))
	}
	err = t.PublishPolicy(ctx, &pb.PolicyPublication{Name: plan.Name, Version: plan.Version, EffectiveDay: day, Yaml: text})
	if err != nil {
		return err
	}
	for _, note := range pub.notes() {
		fmt.Fprintf(a.err, "warning: %s\n", note)
	}
	fmt.Fprintf(a.out, "published policy %s version %d, effective %s\n", plan.Name, plan.Version, pub.when())
	return nil
}

func (a *app) newPolicyShow() *cobra.Command {
	var number uint32
	c := &cobra.Command{
		Use:   "show",
		Short: "List the policies published and which is in force, or print one",
		Long: `List the policies that were published to the deployment, in their order: the day asked
for, the first day each is in force, and which one is at the log's clock. A version
comes into force with the CLOSE of the day before. With --number print the text of that
version as it was published. A log that a repartition has left, or that was taken back,
is shown too.`,
		Example: `  tierwatch policy show -c tierwatch.yaml
  tierwatch policy show --number 3 > v3.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.controlRead(cmd.Context(), func(_ context.Context, d *wire.Deployment, t *control.Topic) error {
				if number > 0 {
					return a.showPolicy(t.Table().Policies(), number)
				}
				return showPolicies(a.out, t.Table(), d.Calendar)
			})
		},
	}
	c.Flags().Uint32Var(&number, "number", 0, "print the text of this version")
	return c
}

// showPolicy prints the text of a version.
func (a *app) showPolicy(list []*pb.PolicyPublication, number uint32) error {
	for _, p := range list {
		if p.Version == number {
			_, err := a.out.Write(p.Yaml)
			return err
		}
	}
	return exit.With(exit.Usage, fmt.Errorf("no policy of version %d was published: `tierwatch policy show` lists them", number))
}

// parseDay reads YYYY-MM-DD as days since 1970; 0 for "".
func parseDay(s string) (int32, error) {
	if s == "" {
		return 0, nil
	}
	return event.ParseDay(s)
}

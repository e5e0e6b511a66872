package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/demo"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/ops"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// runFlags are what `run` is asked for beside the configuration.
type runFlags struct {
	roles    string
	embedded bool
	catchUp  bool
	clock    demoClock
}

func (a *app) newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Run roles against Kafka and ClickHouse until stopped",
		Long: `Run some or all roles until Ctrl-C or SIGTERM:

  ingest     the bank's topics (ingest.sources) into the log; scale with partitions
  conductor  writes time: ticks, rates, policies, closes; one active, others wait
  fold       the log into tiers, projections and alerts; scale with partitions
  warehouse  the log and the fold's topics into ClickHouse

Missing topics are created, and with role warehouse the ClickHouse schema is
brought up to date. Start is refused, with the reason and the remedy, when a
topic has wrong settings, the log was cut short, or the fold's group has lost its
offsets. A new deployment waits for its first policy: tierwatch policy publish.

With embedded engines their addresses are printed, and who may read ClickHouse.
Of history that was loaded into a data directory no more days are closed while no
conductor runs: --roles warehouse only lets you query it.

Secrets come from the environment (TIERWATCH_KAFKA_SASL_PASSWORD, …_FILE) or from
files named in the configuration, never from flags.`,
		Example: `  tierwatch run -c tierwatch.yaml
  tierwatch run -c tierwatch.yaml --roles fold             # one role a process
  tierwatch run --embedded --data-dir ./data               # engines as child processes
  tierwatch run --roles warehouse --data-dir ./bank        # look at what was loaded there
  TIERWATCH_KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka tierwatch run -c tierwatch.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.roles, "roles", "all", "all, or some of ingest,conductor,fold,warehouse")
	c.Flags().BoolVar(&f.embedded, "embedded", false, "run the engines as child processes (in --data-dir, default ./"+demoDir+")")
	c.Flags().Var(&f.clock, "demo-clock", "START,BEGAN,FACTOR of clock demo: START when the wall said BEGAN (RFC 3339), FACTOR times as fast")
	_ = c.Flags().MarkHidden("demo-clock") // it exists; for trials that play many days role by role
	c.Flags().BoolVar(&f.catchUp, "catch-up", false, "let the conductor close a gap of more than 7 days")
	return c
}

func (a *app) run(ctx context.Context, f runFlags) error {
	roles, err := role.Parse(f.roles)
	if err != nil {
		return exit.With(exit.Usage, fmt.Errorf("--roles: %w", err))
	}
	defaults := config.Default()
	if f.embedded {
		defaults.Embedded.DataDir = demoDir
	}
	cfg, err := a.config(defaults)
	if err != nil {
		return err
	}
	cfg.Conductor.CatchUp = cfg.Conductor.CatchUp || f.catchUp
	if roles, err = rolesOf(cfg, roles, f); err != nil {
		return exit.With(exit.Usage, err)
	}
	needs := wire.Needs{Kafka: true, ClickHouse: slices.Contains(roles, role.Warehouse), Progress: a.fetchProgress()}
	return a.with(ctx, cfg, needs, func(ctx context.Context, d *wire.Deployment, stops *lifecycle.Stack) error {
		return a.runRoles(ctx, d, roles, f.clock, stops)
	})
}

// rolesOf leaves out what cannot work here when all were asked for, and refuses
// it when it was named.
func rolesOf(c *config.Config, roles []string, f runFlags) ([]string, error) {
	var all []error
	if c.Deployment.Clock == "wall" && f.clock.Scaled != nil {
		all = append(all, errors.New("--demo-clock: the clock of this deployment is the wall's"))
	}
	able := make([]string, 0, len(roles))
	for _, name := range roles {
		why := idle(c, name, f.clock)
		switch {
		case why == "":
			able = append(able, name)
		case strings.Contains(f.roles, name):
			all = append(all, fmt.Errorf("role %s: %s", name, why))
		}
	}
	return able, errors.Join(all...)
}

// idle is why a role has nothing to do in a deployment, "" if it has.
func idle(c *config.Config, name string, clock demoClock) string {
	if name != role.Conductor && name != role.Ingest {
		return ""
	}
	switch mode := c.Deployment.Clock; {
	case mode == "demo" && clock.Scaled == nil:
		return "the clock of this deployment is the demo's: run `tierwatch demo`"
	case name == role.Conductor && mode != "demo" && mode != "wall":
		return "deployment.clock is " + string(mode) + ": no conductor writes time"
	case name == role.Ingest && len(c.Ingest.Sources) == 0:
		return "ingest.sources is empty: name a topic and its mapping"
	}
	return ""
}

func (a *app) runRoles(ctx context.Context, d *wire.Deployment, roles []string, clock demoClock, stops *lifecycle.Stack) error {
	if err := ensureTopics(ctx, d); err != nil {
		return err
	}
	if slices.Contains(roles, role.Ingest) {
		if err := sourcesExist(ctx, d); err != nil {
			return err
		}
	}
	server, err := serve(ctx, d, stops)
	if err != nil {
		return err
	}
	group := lifecycle.NewGroup(ctx)
	for _, name := range roles {
		run, err := newRole(d, name, clock)
		if err != nil {
			group.Stop()
			return errors.Join(err, group.Wait())
		}
		if server != nil {
			server.Add(name, readiness(d, name))
		}
		group.Go(name, run)
	}
	if d.Addresses != nil {
		metrics := ""
		if server != nil {
			metrics = server.Addr()
		}
		fmt.Fprintln(a.err, strings.Join(demo.Addresses(d.Addresses, metrics, "en"), "\n"))
	}
	d.Log.Info().Strs("roles", roles).Str("version", version).Uint64("tzdata", d.Calendar.Fingerprint()).Msg("started")
	return group.Wait()
}

// sourcesExist refuses sources whose topic is not there: they are the bank's, so
// nobody here creates them.
func sourcesExist(ctx context.Context, d *wire.Deployment) error {
	names := make([]string, 0, len(d.Config.Ingest.Sources))
	for _, s := range d.Config.Ingest.Sources {
		names = append(names, s.Topic)
	}
	missing, err := missingOf(ctx, d, names)
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("topics of ingest.sources do not exist: %v: create them or mend the configuration", missing)
	}
	return err
}

func newRole(d *wire.Deployment, name string, clock demoClock) (role.Run, error) {
	switch name {
	case role.Ingest:
		return role.NewIngest(d, clock.ingest())
	case role.Conductor:
		return role.NewConductor(d, clock.conductor())
	case role.Fold:
		return role.NewFold(d)
	case role.Warehouse:
		return role.NewWarehouse(d)
	}
	return nil, fmt.Errorf("unknown role %q", name)
}

// readiness is what /readyz says about a role.
func readiness(d *wire.Deployment, name string) ops.Check {
	switch name {
	case role.Fold:
		return ops.All(
			ops.First( // between two steps only the last of them knows
				ops.Zero(d.Metrics, "tierwatch_fold_join_remaining_records", "others fold, and this process joins them when it has read what is saved"),
				ops.Zero(d.Metrics, "tierwatch_fold_restore_remaining_records", "a partition's state is still being read"),
				ops.Zero(d.Metrics, "tierwatch_fold_replay_remaining_records", "a partition is still being replayed"),
				ops.Zero(d.Metrics, "tierwatch_fold_joining", "the group has not told yet which partitions this process holds"),
				ops.Zero(d.Metrics, "tierwatch_fold_partition_waiting", "a partition does not fold yet"),
			),
			ops.Zero(d.Metrics, "tierwatch_fold_partition_stopped", "a record that cannot be folded, or state that cannot be restored, has stopped a partition: the log says which, and what to do"),
		)
	case role.Warehouse:
		return ops.Zero(d.Metrics, "tierwatch_warehouse_waiting", "waiting for ClickHouse")
	case role.Ingest:
		return ops.Zero(d.Metrics, "tierwatch_ingest_held", "live events are held back: no fresh TICK, or a load is at work")
	}
	return ops.All()
}

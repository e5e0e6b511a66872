package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/demo"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/ops"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// demoDir is where a demo lives when nothing is said.
const demoDir = "tierwatch-data"

func (a *app) newDemo() *cobra.Command {
	p := demo.Params{Bank: synth.Defaults(), Lang: "zh", DayLength: 5 * time.Second}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Play a synthetic bank on this machine, live",
		Long: `Start an embedded Kafka broker and the real ClickHouse engine as child processes,
and play a seeded synthetic bank: its history at full speed, then live at one
business day every few seconds. The terminal shows tiers and their money, moves
and alerts as they open. Everything stays in the data directory: Ctrl-C stops
cleanly, and a second start goes on where the first ended. Of the day in work some records
are then written again: each is recognized by its id and counts once. Stopped before it was
live, or with --once before it was done, it ends with exit code 130.

The first start fetches the ClickHouse engine (about 150 MB, with npm; cached in
$TIERWATCH_CACHE, else your cache directory).`,
		Example: `  tierwatch demo                                     # 20,000 customers, 13 months, then live
  tierwatch demo --customers 500 --months 3 --lang en --day 10s
  tierwatch demo --once --data-dir /tmp/bank         # history only, JSON summary
  tierwatch verify --data-dir /tmp/bank              # audit it
  tierwatch demo --json | jq .                       # alerts as JSON lines`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), p, cmd.Flags().Changed)
		},
	}
	f := c.Flags()
	f.IntVar(&p.Bank.Customers, "customers", p.Bank.Customers, "customers of the bank")
	f.Uint64Var(&p.Bank.Seed, "seed", p.Bank.Seed, "the same seed gives the same bank")
	f.IntVar(&p.Bank.Months, "months", p.Bank.Months, "months of history")
	f.DurationVar(&p.DayLength, "day", p.DayLength, "how long a live business day lasts")
	f.StringVar(&p.Lang, "lang", p.Lang, "language of the screen: zh or en")
	f.BoolVar(&p.Once, "once", false, "play the history, print a JSON summary and exit")
	f.BoolVar(&p.JSON, "json", false, "print alerts as JSON lines instead of a picture")
	return c
}

func (a *app) demo(ctx context.Context, p demo.Params, asked func(string) bool) error {
	if err := p.Validate(); err != nil {
		return exit.With(exit.Usage, err)
	}
	cfg, err := a.demoConfig()
	if err != nil {
		return err
	}
	if err := embedded.CheckDataDir(cfg.Embedded.DataDir); err != nil {
		return exit.With(exit.Usage, err)
	}
	if err := os.MkdirAll(cfg.Embedded.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	resumed, err := demo.Adopt(cfg.Embedded.DataDir, &p.Bank, asked)
	if err != nil {
		if errors.Is(err, demo.ErrOtherBank) || errors.Is(err, demo.ErrOtherLog) {
			err = exit.With(exit.Usage, err)
		}
		return err
	}
	if err := noteConfig(cfg); err != nil {
		return err
	}
	log, closeLog, err := a.demoLog(cfg, p)
	if err != nil {
		return err
	}
	defer closeLog()
	needs := wire.Needs{Kafka: true, ClickHouse: true, Progress: a.fetchProgress()}
	err = a.withLog(ctx, cfg, log, needs, func(ctx context.Context, d *wire.Deployment, stops *lifecycle.Stack) error {
		return interruptedAs(ctx, a.play(ctx, d, p, resumed, stops), demo.Interrupted(a.sameCommand(), p.Lang))
	})
	return interruptedAs(ctx, err, demo.Interrupted(a.sameCommand(), p.Lang))
}

// play is the demo on engines that run.
func (a *app) play(ctx context.Context, d *wire.Deployment, p demo.Params, resumed bool, stops *lifecycle.Stack) error {
	if err := a.prepare(ctx, d); err != nil {
		return err
	}
	server, err := serve(ctx, d, stops)
	if err != nil {
		return err
	}
	if server != nil {
		for _, name := range role.All {
			server.Add(name, readiness(d, name))
		}
	}
	if p.Once {
		return a.once(ctx, d, p, resumed)
	}
	if err := demo.Play(ctx, d, p, a.display(d, p, server)); err != nil {
		return err
	}
	fmt.Fprint(a.err, demo.Goodbye(a.sameCommand(), a.sameDeployment(d.Config, "verify"), p.Lang))
	return nil
}

// pictured tells whether the demo draws: on a terminal, unless JSON is wanted.
func (a *app) pictured(p demo.Params) bool { return !p.Once && !p.JSON && wire.Terminal(a.out) }

// demoLog is the program's own log: while a picture is drawn it goes to a file
// in the data directory.
func (a *app) demoLog(c *config.Config, p demo.Params) (zerolog.Logger, func(), error) {
	if !a.pictured(p) {
		return wire.Logger(c.Log, a.err), func() {}, nil
	}
	path := filepath.Join(c.Embedded.DataDir, "tierwatch.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return zerolog.Logger{}, nil, fmt.Errorf("open log: %w", err)
	}
	return wire.Logger(c.Log, f), func() { _ = f.Close() }, nil
}

func (a *app) display(d *wire.Deployment, p demo.Params, server *ops.Server) demo.Display {
	metrics := ""
	if server != nil {
		metrics = server.Addr()
	}
	guide := demo.Guide(d, metrics, p.Lang)
	if !a.pictured(p) {
		return &demo.Lines{Out: a.out, Err: a.err, Guide: guide, Lang: p.Lang, JSON: p.JSON}
	}
	size := func() (int, int) { return 80, 24 }
	if f, ok := a.out.(*os.File); ok {
		size = func() (int, int) { return terminalSize(f) }
	}
	return &demo.Screen{Out: a.out, Size: size, Guide: guide, Lang: p.Lang}
}

// prepare makes topics and schema.
func (a *app) prepare(ctx context.Context, d *wire.Deployment) error {
	if err := ensureTopics(ctx, d); err != nil {
		return err
	}
	_, err := clickhouse.Upgrade(ctx, d.ClickHouse)
	return err
}

func (a *app) once(ctx context.Context, d *wire.Deployment, p demo.Params, resumed bool) error {
	summary, err := demo.Once(ctx, d, p, resumed)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(summary)
}

// demoConfig is the configuration with the demo's own defaults.
func (a *app) demoConfig() (*config.Config, error) {
	defaults := config.Default()
	defaults.Deployment.Clock = "demo"
	defaults.Embedded.DataDir = demoDir
	defaults.Log.Level = "warn"
	defaults.HTTP.Addr = "127.0.0.1:0" // several demos may run
	defaults.Conductor.Tick = config.Duration(time.Hour)
	defaults.Conductor.CatchUp = true
	// A day lasts seconds: what happens between two reports is hours of it.
	defaults.Conductor.CloseAt = config.ClockTime(23 * time.Hour)
	defaults.Conductor.Silence = config.Duration(48 * time.Hour)
	defaults.Conductor.WaitFor = []string{demo.Source}
	defaults.Ingest.Sources = []config.Source{{Name: demo.Source, Topic: demo.SourceTopic, Format: "json"}}
	return a.config(defaults)
}

// noteConfig leaves the configuration in the data directory, so that verify,
// explain and the like find the same deployment there.
func noteConfig(c *config.Config) error {
	path := filepath.Join(c.Embedded.DataDir, config.FileInDataDir)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	own := *c
	own.Embedded.DataDir = "" // it is where this file is
	text, err := own.Show(config.ShowOptions{})
	if err != nil {
		return fmt.Errorf("note configuration: %w", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("note configuration: %w", err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// app is what every sub-command shares: the standard streams and the flags that
// set the configuration.
type app struct {
	in       io.Reader
	out, err io.Writer
	args     []string // as given, to be told again

	file     string
	set      []string
	shortcut map[string]*string
	stopIn   time.Duration
}

// subcommands makes every sub-command, in the order of the help text.
func (a *app) subcommands() []*cobra.Command {
	return []*cobra.Command{
		a.newDemo(), a.newRun(), a.newLoad(), a.newVerify(), a.newExplain(), a.newDLQ(), a.newState(), a.newSnapshot(), a.newRepartition(), a.newPolicy(), a.newRates(), a.newClose(),
		a.newConfig(), a.newMigrate(), a.newTopics(), a.newVersion(), // one line a sub-command
	}
}

const rootLong = `Tierwatch follows a bank's transactions as they happen, keeps every customer's
tier, and tells the relationship manager before a customer falls: who, on which
day, why, how much money keeps the tier, and what to do.

Try it on this machine, with nothing installed:
  tierwatch demo

Run it on your Kafka and ClickHouse:
  tierwatch config show --docs > tierwatch.yaml     # edit it
  tierwatch config check --config tierwatch.yaml
  tierwatch topics create --config tierwatch.yaml
  tierwatch migrate --config tierwatch.yaml
  tierwatch policy publish --config tierwatch.yaml my-policy.yaml
  tierwatch run --config tierwatch.yaml

Settings come from a YAML file (--config, or $TIERWATCH_CONFIG, or tierwatch.yaml
in the data directory), over it the environment (kafka.brokers is
TIERWATCH_KAFKA_BROKERS), over it flags (--set kafka.brokers=a:9092,b:9092).

Exit codes: 0 done; 1 something failed; 2 the command line, the configuration, a
policy or a mapping is wrong and nothing was done; 3 a check ran to its end and
found differences; 130 interrupted before it was done.`

func (a *app) newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:               "tierwatch",
		Short:             "Live customer tiers, and a warning before a customer falls",
		Long:              rootLong,
		Version:           version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.file, "config", "c", "", "configuration file (YAML)")
	flags.StringArrayVar(&a.set, "set", nil, "set one setting, such as kafka.partitions=6 (repeatable)")
	a.shortcut = map[string]*string{}
	for _, s := range []struct{ name, path, help string }{
		{"data-dir", "embedded.data_dir", "run the engines as child processes on this directory"},
		{"brokers", "kafka.brokers", "Kafka brokers, host:port,…"},
		{"clickhouse", "clickhouse.addrs", "ClickHouse native addresses, host:port,…"},
		{"http", "http.addr", "host:port of /metrics, /healthz and /readyz"},
		{"log-level", "log.level", "debug, info, warn or error"},
		{"log-format", "log.format", "json, console or auto"},
	} {
		a.shortcut[s.path] = flags.String(s.name, "", s.help)
	}
	flags.DurationVar(&a.stopIn, "stop-timeout", 30*time.Second, "how long a clean stop may take")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.stopIn <= 0 {
			return exit.With(exit.Usage, fmt.Errorf("--stop-timeout: %s: want a span above 0, such as 30s", a.stopIn))
		}
		return nil
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exit.With(exit.Usage, fmt.Errorf("%w\nsee `%s --help`", err, c.CommandPath()))
	})
	root.AddCommand(a.subcommands()...)
	root.SetHelpCommand(newHelp())
	root.Args = cobra.ArbitraryArgs // or cobra says itself, and less, that a command is unknown
	usageErrors(root)
	root.SetVersionTemplate("tierwatch {{.Version}}\n")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	return root
}

// usageErrors gives wrong arguments the exit code of wrong usage, and makes a
// group of commands without its sub-command print its help.
func usageErrors(c *cobra.Command) {
	if args := c.Args; args != nil {
		c.Args = func(c *cobra.Command, list []string) error {
			if err := args(c, list); err != nil {
				if want, ok := strings.CutPrefix(c.Use, c.Name()+" "); ok { // cobra's text counts only
					err = fmt.Errorf("want %s, got %s", want, count.Of(len(list), "argument"))
				}
				return exit.With(exit.Usage, fmt.Errorf("%w\nsee `%s --help`", err, c.CommandPath()))
			}
			return nil
		}
	}
	if c.HasSubCommands() && !c.Runnable() {
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		}
	}
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
}

// config is layers with a warning of each variable that looks like a setting
// and is none.
func (a *app) config(defaults *config.Config) (*config.Config, error) {
	c, err := a.layers(defaults)
	if err != nil {
		return nil, err
	}
	log := wire.Logger(c.Log, a.err)
	for _, p := range append(c.Misspelt(), c.Unknown()...) {
		log.Warn().Str("what", p.Error()).Msg("a variable of the environment sets nothing")
	}
	return c, nil
}

// layers reads every layer of the configuration; its errors have the exit code
// of wrong usage. defaults may be nil.
func (a *app) layers(defaults *config.Config) (*config.Config, error) {
	in := config.Input{File: a.file, Defaults: defaults, Environ: os.Environ}
	for _, text := range a.set {
		s, err := config.ParseSetting(text)
		if err != nil {
			return nil, exit.With(exit.Usage, err)
		}
		in.Set = append(in.Set, s)
	}
	for path, value := range a.shortcut {
		if *value != "" {
			in.Set = append(in.Set, config.Setting{Path: path, Value: *value})
		}
	}
	c, err := config.Load(in)
	return c, exit.With(exit.Usage, err)
}

// existing is config(quiet()) for what reads, publishes or mends: a data directory that
// holds no log is refused, not made.
func (a *app) existing() (*config.Config, error) {
	c, err := a.config(quiet())
	if err == nil && c.Embedded.On() {
		err = wire.NeedLog(c.Embedded.DataDir)
		if errors.Is(err, wire.ErrNoDataDir) {
			err = exit.With(exit.Usage, err)
		}
	}
	return c, err
}

// with opens the deployment that the configuration describes, gives it to do and
// stops everything afterwards, whatever came of it.
func (a *app) with(ctx context.Context, c *config.Config, needs wire.Needs, do func(context.Context, *wire.Deployment, *lifecycle.Stack) error) error {
	log := wire.Logger(c.Log, a.err)
	return a.withLog(ctx, c, log, needs, do)
}

func (a *app) withLog(ctx context.Context, c *config.Config, log zerolog.Logger, needs wire.Needs, do func(context.Context, *wire.Deployment, *lifecycle.Stack) error) (err error) {
	stops := &lifecycle.Stack{OnStop: func(name string, took time.Duration, err error) {
		log.Debug().Str("part", name).Dur("took", took).Err(err).Msg("stopped")
	}}
	defer func() {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.stopIn)
		defer cancel()
		err = errors.Join(err, stops.Close(stopCtx))
	}()
	d, err := wire.Open(ctx, c, log, needs, stops)
	if err != nil {
		return err
	}
	return do(ctx, d, stops)
}

// run is the program: it returns the exit code.
func run(args []string, in io.Reader, out, errOut io.Writer) exit.Code {
	ctx, stop := interruptible(errOut)
	defer stop()
	root := (&app{in: in, out: out, err: errOut, args: args}).newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	code := exit.Of(err)
	if err != nil && code != exit.OK {
		if c, _, e := root.Find(args); e != nil && c == root { // cobra's own: an unknown sub-command
			code = exit.Usage
		}
		if _, told := errors.AsType[*interruption](err); code == exit.Interrupted && !told {
			err = fmt.Errorf("interrupted before it was done: %w", err)
		}
		fmt.Fprintf(errOut, "tierwatch: %v\n", err)
	}
	return code
}

// oneWill is how close two signals are that one will sent: `timeout` and some
// supervisors signal the process and its group.
const oneWill = 300 * time.Millisecond

// interruptible gives a context that ends at the first Ctrl-C or SIGTERM; the
// second ends the process at once.
func interruptible(errOut io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2) // both interrupts of an impatient person
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		var first time.Time
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-signals:
			}
			if n > 0 && time.Since(first) < oneWill {
				n--
				continue
			}
			if n > 0 {
				fmt.Fprintln(errOut, "\ntierwatch: ended without a clean stop")
				os.Exit(int(exit.Interrupted))
			}
			first = time.Now()
			fmt.Fprintln(errOut, "\ntierwatch: stopping (Ctrl-C again ends at once)")
			cancel()
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel() }
}

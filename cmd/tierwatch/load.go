package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/demo"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/event"
)

// loadFlags are what `load` is asked for beside the configuration.
type loadFlags struct {
	mappings []string
	policy   string
	rates    string
	again    bool
	giveUp   bool
	disorder int32
	embedded bool
	wait     bool
	waitSet  bool
	json     bool
}

func (a *app) newLoad() *cobra.Command {
	f := loadFlags{}
	c := &cobra.Command{
		Use:   "load --mapping M.yaml FILE...",
		Short: "Load history from CSV, JSONL or Parquet files into the log",
		Long: `Load files (.gz, .zst and .xz are read directly) through mappings into the log:
all are looked over first, merged by business day and time, each day that is over is
closed in every partition when all files have passed it, and at the end the log is
handed over to the conductor (not under deployment.clock: log). Into a live log only
the records are written. docs/mapping.md explains mappings.

One --mapping is that of every FILE. With several files of different kinds, either
give as many --mapping as FILEs, in the same order, or write MAPPING.yaml:FILE.

Rows that cannot be used go to the dead letters; see tierwatch dlq. At the end the
books of each file are printed: read = accepted + filtered + rejected. A load that
was interrupted, even by kill -9, goes on exactly where it ended when the same
command is given again. A file is refused a second time without --again. One that was
interrupted and shall not go on, such as a wrong file, holds up snapshot cut and
repartition --from until it is given up: load --give-up FILE, by its content or, if the
file is gone, its name. What it wrote stays in the log, and the file counts as loaded.

What is accepted is in the log; the fold may still refuse it. With --wait the load
ends with what the fold refused, by cause, and the command that lists it.

A new log needs a policy: --policy, or the first one published. Rates of foreign
currencies and funds are those published, and --rates: a CSV of day,unit,rate.`,
		Example: `  tierwatch load --mapping bookings.yaml --policy policy.yaml --data-dir ./bank bookings-2025.csv.zst
  tierwatch load -c tierwatch.yaml --mapping m.yaml 2024.parquet 2025.parquet
  tierwatch load --embedded trans.yaml:trans.csv accounts.yaml:accounts.csv --policy policy.yaml
  tierwatch load -c tierwatch.yaml --give-up wrong.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.waitSet = cmd.Flags().Changed("wait")
			if f.giveUp {
				return a.giveUp(cmd, args)
			}
			return a.load(cmd.Context(), f, args)
		},
	}
	c.Flags().StringArrayVarP(&f.mappings, "mapping", "m", nil, "mapping of the files (repeatable, see above)")
	c.Flags().StringVar(&f.policy, "policy", "", "policy that opens a new log; a log that has another refuses it")
	c.Flags().StringVar(&f.rates, "rates", "", "CSV of day,unit,rate to publish first")
	c.Flags().BoolVar(&f.again, "again", false, "load files that are in the log already")
	c.Flags().BoolVar(&f.giveUp, "give-up", false, "bring no more to its end the interrupted load of these files: they count as loaded, nothing is kept for it")
	c.Flags().Int32Var(&f.disorder, "max-disorder", 7, "business days a row may lie before one above it; beyond, its file is sorted on disk")
	c.Flags().BoolVar(&f.embedded, "embedded", false, "run engines, fold and warehouse as part of this command (in --data-dir, default ./"+demoDir+")")
	c.Flags().BoolVar(&f.wait, "wait", false, "return when fold and warehouse have caught up (default with embedded engines)")
	c.Flags().BoolVar(&f.json, "json", false, "print the books as JSON")
	return c
}

// pairs gives each file its mapping.
func pairs(mappings, args []string) ([]load.File, error) {
	var files []load.File
	bare := 0
	for _, arg := range args {
		m, path, ok := strings.Cut(arg, ":")
		if ok && (strings.HasSuffix(m, ".yaml") || strings.HasSuffix(m, ".yml")) {
			files = append(files, load.File{Path: path, Mapping: m})
			continue
		}
		bare++
		files = append(files, load.File{Path: arg})
	}
	switch {
	case bare > 0 && len(mappings) == 0:
		return nil, errors.New("--mapping is required: it says how rows become records (docs/mapping.md)")
	case bare == 0 && len(mappings) > 0:
		return nil, errors.New("--mapping has no file: every FILE names its own")
	case len(mappings) > 1 && len(mappings) != bare:
		return nil, fmt.Errorf("%d --mapping for %d files: give one for all, one for each in their order, or MAPPING.yaml:FILE", len(mappings), bare)
	}
	n := 0
	for i := range files {
		if files[i].Mapping == "" {
			files[i].Mapping = mappings[min(n, len(mappings)-1)]
			n++
		}
	}
	return files, nil
}

func (a *app) load(ctx context.Context, f loadFlags, args []string) error {
	files, err := pairs(f.mappings, args)
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	if f.disorder < 0 {
		return exit.With(exit.Usage, fmt.Errorf("--max-disorder %d: want 0 or more business days", f.disorder))
	}
	cfg, err := a.loadConfig(f)
	if err != nil {
		return err
	}
	o := load.Options{Files: files, Again: f.again, MaxDisorder: f.disorder}
	if f.policy != "" {
		if o.Policy, err = a.firstPolicy(cfg, f.policy); err != nil {
			return err
		}
	}
	if f.rates != "" {
		if o.Rates, err = load.ReadRates(f.rates, cfg.Deployment.BaseCurrency); err != nil {
			return exit.With(exit.Usage, err)
		}
	}
	if err := checkLoad(cfg, o); err != nil {
		return err
	}
	if cfg.Embedded.On() {
		if err := embedded.CheckDataDir(cfg.Embedded.DataDir); err != nil {
			return exit.With(exit.Usage, err)
		}
		if err := os.MkdirAll(cfg.Embedded.DataDir, 0o700); err != nil {
			return fmt.Errorf("make data directory: %w", err)
		}
		if err := noteConfig(cfg); err != nil {
			return err
		}
	}
	wait := f.wait || cfg.Embedded.On() && !f.waitSet
	needs := wire.Needs{Kafka: true, ClickHouse: wait || cfg.Embedded.On(), Attach: true, Progress: a.fetchProgress()}
	err = a.with(ctx, cfg, needs, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
		return interrupted(ctx, a.loadInto(ctx, d, o, wait, f.json), a.goOn())
	})
	return interrupted(ctx, err, a.goOn())
}

// checkLoad refuses what is wrong before anything is made or started: mappings,
// files, and a data directory that is a demo's or that is new and gets no policy.
func checkLoad(cfg *config.Config, o load.Options) error {
	cal, err := event.NewCalendar(cfg.Deployment.TimeZone, cfg.Deployment.AccountingCut, cfg.Deployment.BaseCurrency)
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	if err := load.Check(o.Files, cal); err != nil || !cfg.Embedded.On() {
		return err
	}
	dir := cfg.Embedded.DataDir
	owned, err := demo.Owns(dir)
	if err != nil {
		return err
	}
	if owned {
		return exit.With(exit.Usage, fmt.Errorf("%s is a demo's: its bank and its clock are made up: give another --data-dir", dir))
	}
	has, err := wire.HasLog(dir)
	if err == nil && !has && o.Policy == nil {
		err = exit.With(exit.Usage, load.ErrNoPolicy)
	}
	return err
}

// loadConfig is the configuration with the defaults of a load.
func (a *app) loadConfig(f loadFlags) (*config.Config, error) {
	defaults := quiet()
	// History comes at full speed, and every insert waits for the disk.
	defaults.Warehouse.MaxRecords, defaults.Warehouse.MaxBytes = 200_000, 96<<20
	if f.embedded {
		defaults.Embedded.DataDir = demoDir
	}
	return a.config(defaults)
}

func (a *app) firstPolicy(cfg *config.Config, file string) (*pb.PolicyActivation, error) {
	plan, text, err := a.readPolicy(file, wire.PolicyOptions(cfg))
	if err != nil {
		return nil, err
	}
	return &pb.PolicyActivation{Name: plan.Name, Version: plan.Version, Yaml: text}, nil
}

// loadInto loads while fold and warehouse work, if nobody else runs them.
func (a *app) loadInto(ctx context.Context, d *wire.Deployment, o load.Options, wait, asJSON bool) error {
	if err := ensureTopics(ctx, d); err != nil {
		return err
	}
	own := d.Addresses != nil && !d.Attached
	if own {
		if _, err := clickhouse.Upgrade(ctx, d.ClickHouse); err != nil {
			return err
		}
	}
	bar := &progress.Bar{Out: a.err, Terminal: wire.Terminal(a.err)}
	o.Announce = func(text string) { bar.End(); fmt.Fprintln(a.err, text) }
	began := time.Now()
	o.Progress = func(stage string, done, total, rows int64) {
		bar.Show(stage, done, total, fmt.Sprintf("%s, %.0f a second", count.Of(rows, "row"), float64(rows)/max(time.Since(began).Seconds(), 0.001)))
	}
	defer bar.End()
	l, err := load.Prepare(ctx, d, o)
	if err != nil {
		return err
	}
	defer l.Close()
	began = time.Now()
	roles := lifecycle.NewGroup(ctx)
	if own && l.Usable() {
		if err := role.Pipeline(d, roles); err != nil {
			return err
		}
	}
	err = a.runLoad(roles.Context(), d, l, wait, asJSON, bar)
	roles.Stop()
	failed := roles.Wait()
	if failed != nil && ctx.Err() == nil && errors.Is(err, context.Canceled) {
		return failed // a role ended the load
	}
	return errors.Join(err, failed)
}

// runLoad writes the files, waits if that is wanted, and prints what came of it.
func (a *app) runLoad(ctx context.Context, d *wire.Deployment, l *load.Load, wait, asJSON bool, bar *progress.Bar) error {
	began := time.Now()
	result, err := l.Run(ctx)
	if result == nil {
		return err
	}
	bar.End()
	if !asJSON {
		err = errors.Join(err, a.printBooks(result))
	}
	if err == nil && wait {
		if err = a.caughtUp(ctx, d, bar); err == nil {
			result.Folded, err = l.Folded(ctx)
		}
		bar.End()
		err = interrupted(ctx, err, a.loadedNotFolded(d, began))
	}
	if asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return errors.Join(err, enc.Encode(result))
	}
	if err == nil {
		a.printFolded(d.Config, result, began)
		if d.Addresses != nil && !d.Attached {
			fmt.Fprintf(a.out, "to query it in ClickHouse: %s\n", a.sameDeployment(d.Config, "run --roles warehouse"))
		}
	}
	return err
}

// loadedNotFolded is what a load says that was interrupted when only its wait was left:
// the same command would be refused.
func (a *app) loadedNotFolded(d *wire.Deployment, began time.Time) string {
	goOn := "fold and warehouse go on where they run"
	if d.Addresses != nil && !d.Attached {
		goOn = "fold and warehouse go on with: " + a.sameDeployment(d.Config, "run --roles fold,warehouse")
	}
	return "every file is in the log, only the wait was cut short; " + goOn + "; what the fold refuses: " +
		a.sameDeployment(d.Config, "dlq list --stage fold --since "+at(began.Unix()))
}

// caughtUp returns when fold and warehouse have passed the end of the log.
func (a *app) caughtUp(ctx context.Context, d *wire.Deployment, bar *progress.Bar) error {
	return withClient(d, func(k *kgo.Client) error {
		bar.Show("waiting for fold and warehouse", 0, 0, "")
		return progress.Wait(ctx, kadm.NewClient(k), d.Namespace)
	})
}

func (a *app) printBooks(r *load.Result) error {
	for i := range r.Files {
		b := &r.Files[i]
		filtered, rejected := total(b.Filtered), total(b.Rejected)
		fmt.Fprintf(a.out, "%s: read %d = accepted %d + filtered %d%s + rejected %d%s\n",
			b.File, b.Read, b.Accepted, filtered, listed(b.Filtered), rejected, listed(b.Rejected))
		if b.Read != b.Accepted+filtered+rejected {
			return fmt.Errorf("the books of %s do not balance", b.File)
		}
	}
	fmt.Fprintf(a.out, "%s written in %.1f s", count.Of(r.Written, "record"), r.Seconds)
	if r.Resumed {
		fmt.Fprintf(a.out, ", %d were there from the interrupted load", r.Skipped)
	}
	fmt.Fprintln(a.out)
	return nil
}

// printFolded tells what the fold refused, and where to look.
func (a *app) printFolded(c *config.Config, r *load.Result, began time.Time) {
	f := r.Folded
	if f == nil {
		fmt.Fprintf(a.out, "the fold was not waited for (--wait); what it refuses: %s\n",
			a.sameDeployment(c, "dlq list --stage fold --since "+at(began.Unix())))
		return
	}
	which := "of what this load wrote"
	switch {
	case f.Partial:
		which = "of what was written since the interrupted load went on"
	case r.Resumed:
		which = "of what this load wrote, before the interruption too"
	}
	if r.Live {
		which += ", and of other sources meanwhile"
	}
	a.printSaid(c, f, which)
}

// printSaid tells what the fold refused of which records, and its other verdicts.
func (a *app) printSaid(c *config.Config, f *folded.Said, which string) {
	if n := total(f.Refused); n == 0 {
		fmt.Fprintf(a.out, "the fold refused nothing %s\n", which)
	} else {
		fmt.Fprintf(a.out, "the fold refused %s%s %s: %s\n", count.Of(n, "record"), listed(f.Refused), which,
			a.sameDeployment(c, "dlq list --stage fold --since "+at(f.Since)))
	}
	if n := total(f.Verdicts); n > 0 {
		fmt.Fprintf(a.out, "its verdicts on the others: %s\n", strings.Trim(listed(f.Verdicts), " ()"))
	}
}

func total(m map[string]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

// listed names the parts of a sum.
func listed(m map[string]int64) string {
	if len(m) == 0 {
		return ""
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", key, m[key]))
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

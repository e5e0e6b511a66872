package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/repartition"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// repartitionFlags are what `repartition` is asked for beside the configuration.
type repartitionFlags struct {
	partitions    int32
	to, from, out string
	yes, back     bool
	acceptLoss    bool
}

func (a *app) newRepartition() *cobra.Command {
	var f repartitionFlags
	c := &cobra.Command{
		Use:   "repartition --partitions N [--from SNAPSHOT --out DIR]",
		Short: "Make a log with another number of partitions, to go on with",
		Long: `The number of partitions is fixed when the log is made. This makes a second log of
it, with N partitions, the next epoch and topics of its own: every record of every
customer in its order, and every control record that had an effect once in each
partition, at the same place among each customer's records. Parked records, dead
letters of ingest, published policies and rates, loaded files and the positions of
ingest in the bank's topics go along. Outputs, state and ClickHouse do not: the
roles fold and warehouse make them anew from the new log.

Without --yes it tells what it would do. The roles ingest and conductor must be
stopped, and stay stopped until the new log is in use; fold and warehouse may run.
The old log is not changed, but nobody can write it from the first moment on:
its ingest, conductor and loads are refused. Interrupted or killed, the same command
goes on where it was. --back takes it back, before or after its end: the old log goes
on from its own positions, as if nothing had been. What people told the new log alone they
tell again: policies, rates, forced closes, parked records, loads, letters redriven. It
needs the bank's topics to hold what came since, and the brokers to know those positions:
they forget them when no ingest has run for a week (offsets.retention.minutes). Else it is
refused, unless you --accept-loss and load what is missing from the bank's files.

A log whose beginning was cut needs --from, with a snapshot of it, and any log may
have it: it is faster then. The log is copied from behind the snapshot's CLOSE, and the
snapshot is made one of N partitions in --out: that is where the new log begins, for its
fold, for verify --from and explain --from, and for migrate --from, which puts rates and
tiers of the time before into the new database. Keep it as the log. Which records the
customers have before that day, and what was said of them up to it, lies in the old
topics and the old database alone.

The configuration given is that of the old log. At the end it is told what to change
in it. The way in whole, with what is away meanwhile: docs/runbook.md, "Changing the
number of partitions". Exit code 2 when the question is wrong: the number is the
same, the beginning of the log was cut, the snapshot does not go with the log, the
topics exist, or the way back would lose something.`,
		Example: `  tierwatch repartition --partitions 24 -c tierwatch.yaml
  tierwatch repartition --partitions 24 -c tierwatch.yaml --yes
  tierwatch repartition --partitions 24 --to tierwatch-2027 -c tierwatch.yaml --yes
  tierwatch repartition --partitions 24 --from /backup/2026-07-31 --out /backup/2026-07-31-e2 -c tierwatch.yaml --yes
  tierwatch repartition --back -c tierwatch.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.repartition(cmd.Context(), f) },
	}
	c.Flags().Int32Var(&f.partitions, "partitions", 0, "partitions of the new log")
	c.Flags().StringVar(&f.to, "to", "", "prefix of the new topics (default: that of the old ones with -e and the epoch, such as tierwatch-e2)")
	c.Flags().StringVar(&f.from, "from", "", "a snapshot of the log: it is copied from behind its CLOSE")
	c.Flags().StringVar(&f.out, "out", "", "with --from: directory to be made, of the snapshot that the new log goes on from")
	c.Flags().BoolVar(&f.yes, "yes", false, "do it; without it nothing is done")
	c.Flags().BoolVar(&f.back, "back", false, "take a repartition back: the old log may be written again")
	c.Flags().BoolVar(&f.acceptLoss, "accept-loss", false, "with --back: though the bank's topics do not hold any more what the old log reads next")
	return c
}

// check refuses what does not go together.
func (f *repartitionFlags) check() error {
	switch {
	case f.back && (f.partitions != 0 || f.to != "" || f.from != "" || f.out != "" || f.yes):
		return errors.New("--back stands alone: what is taken back is noted in the log's control topic")
	case !f.back && f.acceptLoss:
		return errors.New("--accept-loss goes with --back: nothing else can lose anything")
	case !f.back && f.partitions <= 0:
		return fmt.Errorf("--partitions %d: name the number of partitions of the new log, such as --partitions 24", f.partitions)
	case (f.from == "") != (f.out == ""):
		return fmt.Errorf("--from %q, --out %q: they go together: the snapshot of the old log, and the directory of the one that the new log goes on from", f.from, f.out)
	}
	return nil
}

func (a *app) repartition(ctx context.Context, f repartitionFlags) error {
	if err := f.check(); err != nil {
		return exit.With(exit.Usage, err)
	}
	from, err := openSnapshot(f.from)
	if err != nil {
		return err
	}
	return a.dlq(ctx, func(ctx context.Context, d *wire.Deployment) error {
		if f.back {
			return a.repartitionBack(ctx, d, f.acceptLoss)
		}
		bar := &progress.Bar{Out: a.err, Terminal: wire.Terminal(a.err)}
		at, began := "", time.Now()
		o := &repartition.Options{
			Partitions: f.partitions, To: topics.Namespace(f.to), From: from, Out: f.out, Program: version,
			Progress: func(stage string, done, total int64) {
				if stage != at {
					at, began = stage, time.Now()
				}
				note := fmt.Sprintf("%s, %.0f a second", count.Of(done, "record"), float64(done)/max(time.Since(began).Seconds(), 0.001))
				if stage == repartition.StagePut {
					note = count.Of(done, "partition")
				}
				bar.Show(stage, done, total, note)
			},
		}
		p, err := repartition.Look(ctx, d, o)
		if err != nil {
			return misasked(err)
		}
		a.printPlan(p)
		if p.Done {
			a.printCutOver(d, p)
			return nil
		}
		if p.Running != nil {
			return p.Running
		}
		if !f.yes {
			fmt.Fprintln(a.out, "nothing is done without --yes")
			return nil
		}
		p, counts, err := repartition.Run(ctx, d, o)
		bar.End()
		if err != nil {
			return misasked(err)
		}
		if counts.Control > 0 {
			fmt.Fprintf(a.out, "copied   %s of customers; %s into each partition; %d without effect left out\n",
				count.Of(counts.Customers, "record"), count.Of(counts.Control, "control record"), counts.Ineffective)
		}
		a.printCutOver(d, p)
		return nil
	})
}

// misasked gives errors of a wrong question their exit code.
func misasked(err error) error {
	for _, wrong := range []error{
		repartition.ErrCut, repartition.ErrOther, repartition.ErrTaken, repartition.ErrNothing, repartition.ErrGone,
		snapshot.ErrOther, snapshot.ErrCut, snapshot.ErrTaken, snapshot.ErrWhole, clickhouse.ErrWhole, fold.ErrParted, fold.ErrFull,
	} {
		if errors.Is(err, wrong) {
			return exit.With(exit.Usage, err)
		}
	}
	return err
}

func (a *app) printPlan(p *repartition.Plan) {
	fmt.Fprintf(a.out, "from     %s: %s, %s\n", p.From.Topic(topics.Events), count.Of(p.Before, "partition"), count.Of(p.Records, "record"))
	fmt.Fprintf(a.out, "to       %s: %s, epoch %d\n", p.To.Topic(topics.Events), count.Of(p.Partitions, "partition"), p.Epoch)
	if p.Snapshot != "" {
		fmt.Fprintf(a.out, "begins   behind the CLOSE of %s, with %s\n", day.String(p.Day), p.Snapshot)
	}
	fmt.Fprintf(a.out, "along    positions of %s\n", count.Of(len(p.Groups), "ingest group"))
	switch {
	case p.Done:
		fmt.Fprintln(a.out, "state    done; the old log is left")
	case p.Begun:
		fmt.Fprintln(a.out, "state    begun; it goes on where it was")
	case p.Running != nil:
		fmt.Fprintln(a.out, "state    cannot begin: the log is still written")
	default:
		fmt.Fprintln(a.out, "state    ready; nobody writes the log")
	}
}

// printCutOver tells the way from the finished copy to the new log.
func (a *app) printCutOver(d *wire.Deployment, p *repartition.Plan) {
	database := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return '_'
		}
		return r
	}, string(p.To))
	if database == d.ClickHouse.Database {
		database += "_new"
	}
	whole, first, from, start := "is whole", "", "", "its start"
	if p.Snapshot != "" {
		whole = fmt.Sprintf(`is whole from behind the CLOSE of %s on. It goes on from
%s: keep that as the log. What was said up to that day lies in the topics of
%s and in the old database alone.`, day.String(p.Day), p.Snapshot, p.From)
		from, start = " --from "+p.Snapshot, "there"
		first = fmt.Sprintf("  tierwatch migrate -c new.yaml --from %s   # makes the new database, with the rates and tiers of the time before\n", p.Snapshot)
	}
	fmt.Fprintf(a.out, `
The new log %s. To go on with it, copy the configuration to new.yaml and set there

  deployment: {namespace: %s, epoch: %d}
  kafka:      {partitions: %d}
  clickhouse: {database: %s}

and then, with a person before each step:

%s  tierwatch run -c new.yaml --roles fold,warehouse   # folds it from %s; leave it running
  tierwatch verify -c new.yaml%s                       # waits for both, and must find zero differences
  tierwatch run -c new.yaml                          # all roles, in its place: the new log is in use

Who reads the topics of %s must read those of %s.
Back, as long as the bank's topics hold what came since, and within a week (offsets.retention.minutes
of the brokers): stop these, and tierwatch repartition --back with the old configuration.
`, whole, p.To, p.Epoch, p.Partitions, database, first, start, from, p.From, p.To)
}

func (a *app) repartitionBack(ctx context.Context, d *wire.Deployment, acceptLoss bool) error {
	told, err := repartition.Back(ctx, d, acceptLoss)
	if err != nil {
		return misasked(err)
	}
	fmt.Fprintf(a.out, "taken back: %s may be written again, and goes on from its own positions\n", d.Namespace)
	fmt.Fprintf(a.out, "what %s alone was told (policies, rates, forced closes, parked records, loads, redrives) is not in it: tell it again\n", told.To)
	if told.Redriven > 0 {
		fmt.Fprintf(a.out, "redriven there alone: %s; `tierwatch dlq list --state open` shows what is open here, `tierwatch dlq redrive` sends it through\n",
			count.Of(told.Redriven, "letter"))
	}
	fmt.Fprintf(a.out, "then the topics of %s and its database may be dropped; a further repartition has the next epoch, and wants another database\n", told.To)
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// verifyFlags are what `verify` is asked for beside the configuration.
type verifyFlags struct {
	json  bool
	list  int
	limit time.Duration
	from  string
}

func (a *app) newVerify() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify",
		Short: "Prove topics and ClickHouse against the log",
		Long: `Fix the end of the log, wait for fold and warehouse to pass it, fold the log anew
and compare every alert, tier change, snapshot, verdict and dead letter of the fold
with the topics, byte for byte, and with its rows in ClickHouse; every row that is
filled from the log itself with its record, column by column, and the views of these
tables; then the books: each further record of an event id has a verdict, every dead
letter, those of ingest too, has its row, and what ingest has read of a topic it has
filtered, or it is in the log or among the dead letters.

With --data-dir the engines are started, and fold and warehouse first catch up if
they have to; while another process runs there, its engines are used as they are.
Exit code 3 when something differs.

With --from DIR the log is folded onto a snapshot: what a log needs whose beginning was
cut, and quicker. Then only what records behind the snapshot's CLOSE led to is compared,
and the books of ingest are not closed.`,
		Example: `  tierwatch demo --once --data-dir ./bank && tierwatch verify --data-dir ./bank
  tierwatch verify -c tierwatch.yaml --json | jq .differences
  tierwatch verify -c tierwatch.yaml --from /backup/2026-06-30`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.verify(cmd.Context(), f) },
	}
	c.Flags().BoolVar(&f.json, "json", false, "print the report as JSON")
	c.Flags().IntVar(&f.list, "list", 20, "how many differences to list")
	c.Flags().StringVar(&f.from, "from", "", "the snapshot to start at, instead of the start of the log")
	c.Flags().DurationVar(&f.limit, "wait", 0, "how long to wait for fold and warehouse and to compare (default: as long as it takes)")
	return c
}

func (a *app) verify(ctx context.Context, f verifyFlags) error {
	from, err := openSnapshot(f.from)
	if err != nil {
		return err
	}
	cfg, err := a.existing()
	if err != nil {
		return err
	}
	if f.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.limit)
		defer cancel()
	}
	needs := wire.Needs{Kafka: true, ClickHouse: true, Attach: true, Progress: a.fetchProgress()}
	at := "reaching Kafka and ClickHouse"
	err = a.with(ctx, cfg, needs, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
		if err := noneMissing(ctx, d); err != nil {
			return err
		}
		bar := &progress.Bar{Out: a.err, Terminal: wire.Terminal(a.err)}
		r, err := audit.Run(ctx, d, audit.Options{
			Limit: f.list, From: from, Pipeline: d.Addresses != nil && !d.Attached,
			Progress: func(stage string, done, total int64) { at = stage; bar.Show(stage, done, total, "") },
		})
		bar.End()
		if errors.Is(err, snapshot.ErrCut) || errors.Is(err, snapshot.ErrOther) {
			return exit.With(exit.Usage, err)
		}
		if err != nil {
			return err
		}
		return a.verified(r, f.json)
	})
	if f.limit > 0 && errors.Is(err, context.DeadlineExceeded) {
		return notWithin(f.limit, at, err)
	}
	return err
}

// notWithin says what a verify that --wait has ended was at.
func notWithin(limit time.Duration, at string, err error) error {
	return fmt.Errorf("nothing was proved: --wait %s is over while %s; give it longer, or leave it out: %w", limit, at, err)
}

// quiet is the configuration of commands whose answer is what counts.
func quiet() *config.Config {
	c := config.Default()
	c.Log.Level = "warn"
	return c
}

// verified prints the report.
func (a *app) verified(r *audit.Report, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("print report: %w", err)
		}
	} else {
		a.printReport(r)
	}
	if r.Found > 0 {
		return exit.With(exit.Differs, errors.New(count.Of(r.Found, "difference")))
	}
	return nil
}

func (a *app) printReport(r *audit.Report) {
	if f := r.From; f != nil {
		fmt.Fprintf(a.out, "from     snapshot %s, behind the CLOSE of %s: nothing before it was compared, nor the books of ingest closed\n", f.Dir, f.Day)
	}
	fmt.Fprintf(a.out, "log      %s in %s: %s, %s\n", count.Of(r.Records, "record"), count.Of(r.Partitions, "partition"),
		count.Of(r.Transactions, "transaction"), count.Of(r.IDs, "event id"))
	for _, m := range []struct {
		name   string
		counts map[string]int64
	}{{"topics", r.Outputs}, {"tables", r.Rows}} {
		fmt.Fprintf(a.out, "%-8s ", m.name)
		var list []string
		for _, key := range slices.Sorted(maps.Keys(m.counts)) {
			list = append(list, fmt.Sprintf("%s %d", key, m.counts[key]))
		}
		fmt.Fprintln(a.out, strings.Join(list, "  "))
	}
	if r.IngestLetters > 0 {
		fmt.Fprintf(a.out, "rejected %s before the log (tierwatch dlq list)\n", count.Of(r.IngestLetters, "row"))
	}
	for _, s := range r.Sources {
		lost := ""
		if s.Lost > 0 {
			lost = fmt.Sprintf("; %d at %d to %d deleted from the source before they were read", s.Lost, s.LostFrom, s.LostTo-1)
		}
		fmt.Fprintf(a.out, "source   %s, partition %d: %d read, %d accepted, %d filtered, %d rejected%s\n",
			s.Name, s.Partition, s.Read, s.Accepted, s.Filtered, s.Rejected, lost)
	}
	for _, d := range r.First {
		fmt.Fprintln(a.out, d)
	}
	if more := r.Found - int64(len(r.First)); more > 0 {
		fmt.Fprintf(a.out, "and %d more\n", more)
	}
	if r.Found == 0 {
		fmt.Fprintln(a.out, "zero differences")
	}
}

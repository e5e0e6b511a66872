package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// redriveFlags are what `dlq redrive` is asked for.
type redriveFlags struct {
	dlqFilter
	mapping string
	all     bool
	again   bool
	dryRun  bool
	quiet   bool
}

func (a *app) newDLQRedrive() *cobra.Command {
	var f redriveFlags
	c := &cobra.Command{
		Use:   "redrive [PARTITION:OFFSET...]",
		Short: "Send dead letters through again, after their cause is gone",
		Long: `Send the originals of dead letters through again: those of ingest through the
mapping of their source, those of files through --mapping, those of the fold back
into the log. Say which: places, filters, or --all. What became of each is printed;
what is rejected again stays where it is, and the exit code is then 3. So it is
where the fold refuses what was written: it is waited for, if one runs, and what it
said ends the list; else the command that tells it does.

A letter that went before is left out and named, unless --again. The fold
recognizes what it has had all the same.`,
		Example: `  tierwatch dlq redrive --cause unknown_currency --dry-run
  tierwatch dlq redrive --cause unmapped_value --mapping bookings.yaml
  tierwatch dlq redrive 0:17 2:4`,
		RunE: func(cmd *cobra.Command, args []string) error {
			filter, err := f.filter(args)
			if err != nil {
				return err
			}
			if filter.Empty() && !f.all {
				return exit.With(exit.Usage, errors.New("say which letters: places, --cause, --source, --stage, --since, or --all"))
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				if err := knownCauses(ctx, d, f.causes); err != nil {
					return err
				}
				return a.redrive(ctx, d, filter, f)
			})
		},
	}
	f.flags(c)
	c.Flags().StringVarP(&f.mapping, "mapping", "m", "", "mapping of letters that came from files, or instead of a source's own")
	c.Flags().BoolVar(&f.all, "all", false, "every letter")
	c.Flags().BoolVar(&f.again, "again", false, "also letters that were redriven before")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would happen and write nothing")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "print the sums only")
	return c
}

func (a *app) redrive(ctx context.Context, d *wire.Deployment, filter letters.Filter, f redriveFlags) error {
	began, sums := time.Now(), map[string]int{}
	r, err := letters.NewRedriver(ctx, d, letters.RedriveOptions{
		Mapping: f.mapping, Again: f.again, DryRun: f.dryRun,
		Told: func(t letters.Fate) {
			sums[t.What]++
			if f.quiet {
				return
			}
			line := t.Letter.Place() + " (" + t.Letter.Cause + "): " + t.What
			if t.Why != "" {
				line += ": " + t.Why
			}
			fmt.Fprintln(a.out, line)
		},
	})
	if err != nil {
		return err
	}
	defer r.Close()
	missing := slices.Clone(filter.Places)
	err = letters.Scan(ctx, d, func(l letters.Letter) error {
		if !filter.Takes(&l) {
			return nil
		}
		missing = slices.DeleteFunc(missing, func(p letters.Place) bool { return p.String() == l.Place() })
		return r.Send(ctx, l)
	})
	// What is in the log is marked, even if a later letter failed.
	if err = errors.Join(err, r.Flush(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	if len(sums) == 0 && len(missing) == 0 {
		fmt.Fprintln(a.out, "no dead letter is chosen")
		return nil
	}
	for _, what := range []string{
		letters.Written, letters.Would, letters.Rejected, letters.Pointless, letters.Filtered, letters.Before, letters.NoWay,
	} {
		if n := sums[what]; n > 0 {
			fmt.Fprintf(a.out, "%d %s\n", n, what)
		}
	}
	refused, err := a.redrivenFolded(ctx, d, r, began)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return exit.With(exit.Usage, fmt.Errorf("no dead letter at %v that is chosen: `tierwatch dlq list` shows their places", missing))
	}
	if n := sums[letters.Rejected] + sums[letters.Pointless] + sums[letters.NoWay]; n > 0 {
		return exit.With(exit.Differs, fmt.Errorf("not sent through, and still where they were: %s: the lines above, or `tierwatch dlq show PARTITION:OFFSET`, say why", count.Of(n, "letter")))
	}
	if refused > 0 {
		return exit.With(exit.Differs, fmt.Errorf("the fold refused what was written: %s, each with a letter of its own", count.Of(refused, "record")))
	}
	return nil
}

// redrivenFolded ends a redrive with what the fold did with it, or how to learn that.
func (a *app) redrivenFolded(ctx context.Context, d *wire.Deployment, r *letters.Redriver, began time.Time) (refused int64, err error) {
	list := a.sameDeployment(d.Config, "dlq list --stage fold --since "+at(began.Unix()))
	said, err := r.Folded(ctx)
	switch {
	case errors.Is(err, letters.ErrNoFold):
		run := "tierwatch run --roles fold,warehouse, where that runs"
		if d.Addresses != nil && !d.Attached {
			run = a.sameDeployment(d.Config, "run --roles fold,warehouse")
		}
		fmt.Fprintf(a.out, "what was written is in the log, but no fold is running, so it counts for nothing yet: %s; what the fold refuses then: %s\n", run, list)
		return 0, nil
	case err != nil:
		return 0, interrupted(ctx, err, "what was written is in the log, only the wait for the fold was cut short; what it refuses: "+list)
	case said == nil:
		return 0, nil
	}
	which := "of what was redriven"
	if r.Live() {
		which += ", and of other sources meanwhile"
	}
	a.printSaid(d.Config, said, which)
	return total(said.Refused), nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// snapshotFlags are what `snapshot` is asked for beside the configuration.
type snapshotFlags struct{ out, day, from string }

func (a *app) newSnapshot() *cobra.Command {
	var f snapshotFlags
	c := &cobra.Command{
		Use:   "snapshot --out DIR",
		Short: "Copy the state behind a CLOSE into files, so that the log before it may be cut",
		Long: `Bring a fold of every partition to exactly what it knows when the CLOSE of a day has
been drained, and write that into files that never change: from there on verify and
explain can fold the log (--from), and the log before it may be cut.

The fold starts at what tierwatch.state holds if that knows of nothing behind the
CLOSE, else at an older snapshot (--from), else at the start of the log. Nothing is
written to the topics, and the roles may run. A directory appears under its name
when it is whole and on the disk; what an interrupt ends leaves nothing. Exit code 2
when the directory exists or the day is not closed.`,
		Example: `  tierwatch snapshot --out /backup/2026-06-30 --day 2026-06-30 -c tierwatch.yaml
  tierwatch snapshot --out /backup/2026-07-31 --from /backup/2026-06-30 -c tierwatch.yaml
  tierwatch snapshot check /backup/2026-07-31
  tierwatch snapshot cut --from /backup/2026-07-31 -c tierwatch.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.snapshot(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.out, "out", "", "directory to be made; it must not exist or be empty")
	c.Flags().StringVar(&f.day, "day", "", "the closed business day, YYYY-MM-DD (default: the newest that every partition has closed)")
	c.Flags().StringVar(&f.from, "from", "", "an older snapshot to start at")
	c.AddCommand(a.newSnapshotCheck(), a.newSnapshotCut())
	return c
}

func (a *app) snapshot(ctx context.Context, f snapshotFlags) error {
	of, err := parseDay(f.day)
	if err != nil {
		return exit.With(exit.Usage, fmt.Errorf("--day: %w", err))
	}
	if f.out == "" {
		return exit.With(exit.Usage, errors.New("--out is missing: name the directory to be made, such as --out ./snapshot-2026-06-30"))
	}
	from, err := openSnapshot(f.from)
	if err != nil {
		return err
	}
	return a.dlq(ctx, func(ctx context.Context, d *wire.Deployment) error {
		bar := &progress.Bar{Out: a.err, Terminal: wire.Terminal(a.err)}
		began := time.Now()
		s, err := snapshot.Take(ctx, d, snapshot.Options{
			Out: f.out, Day: of, From: from, Program: version,
			Progress: func(stage string, done, total, folded int64) {
				note := ""
				if folded > 0 {
					note = fmt.Sprintf("%s, %.0f a second", count.Of(folded, "record"), float64(folded)/max(time.Since(began).Seconds(), 0.001))
				}
				bar.Show(stage, done, total, note)
			},
		})
		bar.End()
		if errors.Is(err, snapshot.ErrTaken) || errors.Is(err, snapshot.ErrNotClosed) {
			return exit.With(exit.Usage, err)
		}
		if err != nil {
			return err
		}
		return a.printSnapshot(s)
	})
}

// openSnapshot opens the directory that --from names, nil if it names none.
func openSnapshot(dir string) (*snapshot.Snapshot, error) {
	if dir == "" {
		return nil, nil //nolint:nilnil // none is asked for
	}
	s, err := snapshot.Open(filepath.Clean(dir))
	if err != nil {
		return nil, exit.With(exit.Usage, fmt.Errorf("open snapshot: %w", err))
	}
	return s, nil
}

// printSnapshot tells what a snapshot holds.
func (a *app) printSnapshot(s *snapshot.Snapshot) error {
	fmt.Fprintf(a.out, "%s: behind the CLOSE of %s, namespace %s, epoch %d, written by %s\n", s.Dir, s.Manifest.Day, s.Namespace, s.Epoch, s.Program)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PARTITION\tCLOSE AT\tCUSTOMERS\tRECORDS\tBYTES\tFILE")
	for _, p := range s.Partitions {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%s\n", p.Partition, p.Close, p.Customers, p.Records, p.Bytes, p.File)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print snapshot: %w", err)
	}
	return nil
}

func (a *app) newSnapshotCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Read a snapshot whole and compare it with its checksums",
		Long: `Read every file of a snapshot, compare size, checksums and counts with the manifest,
and build every partition of it. Needs no broker. Exit code 3 when something is damaged, missing or of a newer
format.`,
		Example: "  tierwatch snapshot check /backup/2026-06-30",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := openSnapshot(args[0])
			if errors.Is(err, snapshot.ErrDamaged) || errors.Is(err, snapshot.ErrNewer) {
				return exit.With(exit.Differs, err)
			}
			if err != nil {
				return err
			}
			if err := a.checkSnapshot(s); err != nil {
				return exit.With(exit.Differs, err)
			}
			if err := a.printSnapshot(s); err != nil {
				return err
			}
			fmt.Fprintln(a.out, "whole")
			return nil
		},
	}
}

// checkSnapshot reads all of a snapshot.
func (a *app) checkSnapshot(s *snapshot.Snapshot) error {
	bar := &progress.Bar{Out: a.err, Terminal: wire.Terminal(a.err)}
	defer bar.End()
	return s.Check(quiet().Fold.RawMax, func(done int) { bar.Show("reading the snapshot", int64(done), int64(len(s.Partitions)), "") })
}

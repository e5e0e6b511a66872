package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

func (a *app) newDLQ() *cobra.Command {
	c := &cobra.Command{
		Use:   "dlq",
		Short: "List, show or redrive dead letters; park a record",
		Example: `  tierwatch dlq list --cause unknown_currency --since 24h
  tierwatch dlq show 0:17
  tierwatch dlq redrive --cause unknown_currency --dry-run`,
	}
	c.AddCommand(a.newDLQList(), a.newDLQShow(), a.newDLQRedrive(), a.newDLQPark())
	return c
}

// dlqFilter are the flags that choose letters.
type dlqFilter struct {
	causes, sources []string
	stage, since    string
}

func (f *dlqFilter) flags(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.causes, "cause", nil, "only these causes")
	c.Flags().StringSliceVar(&f.sources, "source", nil, "only of these sources or mappings")
	c.Flags().StringVar(&f.stage, "stage", "", "only of this stage: ingest, fold or warehouse")
	c.Flags().StringVar(&f.since, "since", "", "only written since: a date, a time, or a span such as 24h")
}

func (f *dlqFilter) filter(places []string) (letters.Filter, error) {
	out := letters.Filter{Causes: f.causes, Sources: f.sources, Stage: f.stage}
	if f.stage != "" && !slices.Contains(letters.Stages, f.stage) {
		return out, exit.With(exit.Usage, fmt.Errorf("--stage: %q: want ingest, fold or warehouse", f.stage))
	}
	var err error
	if out.Since, err = letters.ParseSince(f.since, time.Now()); err != nil {
		return out, exit.With(exit.Usage, fmt.Errorf("--since: %w", err))
	}
	for _, s := range places {
		p, err := letters.ParsePlace(s)
		if err != nil {
			return out, exit.With(exit.Usage, err)
		}
		out.Places = append(out.Places, p)
	}
	return out, nil
}

// dlq runs do with the deployment's broker.
func (a *app) dlq(ctx context.Context, do func(context.Context, *wire.Deployment) error) error {
	cfg, err := a.existing()
	if err != nil {
		return err
	}
	return a.with(ctx, cfg, wire.Needs{Kafka: true, Attach: true}, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error {
		if err := noneMissing(ctx, d); err != nil {
			return err
		}
		return do(ctx, d)
	})
}

func at(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.RFC3339) }

func (a *app) newDLQShow() *cobra.Command {
	var raw bool
	c := &cobra.Command{
		Use:   "show PARTITION:OFFSET",
		Short: "Show one dead letter with its original",
		Long: `Show a dead letter as JSON. With --raw print the bytes of the original as they
were read and nothing else; of a letter of the fold that is the log record
(Protobuf), which is shown as "record".

"origin" leads back to the row: the line of a file that was loaded, or topic,
partition and offset; of a letter of the fold also the record's place in the log.`,
		Example: "  tierwatch dlq show 0:17\n  tierwatch dlq show 0:17 --raw > row.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			filter, err := (&dlqFilter{}).filter(args)
			if err != nil {
				return err
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				return a.showLetter(ctx, d, filter, raw)
			})
		},
	}
	c.Flags().BoolVar(&raw, "raw", false, "print the original only")
	return c
}

func (a *app) showLetter(ctx context.Context, d *wire.Deployment, filter letters.Filter, raw bool) error {
	book, err := letters.OpenBook(ctx, d)
	if err != nil {
		return err
	}
	found := false
	err = letters.Scan(ctx, d, func(l letters.Letter) error {
		if !filter.Takes(&l) {
			return nil
		}
		found = true
		if raw {
			if _, err := a.out.Write(l.Original); err != nil {
				return err
			}
			return letters.ErrStop
		}
		if err := letters.Recall(ctx, d, &l); err != nil {
			return err
		}
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(a.letterJSON(d, book, &l)); err != nil {
			return err
		}
		return letters.ErrStop
	})
	if err == nil && !found {
		err = exit.With(exit.Usage, errors.New("there is no dead letter at this place: `tierwatch dlq list`"))
	}
	return err
}

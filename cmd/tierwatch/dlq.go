package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
	"unicode/utf8"

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

// stages are the parts that write dead letters.
var stages = []string{"ingest", "fold", "warehouse"}

func (f *dlqFilter) flags(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.causes, "cause", nil, "only these causes")
	c.Flags().StringSliceVar(&f.sources, "source", nil, "only of these sources or mappings")
	c.Flags().StringVar(&f.stage, "stage", "", "only of this stage: ingest, fold or warehouse")
	c.Flags().StringVar(&f.since, "since", "", "only written since: a date, a time, or a span such as 24h")
}

func (f *dlqFilter) filter(places []string) (letters.Filter, error) {
	out := letters.Filter{Causes: f.causes, Sources: f.sources, Stage: f.stage}
	if f.stage != "" && !slices.Contains(stages, f.stage) {
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

func (a *app) newDLQList() *cobra.Command {
	var f dlqFilter
	var limit int
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "Count dead letters by cause and list them",
		Long: `List dead letters in the order of the topic, and count all that the filters take by
stage, source and cause. PLACE is what show and redrive take.`,
		Example: "  tierwatch dlq list --cause no_customer --limit 5 --data-dir ./tierwatch-data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := f.filter(nil)
			if err != nil {
				return err
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				return a.listLetters(ctx, d, filter, limit, asJSON)
			})
		},
	}
	f.flags(c)
	c.Flags().IntVar(&limit, "limit", 50, "how many to list; all are counted")
	c.Flags().BoolVar(&asJSON, "json", false, "print each as a JSON line, with its original, instead of a table")
	return c
}

func (a *app) listLetters(ctx context.Context, d *wire.Deployment, filter letters.Filter, limit int, asJSON bool) error {
	counts := map[string]int{}
	listed := 0
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	enc := json.NewEncoder(a.out)
	err := letters.Scan(ctx, d, func(l letters.Letter) error {
		if !filter.Takes(&l) {
			return nil
		}
		counts[fmt.Sprintf("%s\t%s\t%s", l.Stage, l.Source, l.Cause)]++
		if listed++; listed > limit {
			return nil
		}
		if asJSON {
			return enc.Encode(letterJSON(&l))
		}
		if listed == 1 {
			fmt.Fprintln(w, "PLACE\tWRITTEN\tCAUSE\tFIELD\tORIGIN\tDETAIL")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Place(), at(l.Written), l.Cause, l.Field, originOf(&l), l.Detail)
		return nil
	})
	if err = errors.Join(err, w.Flush()); err != nil || asJSON {
		return err
	}
	if listed == 0 {
		fmt.Fprintln(a.out, "no dead letter")
		return nil
	}
	fmt.Fprintln(a.out)
	fmt.Fprintln(w, "STAGE\tSOURCE\tCAUSE\tLETTERS")
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "%s\t%d\n", key, counts[key])
	}
	return w.Flush()
}

func at(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.RFC3339) }

// originOf is where the record came from.
func originOf(l *letters.Letter) string {
	if l.Log != nil {
		return fmt.Sprintf("log %d:%d", l.Log.Partition, l.Log.Offset)
	}
	return fmt.Sprintf("%s %d:%d", l.OriginName, l.OriginPartition, l.OriginPosition)
}

// letterJSON shows an original as text if it is text.
func letterJSON(l *letters.Letter) map[string]any {
	m := map[string]any{
		"place": l.Place(), "cause": l.Cause, "field": l.Field, "detail": l.Detail, "stage": l.Stage, "source": l.Source,
		"origin": originOf(l), "written": at(l.Written), "at": at(l.At),
	}
	for key, v := range map[string]string{"customer_id": l.CustomerId, "event_id": l.EventId} {
		if v != "" {
			m[key] = v
		}
	}
	if len(l.Applied) > 0 {
		m["applied"] = l.Applied
	}
	if utf8.Valid(l.Original) && l.Stage != "fold" {
		m["original"] = string(l.Original)
	} else {
		m["original_base64"] = base64.StdEncoding.EncodeToString(l.Original)
	}
	return m
}

func (a *app) newDLQShow() *cobra.Command {
	var raw bool
	c := &cobra.Command{
		Use:   "show PARTITION:OFFSET",
		Short: "Show one dead letter with its original",
		Long: `Show a dead letter as JSON. With --raw print the bytes of the original as they
were read and nothing else; of a letter of the fold that is the log record
(Protobuf).`,
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
	found := false
	err := letters.Scan(ctx, d, func(l letters.Letter) error {
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
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(letterJSON(&l)); err != nil {
			return err
		}
		return letters.ErrStop
	})
	if err == nil && !found {
		err = exit.With(exit.Usage, errors.New("there is no dead letter at this place: `tierwatch dlq list`"))
	}
	return err
}

package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// States of a letter, as --state names them.
const (
	stateOpen     = "open"
	stateRedriven = "redriven"
	stateAll      = "all"
)

// listFlags are what `dlq list` is asked for.
type listFlags struct {
	dlqFilter
	state  string
	limit  int
	asJSON bool
}

func (f *listFlags) check() error {
	if f.limit < 0 {
		return exit.With(exit.Usage, fmt.Errorf("--limit: %d: want 0 or more; all are counted, however few are listed", f.limit))
	}
	if !slices.Contains([]string{stateOpen, stateRedriven, stateAll}, f.state) {
		return exit.With(exit.Usage, fmt.Errorf("--state: %q: want open, redriven or all", f.state))
	}
	return nil
}

func (a *app) newDLQList() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "Count dead letters by cause and list them",
		Long: `List dead letters in the order of the topic, and count all that the filters take by
stage, source and cause. PLACE is what show and redrive take. STATE is open, or
redriven once a letter was sent through again: what the fold refused then is
another letter, which is open. ORIGIN leads back to the row: the line of a file
that was loaded, or topic, partition and offset.`,
		Example: `  tierwatch dlq list --cause no_customer --limit 5 --data-dir ./tierwatch-data
  tierwatch dlq list --state open --stage fold`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := f.filter(nil)
			if err == nil {
				err = f.check()
			}
			if err != nil {
				return err
			}
			return a.dlq(cmd.Context(), func(ctx context.Context, d *wire.Deployment) error {
				if err := knownCauses(ctx, d, f.causes); err != nil {
					return err
				}
				return a.listLetters(ctx, d, filter, f)
			})
		},
	}
	f.flags(c)
	c.Flags().StringVar(&f.state, "state", stateAll, "only letters that are open, or redriven, or all")
	c.Flags().IntVar(&f.limit, "limit", 50, "how many to list; all are counted")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print each as a JSON line, with its original, instead of a table")
	return c
}

// tally counts letters of one kind.
type tally struct{ all, open int }

func (a *app) listLetters(ctx context.Context, d *wire.Deployment, filter letters.Filter, f listFlags) error {
	book, err := letters.OpenBook(ctx, d)
	if err != nil {
		return err
	}
	counts := map[string]*tally{}
	listed := 0
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	enc := json.NewEncoder(a.out)
	err = letters.Scan(ctx, d, func(l letters.Letter) error {
		state := stateOf(book, &l)
		if !filter.Takes(&l) || f.state != stateAll && f.state != state {
			return nil
		}
		key := fmt.Sprintf("%s\t%s\t%s", l.Stage, l.Source, l.Cause)
		if counts[key] == nil {
			counts[key] = &tally{}
		}
		counts[key].all++
		if state == stateOpen {
			counts[key].open++
		}
		if listed++; listed > f.limit {
			return nil
		}
		if err := letters.Recall(ctx, d, &l); err != nil {
			return err
		}
		if f.asJSON {
			return enc.Encode(a.letterJSON(d, book, &l))
		}
		if listed == 1 {
			fmt.Fprintln(w, "PLACE\tSTATE\tWRITTEN\tCAUSE\tFIELD\tORIGIN\tDETAIL")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Place(), state, at(l.Written), l.Cause, l.FieldName(), book.Origin(&l), explain(d, &l))
		return nil
	})
	if err = errors.Join(err, w.Flush()); err != nil || f.asJSON {
		return err
	}
	if listed == 0 {
		fmt.Fprintln(a.out, "no dead letter")
		return nil
	}
	fmt.Fprintln(a.out)
	fmt.Fprintln(w, "STAGE\tSOURCE\tCAUSE\tLETTERS\tOPEN")
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "%s\t%d\t%d\n", key, counts[key].all, counts[key].open)
	}
	return w.Flush()
}

func stateOf(book *letters.Book, l *letters.Letter) string {
	if book.Redriven(l) != nil {
		return stateRedriven
	}
	return stateOpen
}

// explain is the detail of a letter, with the day at which the log stood.
func explain(d *wire.Deployment, l *letters.Letter) string {
	day := int32(0)
	if l.At > 0 {
		day = d.Calendar.BusinessDay(l.At)
	}
	return l.Explain(day)
}

// letterJSON shows an original as text if it is text, and a log record as what it says.
func (a *app) letterJSON(d *wire.Deployment, book *letters.Book, l *letters.Letter) map[string]any {
	m := map[string]any{
		"place": l.Place(), "state": stateOf(book, l), "cause": l.Cause, "field": l.FieldName(), "detail": explain(d, l), "stage": l.Stage,
		"source": l.Source, "origin": book.Origin(l), "written": at(l.Written), "at": at(l.At),
	}
	for key, v := range map[string]string{"customer_id": l.CustomerId, "event_id": l.EventId} {
		if v != "" {
			m[key] = v
		}
	}
	if r := book.Redriven(l); r != nil {
		m["redriven"] = map[string]any{"at": at(r.At), "records": r.Records}
	}
	if len(l.Applied) > 0 {
		m["applied"] = l.Applied
	}
	if l.Record != nil {
		if text, err := (protojson.MarshalOptions{UseProtoNames: true}).Marshal(l.Record); err == nil {
			m["record"] = json.RawMessage(text)
		}
	}
	switch {
	case len(l.Original) == 0 && l.Stage == letters.StageFold: // a reversal that waited: the log has it
	case utf8.Valid(l.Original) && l.Stage != letters.StageFold:
		m["original"] = string(l.Original)
	default:
		m["original_base64"] = base64.StdEncoding.EncodeToString(l.Original)
	}
	return m
}

// knownCauses refuses a cause that neither Tierwatch nor a letter has: mappings may
// name causes of their own.
func knownCauses(ctx context.Context, d *wire.Deployment, asked []string) error {
	known := letters.Causes()
	unknown := slices.DeleteFunc(slices.Clone(asked), func(c string) bool { return slices.Contains(known, c) })
	if len(unknown) == 0 {
		return nil
	}
	here := map[string]bool{}
	err := letters.Scan(ctx, d, func(l letters.Letter) error {
		here[l.Cause] = true
		return nil
	})
	if err != nil {
		return err
	}
	own := slices.Sorted(maps.Keys(here))
	all := append(slices.Clone(own), known...)
	slices.Sort(all)
	all = slices.Compact(all)
	var wrong []error
	for _, c := range unknown {
		if here[c] {
			continue
		}
		text := fmt.Sprintf("--cause: %q: no letter here has this cause, and none is known by that name", c)
		if near := config.Nearest(c, all); near != "" {
			text += ": did you mean " + near + "?"
		}
		wrong = append(wrong, fmt.Errorf("%s\ncauses of the letters here: %s\nall that are known: %s", text, cmp.Or(strings.Join(own, ", "), "none"), strings.Join(all, ", ")))
	}
	return exit.With(exit.Usage, errors.Join(wrong...))
}

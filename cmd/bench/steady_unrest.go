package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unrest are the counters that stand still in a run in which nothing goes wrong, by
// what a person calls them. A process that was started again counts from 0.
var unrest = []struct{ what, metric string }{
	{"fold incarnations lost", "tierwatch_fold_incarnations_total"},
	{"partitions stopped", "tierwatch_fold_partition_stopped"},
	{"ingest restarts", "tierwatch_ingest_restarts_total"},
	{"rejected", "tierwatch_ingest_rejected_total"},
	{"dead letters of the fold", "tierwatch_fold_dead_letters_total"},
	{"tries of the warehouse again", "tierwatch_warehouse_retries_total"},
	{"rows refused", "tierwatch_warehouse_refused_rows_total"},
}

// calmness tells the counters of unrest, added up over all processes.
func (b *steady) calmness(ctx context.Context) string {
	sums := make([]map[string]float64, len(unrest)) // by cause, "" if there is none
	for i := range sums {
		sums[i] = map[string]float64{}
	}
	var absent []string
	for _, name := range members {
		m, err := scrape(ctx, b.http[name])
		if err != nil {
			absent = append(absent, name)
			continue
		}
		for i, u := range unrest {
			for cause, v := range m.by(u.metric, "cause") {
				sums[i][cause] += v
			}
		}
	}
	words := make([]string, 0, len(unrest)+1)
	for i, u := range unrest {
		n, causes := 0.0, []string(nil)
		for _, cause := range slices.Sorted(maps.Keys(sums[i])) {
			n += sums[i][cause]
			if cause != "" && sums[i][cause] > 0 {
				causes = append(causes, fmt.Sprintf("%s %.0f", cause, sums[i][cause]))
			}
		}
		text := fmt.Sprintf("%s %.0f", u.what, n)
		if len(causes) > 0 {
			text += " (" + strings.Join(causes, " ") + ")"
		}
		words = append(words, text)
	}
	if len(absent) > 0 {
		words = append(words, "no answer from "+strings.Join(absent, ", "))
	}
	return strings.Join(words, ", ")
}

// ends is what has ended though nobody asked, and what a process said that no run is a
// reason for, as an error.
func (b *steady) ends() error {
	var errs []error
	for _, e := range b.crew.Ends() {
		errs = append(errs, fmt.Errorf("process %s ended by itself: %s", e.Member, e.Words))
	}
	for _, words := range b.crew.Alarms() {
		errs = append(errs, errors.New(words))
	}
	return errors.Join(errs...)
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// sum adds reports up and prints what a page of documentation wants to say.
func sum(out io.Writer, files []string) error {
	var all report
	all.Faults, all.AtWork, all.Outputs = map[string]int{}, map[string]int{}, map[string]int{}
	failed, on := 0, map[string]int{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read report: %w", err)
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("read report %s: %w", name, err)
		}
		if r.skipped() {
			return fmt.Errorf("report %s is of a run that was skipped: %s", name, r.Skipped)
		}
		on[r.engine()]++
		if r.Failure != "" {
			failed++
		}
		all.add(&r)
	}
	fmt.Fprintf(out, "runs %d (failed %d), %.0f s of load, %d processes, %d differences\n", len(files), failed, all.Duration, all.Lives, all.Differences)
	for _, engine := range slices.Sorted(maps.Keys(on)) {
		fmt.Fprintf(out, "  on %-22s %d\n", engine, on[engine])
	}
	fmt.Fprintf(out, "kills %d\n", all.Kills)
	for _, k := range slices.Sorted(maps.Keys(all.Faults)) {
		fmt.Fprintf(out, "  %-22s %d\n", k, all.Faults[k])
	}
	for _, k := range slices.Sorted(maps.Keys(all.AtWork)) {
		fmt.Fprintf(out, "  at work: %-13s %d\n", k, all.AtWork[k])
	}
	t := all.Tally
	fmt.Fprintf(out, "days %d, ticks %d (%d cut short), source records %d, log records %d (%d control), event ids %d, repeats %d, forged %d\n",
		all.Days, all.Ticks, all.CutShort, t.SourceRecords, t.LogRecords, t.Controls, t.EventIDs, t.Repeats, all.Forged)
	for _, k := range slices.Sorted(maps.Keys(all.Outputs)) {
		fmt.Fprintf(out, "  %-22s %d\n", k, all.Outputs[k])
	}
	fmt.Fprintf(out, "%s; restored and folded on: %d customers\n", all.consultation.text(), all.Restored)
	return nil
}

// add takes another run in.
func (r *report) add(o *report) {
	r.Duration += o.Duration
	r.Lives += o.Lives
	r.Forged += o.Forged
	r.Differences += o.Differences
	r.Kills += o.Kills
	for k, n := range o.Faults {
		r.Faults[k] += n
	}
	for k, n := range o.AtWork {
		r.AtWork[k] += n
	}
	for k, n := range o.Outputs {
		r.Outputs[k] += n
	}
	r.hours.add(&o.hours)
	r.consultation.add(&o.consultation)
	r.Restored += o.Restored
	t, u := &r.Tally, &o.Tally
	t.SourceRecords += u.SourceRecords
	t.LogRecords += u.LogRecords
	t.Controls += u.Controls
	t.EventIDs += u.EventIDs
	t.Repeats += u.Repeats
}

func (h *hours) add(o *hours) {
	h.Days += o.Days
	h.Ticks += o.Ticks
	h.Ignored += o.Ignored
	h.CutShort += o.CutShort
}

func (c *consultation) add(o *consultation) {
	c.Consulted += o.Consulted
	c.Moves += o.Moves
	c.Verdicts += o.Verdicts
	c.Letters += o.Letters
	c.Alerts += o.Alerts
	c.Snapshots += o.Snapshots
	c.Standings += o.Standings
	c.Consulting += o.Consulting
}

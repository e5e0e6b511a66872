package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// report is what a run tells.
type report struct {
	Seed      uint64  `json:"seed"`
	Duration  float64 `json:"duration_seconds"`
	Customers int     `json:"customers"`
	Idle      int     `json:"idle_customers"` // beside them
	Day       float64 `json:"day_seconds"`
	Kafka     int     `json:"kafka_nodes"` // 0 for the embedded broker
	Volleys   float64 `json:"volleys_seconds,omitempty"`
	Consult   int     `json:"consult"` // customers of each partition that the oracle judges, 0 for all
	FirstDay  string  `json:"first_day"`
	LastDay   string  `json:"last_day"`
	// Settings are those that the seed chose.
	Settings map[string]string `json:"settings"`

	// Plan are the faults as drawn, Faults those carried out, Missed those that met
	// nobody.
	Plan   []fault        `json:"plan"`
	Faults map[string]int `json:"faults"`
	Kills  int            `json:"kills"`
	Missed int            `json:"missed,omitempty"`
	// AtWork are the kills, by role, that met a process with something to do: a fold that
	// had read its partitions, the conductor in office, ingest and warehouse with theirs.
	AtWork map[string]int `json:"kills_at_work"`
	// Lives are the processes that ran, Exits their ends that nobody had asked for.
	Lives int         `json:"processes"`
	Exits []crew.Exit `json:"exits,omitempty"`

	// Resent are rows the bank had to send again, Repeated those it sent twice on purpose,
	// Forged those whose id it gave another content.
	Resent   int   `json:"resent"`
	Repeated int   `json:"repeated"`
	Forged   int   `json:"forged"`
	Tally    tally `json:"records"`
	hours
	Outputs  map[string]int    `json:"outputs"`
	Tables   map[string]uint64 `json:"tables"`
	Restored int               `json:"customers_restored"`
	consultation
	Audit *audit.Report `json:"verify"`

	Differences int      `json:"differences"`
	First       []string `json:"first_differences,omitempty"`
	// Failure is why the run could not be finished.
	Failure string `json:"failure,omitempty"`
	// Skipped is why nothing was run.
	Skipped string `json:"skipped,omitempty"`
	// Data is the directory of the run, kept when something is wrong.
	Data string `json:"data,omitempty"`
}

func (r *report) sound() bool { return r.Differences == 0 && r.Failure == "" && !r.skipped() }

func (r *report) skipped() bool { return r.Skipped != "" }

// end notes why the run could not be finished, if it could not. Where Apache Kafka
// cannot run it is skipped; but a build machine has Java, or its maker wants to know.
func (r *report) end(err error) {
	if err == nil {
		return
	}
	words := strings.ReplaceAll(err.Error(), "\n", "; ")
	if errors.Is(err, kafkatest.ErrAbsent) && os.Getenv("CI") != "true" {
		r.Skipped = words
		return
	}
	r.Failure = words
}

// engine is what the run was on.
func (r *report) engine() string {
	switch r.Kafka {
	case 0:
		return "the embedded broker"
	case 1:
		return "1 node of Apache Kafka"
	default:
		return fmt.Sprintf("%d nodes of Apache Kafka", r.Kafka)
	}
}

func (r *report) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil { //nolint:gosec // for people
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// summary is one line.
func (r *report) summary() string {
	if r.skipped() {
		return fmt.Sprintf("chaos seed %d, %s: SKIPPED: %s", r.Seed, r.engine(), r.Skipped)
	}
	outputs := 0
	for _, n := range r.Outputs {
		outputs += n
	}
	kinds := make([]string, 0, len(r.Faults))
	for _, k := range slices.Sorted(maps.Keys(r.Faults)) {
		kinds = append(kinds, fmt.Sprintf("%s %d", k, r.Faults[k]))
	}
	verdict := fmt.Sprintf("%d differences", r.Differences)
	if r.Failure != "" {
		verdict = "FAILED: " + r.Failure
	}
	atWork := 0
	for _, n := range r.AtWork {
		atWork += n
	}
	return fmt.Sprintf("chaos seed %d, %s, %.0f s: %d kills, %d of roles at work (%s), %d days, %d source records, %d log records, %d outputs, %s: %s",
		r.Seed, r.engine(), r.Duration, r.Kills, atWork, strings.Join(kinds, ", "), r.Days, r.Tally.SourceRecords, r.Tally.LogRecords, outputs,
		r.consultation.text(), verdict)
}

// nameOf is the role or engine that a fault meets.
func nameOf(f fault) string {
	if f.Kind == blackout {
		return "everything"
	}
	name, _, _ := strings.Cut(f.Target, "-")
	return name
}

package demo

import (
	"context"
	"fmt"
	"time"
)

// Summary is what `tierwatch demo --once` prints. Counts are what the data
// directory holds, whatever run put it there.
type Summary struct {
	Customers int    `json:"customers"`
	Seed      uint64 `json:"seed"`
	FirstDay  string `json:"first_day"`
	LastDay   string `json:"last_day"`
	// Resumed: an earlier run began this bank.
	Resumed bool `json:"resumed"`
	// Records are positions of the log; Written are the customer records of this run
	// and Control the others: time, rates and policy, each in every partition. Control
	// is left out where an earlier run wrote a part of the log. Rejected are the broken
	// rows of this run: they are in the dead letters, not in the log.
	Records  int64 `json:"records"`
	Written  int64 `json:"written"`
	Control  int64 `json:"control,omitempty"`
	Rejected int64 `json:"rejected"`

	Verdicts    map[string]uint64            `json:"verdicts"`
	DeadLetters map[string]uint64            `json:"dead_letters"`
	TierChanges map[string]uint64            `json:"tier_changes"`
	Alerts      map[string]map[string]uint64 `json:"alerts"`
	Tiers       []Tier                       `json:"tiers"`
	// Rows are rows in ClickHouse by view.
	Rows map[string]uint64 `json:"rows"`

	Seconds          map[string]float64 `json:"seconds"`
	RecordsPerSecond float64            `json:"records_per_second"`
}

// positions tells what the log holds; alone: this run wrote all of it.
func (s *Summary) positions(ends []int64, written int64, alone bool) {
	s.Written = written
	for _, end := range ends {
		s.Records += end
	}
	if alone {
		s.Control = s.Records - written
	}
}

// counted are the views whose rows the summary counts.
var counted = []string{"events", "events_raw", "alerts", "alert_history", "tier_changes", "customer_snapshots", "customer_tiers", "verdicts", "dlq"}

func (c *census) summarize(ctx context.Context, s *Summary) (err error) {
	for _, q := range []struct {
		into  *map[string]uint64
		query string
	}{
		{&s.Verdicts, "SELECT toString(kind), count() FROM {db}.verdicts GROUP BY kind"},
		{&s.DeadLetters, "SELECT toString(cause), count() FROM {db}.dlq GROUP BY cause"},
		{&s.TierChanges, "SELECT concat(scheme, ' ', toString(kind)), count() FROM {db}.tier_changes GROUP BY scheme, kind"},
	} {
		if *q.into, err = c.counts(ctx, q.query); err != nil {
			return err
		}
	}
	s.Alerts = map[string]map[string]uint64{}
	for _, code := range []string{"OPEN", "AUTO_RESOLVED", "EXPIRED", "INHIBITED"} {
		byCode, err := c.counts(ctx, fmt.Sprintf("SELECT toString(code), count() FROM {db}.alerts WHERE state = '%s' GROUP BY code", code))
		if err != nil {
			return err
		}
		s.Alerts[code] = byCode
	}
	if s.Tiers, err = c.tiers(ctx); err != nil {
		return err
	}
	s.Rows = map[string]uint64{}
	for _, view := range counted {
		n, err := c.counts(ctx, fmt.Sprintf("SELECT '%s', count() FROM {db}.%s", view, view))
		if err != nil {
			return err
		}
		s.Rows[view] = n[view]
	}
	return nil
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

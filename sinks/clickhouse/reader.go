package clickhouse

import (
	"context"
	"fmt"
	"iter"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// View names a view whose rows can be audited.
type View string

// The audited views. Together they hold every output of the fold.
const (
	Alerts        View = "alerts"
	AlertHistory  View = "alert_history"
	TierChanges   View = "tier_changes"
	Snapshots     View = "customer_snapshots"
	CustomerTiers View = "customer_tiers"
	Metrics       View = "customer_metrics"
	Verdicts      View = "verdicts"
)

// Views lists the audited views.
func Views() []View {
	return []View{Alerts, AlertHistory, TierChanges, Snapshots, CustomerTiers, Metrics, Verdicts}
}

// Table is the table behind the view.
func (v View) Table() string { return string(v) + "_raw" }

// Table is a table that the sink fills.
type Table struct {
	Name    string
	Columns []string
}

// Tables lists the tables that the sink fills, so that whoever compares them forgets none.
func Tables() []Table {
	var list []Table
	for _, r := range newBatch().tables() {
		list = append(list, Table{r.name(), r.columns()})
	}
	return list
}

// Entry is a row of a view, as the audit compares it: what it is about and a hash
// of the very record it was made from. Equal entries mean equal records, since the
// fold writes a record with the same bytes each time; that the columns say what
// the record says is the sink's own test.
type Entry struct {
	// Customer and Key name the row within its view; Key is text that sorts like
	// the view's key: see Expect.
	Customer, Key string
	// Partition and Offset are the place in the log that caused the row.
	Partition uint16
	Offset    uint64
	// Hash is xxHash64 of the marshalled record.
	Hash uint64
	// Day is the day of a row of CustomerTiers, of which the greatest stands, days since
	// 1970; else 0.
	Day uint32
}

// keys are the SQL of Entry.Key; Expect builds the same text.
var keys = map[View]string{
	Alerts:        "alert_id",
	AlertHistory:  "concat(alert_id, '/', leftPad(toString(revision), 10, '0'))",
	TierChanges:   "concat(scheme, '/', leftPad(toString(offset), 13, '0'), '/', leftPad(toString(sub_index), 3, '0'), '/', toString(kind), '/', toString(effective_day))",
	Snapshots:     "concat(scheme, '/', toString(day))",
	CustomerTiers: "toString(scheme)",
	Metrics:       "toString(day)",
	Verdicts:      "concat(leftPad(toString(offset), 13, '0'), '/', leftPad(toString(sub_index), 3, '0'), '/', toString(kind), '/', event_id, '/', account_id)",
}

// Reader reads views for an audit.
type Reader struct {
	conn driver.Conn
	db   string
}

// NewReader reads from database db.
func NewReader(conn driver.Conn, db string) *Reader { return &Reader{conn, db} }

// Entries streams the rows of a view in ascending order of (Customer, Key), by
// bytes. An error ends the sequence. The view is read as it is in that moment: use
// WaitPassed first.
func (r *Reader) Entries(ctx context.Context, view View) iter.Seq2[Entry, error] {
	return r.entries(ctx, view, " ORDER BY customer_id, key")
}

// PartitionEntries streams the rows of a view that a partition of the log caused,
// in no order. An error ends the sequence.
func (r *Reader) PartitionEntries(ctx context.Context, view View, partition uint16) iter.Seq2[Entry, error] {
	return r.entries(ctx, view, fmt.Sprintf(" WHERE partition = %d", partition))
}

func (r *Reader) entries(ctx context.Context, view View, clause string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		key, ok := keys[view]
		if !ok {
			yield(Entry{}, fmt.Errorf("audit view %q: there is no such view", view))
			return
		}
		day := "0"
		if view == CustomerTiers {
			day = "day"
		}
		rows, err := r.conn.Query(ctx, "SELECT customer_id, "+key+" AS key, partition, offset, record_hash, toUInt32("+day+") FROM `"+
			r.db+"`.`"+string(view)+"`"+clause)
		if err != nil {
			yield(Entry{}, fmt.Errorf("audit view %s: %w", view, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var e Entry
			if err := rows.Scan(&e.Customer, &e.Key, &e.Partition, &e.Offset, &e.Hash, &e.Day); err != nil {
				yield(Entry{}, fmt.Errorf("audit view %s: %w", view, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Entry{}, fmt.Errorf("audit view %s: %w", view, err))
		}
	}
}

// EventCounts are the books of a partition of the log as table events_raw keeps
// them (semantics 2).
type EventCounts struct {
	Partition uint16
	// Positions are transaction records, IDs distinct event ids among them.
	Positions, IDs uint64
}

// Events counts the transactions stored, per partition in ascending order.
func (r *Reader) Events(ctx context.Context) ([]EventCounts, error) {
	rows, err := r.conn.Query(ctx, "SELECT partition, uniqExact(offset), uniqExact(customer_id, event_id) FROM `"+r.db+"`.events_raw GROUP BY partition ORDER BY partition")
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	defer rows.Close()
	var list []EventCounts
	for rows.Next() {
		var c EventCounts
		if err := rows.Scan(&c.Partition, &c.Positions, &c.IDs); err != nil {
			return nil, fmt.Errorf("count events: %w", err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	return list, nil
}

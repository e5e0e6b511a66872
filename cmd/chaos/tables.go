package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// tables looks at ClickHouse beside the audit: no table holds two rows of one key
// once it is merged, and the events that count are those the log and its verdicts
// give. It returns the rows by table.
func tables(ctx context.Context, at warehouse, book *logbook, found *findings) (rows map[string]uint64, err error) {
	conn, err := at.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	keys, err := sortingKeys(ctx, conn, at.database)
	if err != nil {
		return nil, err
	}
	rows = map[string]uint64{}
	for table, key := range keys {
		var n, distinct uint64
		err := conn.QueryRow(ctx, fmt.Sprintf("SELECT count(), uniqExact(%s) FROM `%s`.`%s` FINAL", key, at.database, table)).Scan(&n, &distinct)
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", table, err)
		}
		if rows[table] = n; n != distinct {
			found.add("table %s: %d rows have %d keys", table, n, distinct)
		}
	}
	return rows, events(ctx, conn, at.database, book, found)
}

// open connects to ClickHouse.
func (w *warehouse) open() (driver.Conn, error) {
	password, err := os.ReadFile(w.passwordFile)
	if err != nil {
		return nil, fmt.Errorf("read password: %w", err)
	}
	return clickhouse.Open(clickhouse.ConnOptions{
		Addrs: []string{w.addr}, Database: w.database, User: w.user, Password: strings.TrimSpace(string(password)),
	})
}

// sortingKeys are the keys of the tables in which a newer row replaces an older.
func sortingKeys(ctx context.Context, conn driver.Conn, database string) (map[string]string, error) {
	found, err := conn.Query(ctx, "SELECT name, sorting_key FROM system.tables WHERE database = ? AND engine LIKE '%ReplacingMergeTree' AND sorting_key != ''", database)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { _ = found.Close() }() // read to its end
	keys := map[string]string{}
	for found.Next() {
		var name, key string
		if err := found.Scan(&name, &key); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		keys[name] = key
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	return keys, nil
}

// events compares the events that a dashboard sees with the log.
func events(ctx context.Context, conn driver.Conn, database string, book *logbook, found *findings) error {
	var want, sum, have uint64
	for _, part := range book.partitions {
		for i := range part {
			e := &part[i]
			r, err := e.record()
			if err != nil {
				return err
			}
			if _, out := book.out[e.place]; r.Transaction != nil && !out {
				want++
				sum += uint64(r.Transaction.AmountMinor) //nolint:gosec // amounts are not negative; a sum that wraps wraps on both sides
			}
		}
	}
	var amounts uint64
	err := conn.QueryRow(ctx, fmt.Sprintf("SELECT count(), sum(toUInt64(amount_minor)) FROM `%s`.events", database)).Scan(&have, &amounts)
	if err != nil {
		return fmt.Errorf("count events: %w", err)
	}
	if have != want || amounts != sum {
		found.add("view events: %d events with amounts of %d, the log gives %d with %d", have, amounts, want, sum)
	}
	return nil
}

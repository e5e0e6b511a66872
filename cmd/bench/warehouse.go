package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// warehouse carries everything of the end-to-end measurement into ClickHouse.
func (b *wholeBench) warehouse(ctx context.Context) (err error) {
	s := b.stage
	conn, err := clickhouse.Open(s.ClickHouse)
	if err != nil {
		return fmt.Errorf("open ClickHouse: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := clickhouse.Migrate(ctx, conn, s.ClickHouse.Database, s.ClickHouse.Cluster); err != nil {
		return fmt.Errorf("make tables: %w", err)
	}
	run, err := role.NewWarehouse(s.Deployment)
	if err != nil {
		return err
	}
	group := lifecycle.NewGroup(ctx)
	start := s.begin()
	group.Go("warehouse", run)
	err = progress.Wait(group.Context(), s.admin, s.Namespace)
	u := start.used()
	group.Stop()
	if err := errors.Join(err, group.Wait()); err != nil {
		return err
	}
	return b.size(ctx, conn, u)
}

// size reports rows and their bytes on disk, in all and of the largest tables.
func (b *wholeBench) size(ctx context.Context, conn driver.Conn, u used) (err error) {
	rows, err := conn.Query(ctx, `SELECT table, sum(rows) AS n, sum(bytes_on_disk) FROM system.parts
WHERE active AND database = $1 GROUP BY table HAVING n > 0 ORDER BY n DESC`, b.stage.ClickHouse.Database)
	if err != nil {
		return fmt.Errorf("ask for table sizes: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all uint64
	var tables []line
	for rows.Next() {
		var name string
		var n, bytes uint64
		if err := rows.Scan(&name, &n, &bytes); err != nil {
			return fmt.Errorf("read table sizes: %w", err)
		}
		all += n
		tables = append(tables, line{b.label("ClickHouse: " + name), fmt.Sprintf("%.1f B/row", float64(bytes)/float64(n)), grouped(int64(n)) + " rows"})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read table sizes: %w", err)
	}
	b.report("ClickHouse: topics to rows", u, int(all), "rows acknowledged, all tables, one warehouse role")
	b.table.lines = append(b.table.lines, tables[:min(4, len(tables))]...)
	return nil
}

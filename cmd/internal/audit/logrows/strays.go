package logrows

import (
	"context"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Strays tells of rows of partitions that the log does not have, as another log leaves
// them: no partition is compared with them, and views add them to the others. found is told
// of each table and partition that has some. Tiers and dead letters are compared whole.
func Strays(ctx context.Context, conn driver.Conn, database string, partitions int, found func(int32, Difference)) error {
	for _, table := range clickhouse.Tables() {
		if !slices.Contains(table.Columns, "partition") || table.Name == "tiers_raw" || table.Name == "dlq_raw" {
			continue
		}
		rows, err := conn.Query(ctx, fmt.Sprintf("SELECT toInt32(partition), count() FROM `%s`.%s WHERE partition >= %d GROUP BY 1 ORDER BY 1", database, table.Name, partitions))
		if err != nil {
			return fmt.Errorf("look for strays in %s: %w", table.Name, err)
		}
		for rows.Next() {
			var partition int32
			var n uint64
			if err = rows.Scan(&partition, &n); err != nil {
				break
			}
			found(partition, Difference{Where: "table " + table.Name, Offset: -1, What: fmt.Sprintf("the log has %d partitions, the table %d rows of this one", partitions, n)})
		}
		rows.Close()
		if err == nil {
			err = rows.Err()
		}
		if err != nil {
			return fmt.Errorf("look for strays in %s: %w", table.Name, err)
		}
	}
	return nil
}

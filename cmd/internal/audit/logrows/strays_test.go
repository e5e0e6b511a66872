package logrows

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Rows of a partition that the log does not have are told, of whatever table, of the
// outputs too.
func TestRowsOfAPartitionThatIsNone(t *testing.T) {
	b := newBank(t)
	strays := func() (list []string) {
		t.Helper()
		err := Strays(t.Context(), b.conn, b.db, len(b.log), func(partition int32, d Difference) {
			list = append(list, fmt.Sprintf("%s of %d: %s", d.Where, partition, d.What))
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := strays(); len(list) > 0 {
		t.Fatalf("%q, but no row is one", list)
	}
	var want []string
	for _, table := range clickhouse.Tables() {
		if slices.Contains(table.Columns, "partition") && table.Name != "tiers_raw" && table.Name != "dlq_raw" {
			b.do(t, fmt.Sprintf("INSERT INTO `%s`.%s (partition) VALUES (%d)", b.db, table.Name, len(b.log)+1))
			want = append(want, fmt.Sprintf("table %s of %d: the log has %d partitions, the table 1 rows of this one", table.Name, len(b.log)+1, len(b.log)))
		}
	}
	if list := strays(); !slices.Equal(list, want) {
		t.Errorf("told %q, want %q", list, want)
	}
}

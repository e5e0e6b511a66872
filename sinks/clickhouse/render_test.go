package clickhouse

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// render turns rows into text: a header, then a line per row.
func render(tb testing.TB, rows driver.Rows) string {
	tb.Helper()
	var b strings.Builder
	b.WriteString(strings.Join(rows.Columns(), " | ") + "\n")
	types := rows.ColumnTypes()
	for rows.Next() {
		cells := make([]any, len(types))
		for i, t := range types {
			cells[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(cells...); err != nil {
			tb.Fatal(err)
		}
		for i, c := range cells {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(cell(reflect.ValueOf(c).Elem()))
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func cell(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "-"
		}
		v = v.Elem()
	}
	if t, ok := reflect.TypeAssert[time.Time](v); ok {
		if t.Equal(t.Truncate(24 * time.Hour)) {
			return t.Format(time.DateOnly)
		}
		return t.UTC().Format(time.DateTime)
	}
	if v.Kind() == reflect.Float64 {
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	}
	return fmt.Sprint(v.Interface())
}

// cut splits the header from the rows.
func cut(text string) (header, rows string) {
	header, rows, _ = strings.Cut(text, "\n")
	return header, rows
}

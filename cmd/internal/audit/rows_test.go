package audit

import (
	"context"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// shows is a ClickHouse whose view has one row.
type shows struct {
	driver.Conn
	driver.Rows
	row  clickhouse.Entry
	read bool
}

func (s *shows) Query(context.Context, string, ...any) (driver.Rows, error) { return s, nil }

func (s *shows) Next() bool {
	first := !s.read
	s.read = true
	return first
}

func (s *shows) Scan(dest ...any) error {
	*dest[0].(*string), *dest[1].(*string) = s.row.Customer, s.row.Key
	*dest[2].(*uint16), *dest[3].(*uint64), *dest[4].(*uint64), *dest[5].(*uint32) = s.row.Partition, s.row.Offset, s.row.Hash, s.row.Day
	return nil
}

func (s *shows) Close() error { return nil }

func (s *shows) Err() error { return nil }

// Of a customer written again since the snapshot, a row of before it stands only where it
// is of a later day: a late record writes days again that are older.
func TestARowOfBeforeTheSnapshotStandsByItsDay(t *testing.T) {
	const from, end = 100, 200
	for _, c := range []struct {
		name   string
		offset uint64
		day    uint32 // of the row that stands; the newest row since is of day 50
		other  bool   // its record is not that of the newest row since
		want   string
	}{
		{"the newest since", 150, 50, false, ""},
		{"another since", 150, 50, true, "is not what the log gives"},
		{"before, of a later day", 90, 51, true, ""},
		{"before, of the same day", 90, 50, true, "is not what the log gives"},
		{"before, of an older day", 90, 49, true, "is not what the log gives"},
		{"after the end", 200, 52, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			stands := clickhouse.Entry{Customer: "a", Key: "card", Offset: c.offset, Day: c.day, Hash: 7}
			if c.other {
				stands.Hash = 8
			}
			a := &auditor{o: Options{From: new(snapshot.Snapshot)}, found: finder{limit: 10}, rows: clickhouse.NewReader(&shows{row: stands}, "db")}
			p := &partition{a: a, from: from, end: end}
			p.rows.names = []string{"a"}
			list := []row{{key: keyOf("a", "card"), hash: 7, day: 50}}
			if err := p.compareView(t.Context(), clickhouse.CustomerTiers, list); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range a.found.first {
				got = append(got, d.What)
			}
			if text := strings.Join(got, "; "); c.want == "" && text != "" || !strings.Contains(text, c.want) {
				t.Errorf("said %q, want %q", text, c.want)
			}
		})
	}
}

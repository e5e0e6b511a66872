package clickhouse

import (
	"errors"
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestAnEmptiedDatabase: what the log begins with is there, or Begin has put it in, or
// the database has been emptied since it was read; what came in later does not tell.
func TestAnEmptiedDatabase(t *testing.T) {
	later := closeOf(20_250)
	for name, c := range map[string]struct {
		put  func(db string)
		lost bool
	}{
		"nothing": {func(string) {}, true},
		"the first TERM, before the ENGINE is read": {func(db string) {
			fill(t, db, topics.Events, 1, 0, &pb.LogRecord{Term: &pb.Term{Term: 1, Holder: "conductor"}})
		}, false},
		"the ENGINE":                     {func(db string) { fill(t, db, topics.Events, 0, 1, engine0()) }, false},
		"what came since it was emptied": {func(db string) { fill(t, db, topics.Events, 0, 918, later) }, true},
		"a log that begins behind a CLOSE": {func(db string) {
			if err := Begin(t.Context(), connOptions(t, db), nil, &Beginning{Day: 20_249, Records: []*pb.LogRecord{engine0()}}); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		conn, db := database(t)
		c.put(db)
		err := NewReader(conn, db).CheckFilled(t.Context(), &Past{Partition: 3, Offset: 919})
		switch {
		case !c.lost && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.lost && (!errors.Is(err, ErrEmptied) || !strings.Contains(err.Error(), "goes on at offset 919 of partition 3")):
			t.Errorf("%s: %v", name, err)
		}
	}
}

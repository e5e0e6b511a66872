package demo

import (
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/sources/event"
)

// A run goes on where the one before it stood: not at the beginning of the day in whose
// midst that was stopped, for the log's clock does not go back.
func TestTheClockGoesOnWhereItStood(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	const closed = 20240
	begin := cal.Cut(closed)
	for name, c := range map[string]struct{ ticked, want int64 }{
		"a first run":                {0, begin},
		"ticks of the history":       {begin - 60, begin},
		"stopped in the midst":       {begin + 13*3600, begin + 13*3600},
		"the day was not closed yet": {begin + 86400 + 90, begin + 86400 + 90},
	} {
		if got := startOf(cal, closed, c.ticked); !got.Equal(time.Unix(c.want, 0)) {
			t.Errorf("%s: the clock begins at %s, want %s", name, got, time.Unix(c.want, 0))
		}
	}
}

package load_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Files that reach into today, or tomorrow, close no day that is not over, and tell no
// time that has not come: the conductor that follows has the rest of the day to write.
func TestALoadClosesNoDayThatIsNotOver(t *testing.T) {
	for name, c := range map[string]struct {
		days   []int32 // of the rows, counted from today
		closes bool
	}{
		"yesterday, today, tomorrow": {[]int32{-1, 0, 1}, true},
		"today and tomorrow":         {[]int32{0, 1}, false},
		"tomorrow alone":             {[]int32{1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, dir := trial.New(t, func(c *config.Config) { c.Deployment.Clock = "wall" }), t.TempDir()
			today := func() int32 { return b.Calendar.BusinessDay(time.Now().Unix()) }
			before := today()
			var rows []string
			for i, day := range c.days {
				rows = append(rows, fmt.Sprintf("%d,%s,C1,10.00,CNY", i, event.FormatDay(before+day)))
			}
			r := b.MustLoad(load.Options{Files: []load.File{file(t, dir, "core.csv", rows...)}})
			if r.Written != int64(len(rows)) {
				t.Errorf("%d records written of %d", r.Written, len(rows))
			}
			if !slices.ContainsFunc(b.Told, func(s string) bool { return strings.Contains(s, "is not over and stays open") }) {
				t.Errorf("told %q", b.Told)
			}
			log, last, over := b.Log(), int32(0), today()-1
			inOrder(t, log)
			for _, rec := range log {
				last = max(last, rec.GetClose().GetDay())
				if at := rec.GetTick().GetAt(); at > time.Now().Unix() {
					t.Errorf("a TICK of %s", time.Unix(at, 0))
				}
			}
			if want := before - 1; c.closes && (last < want || last > over) || !c.closes && last > over {
				t.Errorf("closed through %s, and %s is the last that is over", event.FormatDay(last), event.FormatDay(over))
			}
			if n := count(show(log), "handover"); n != 2 {
				t.Errorf("%d partitions are handed over, want 2", n)
			}
			b.Fold()
			b.Folded()
			if list := b.Letters(); len(list) != 0 {
				t.Errorf("the fold refuses %v", list)
			}
		})
	}
}

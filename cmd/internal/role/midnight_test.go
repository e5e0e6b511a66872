package role_test

import (
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/sources/control"
)

// With conductor.close_at "00:00" a day closes as soon as it is over, not at the default.
func TestADayClosesAtMidnight(t *testing.T) {
	b := trial.New(t, func(c *config.Config) { c.Conductor.CloseAt = config.ClockTime(0) })
	today := b.Calendar.BusinessDay(time.Now().Unix())
	if err := b.Backfill(today).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock := control.NewScaled(time.Unix(b.Calendar.Cut(today)-60, 0), 120)
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{Clock: clock})
	b.Run(role.Conductor, run, err)
	b.Closed(today)
	last := int64(0) // TICK before the CLOSE
	for _, r := range b.Log() {
		if at := r.GetTick().GetAt(); at != 0 {
			last = at
		}
		if r.GetClose().GetDay() == today {
			if after := time.Duration(last-b.Calendar.Cut(today)) * time.Second; after > 2*time.Hour {
				t.Errorf("closed %s after midnight", after)
			}
			return
		}
	}
	t.Error("the log has no CLOSE")
}

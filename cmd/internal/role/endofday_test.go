package role_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

// A source of two partitions says once that its day is over, and the day closes.
func TestOneMarkerEndsTheDayOfATopic(t *testing.T) {
	b := trial.New(t, func(c *config.Config) {
		c.Ingest.Sources[0].EndOfDay = "topic"
		c.Conductor.WaitFor = []string{trial.Source}
		c.Conductor.CloseAt = config.ClockTime(23*time.Hour + 59*time.Minute) // of the next day: not reached here
	})
	today := b.Calendar.BusinessDay(time.Now().Unix())
	// The log is open before the clock runs: a conductor that opens it late would open it
	// on the next day, and nobody would close this one.
	if err := b.Backfill(today).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock := control.NewScaled(time.Unix(b.Calendar.Cut(today)-60, 0), 120)
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{Clock: clock})
	b.Run(role.Conductor, run, err)
	run, err = role.NewIngest(b.Deployment, role.IngestOptions{Clock: clock, Stale: 48 * time.Hour, ReportEvery: 20 * time.Millisecond})
	b.Run(role.Ingest, run, err)
	b.Send(fmt.Sprintf(`{"record":"end_of_day","date":%q}`, event.FormatDay(today)))
	b.Closed(today)
}

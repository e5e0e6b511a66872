package role

import (
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/control"
)

// ConductorOptions are what a demo sets and `run` leaves alone.
type ConductorOptions struct {
	// Clock is the wall's if nil.
	Clock control.Clock
	// Rates beside those that operators publish; may be nil.
	Rates control.RateSource
}

// NewConductor makes the role conductor: it writes time into the log.
func NewConductor(d *wire.Deployment, o ConductorOptions) (Run, error) {
	if o.Clock == nil {
		o.Clock = control.Wall{}
	}
	c := d.Config.Conductor
	metrics := control.NewMetrics()
	conductor, err := control.NewConductor(control.Options{
		Kafka: d.Kafka, Namespace: d.Namespace, Partitions: d.Partitions, Calendar: d.Calendar, Clock: o.Clock,
		Schedule: control.Schedule{
			TickEvery: c.Tick.Of(), CloseAt: new(time.Duration(c.CloseAt)), WaitFor: c.WaitFor, CatchUp: c.CatchUp,
			Silence: c.Silence.Of(),
		},
		Engine: d.Engine(), Rates: o.Rates, Holder: Holder(Conductor),
		SessionTimeout: d.Config.Kafka.SessionTimeout.Of(),
		Log:            d.Log.With().Str("role", Conductor).Logger(), Metrics: metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("make conductor: %w", err)
	}
	return conductor.Run, d.Register(metrics.Collectors()...)
}

package wire

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// health shows how the engines do.
type health struct {
	up     *prometheus.GaugeVec
	events *prometheus.CounterVec
	free   prometheus.GaugeFunc
}

// newHealth makes the metrics of the engines in a data directory.
func newHealth(dir string) *health {
	return &health{
		free: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tierwatch_engine_free_bytes", Help: "What the disk of the data directory has left.",
		}, func() float64 {
			free, ok := embedded.FreeBytes(dir)
			if !ok { // a disk that cannot tell warns of nothing
				return math.Inf(1)
			}
			return float64(free)
		}),
		up: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tierwatch_engine_up", Help: "1 while the embedded engine serves.",
		}, []string{"engine"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tierwatch_engine_events_total", Help: "Steps in the life of the embedded engines.",
		}, []string{"engine", "kind"}),
	}
}

func (h *health) collectors() []prometheus.Collector {
	return []prometheus.Collector{h.up, h.events, h.free}
}

func (h *health) note(e embedded.Event) {
	for _, kind := range []embedded.EventKind{embedded.EventDied, embedded.EventUnresponsive} {
		h.events.WithLabelValues(e.Engine, string(kind)) // a series that begins with its first death shows no rise
	}
	h.events.WithLabelValues(e.Engine, string(e.Kind)).Inc()
	if e.Kind == embedded.EventDiskFull {
		return // it serves, what it can
	}
	up := 0.0
	if e.Kind == embedded.EventStarted || e.Kind == embedded.EventRestarted {
		up = 1
	}
	h.up.WithLabelValues(e.Engine).Set(up)
}

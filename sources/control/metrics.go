package control

import "github.com/prometheus/client_golang/prometheus"

// Metrics of the conductor.
type Metrics struct {
	active, tick, lastClose, waiting, late prometheus.Gauge
	clockBack                              prometheus.Counter
}

// NewMetrics makes the metrics; register them with Collectors.
func NewMetrics() *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "tierwatch_conductor_" + name, Help: help})
	}
	return &Metrics{
		active:    gauge("active", "1 while this process is the conductor in office: its term is in the log, or it waits for a load or for a first policy."),
		tick:      gauge("tick_timestamp_seconds", "Time of the last TICK written, also by a predecessor."),
		lastClose: gauge("last_close_day", "Last business day closed, days since 1970-01-01."),
		waiting:   gauge("close_waits_for_sources", "Sources whose lag holds up the next CLOSE."),
		late:      gauge("close_late_seconds", "For how long the day after the last CLOSE should have been closed; 0: it is not late."),
		clockBack: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tierwatch_conductor_clock_back_total", Help: "Times the clock was behind the last TICK; no TICK is written then.",
		}),
	}
}

// Collectors returns everything to register.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.active, m.tick, m.lastClose, m.waiting, m.late, m.clockBack}
}

// leave says that this process is out of office: what the next one finds is not
// told here any more.
func (m *Metrics) leave() {
	for _, g := range []prometheus.Gauge{m.active, m.waiting, m.late} {
		g.Set(0)
	}
}

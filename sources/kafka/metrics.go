package kafka

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tierwatch/tierwatch/sources/event"
)

// Metrics of ingest. read = accepted + filtered + rejected, always.
type Metrics struct {
	read, accepted, records      *prometheus.CounterVec
	filtered, rejected, restarts *prometheus.CounterVec
	uncommitted                  *prometheus.CounterVec
	lag                          *prometheus.GaugeVec
	held                         *prometheus.GaugeVec
	lost, truncated, ahead       *prometheus.CounterVec
}

// NewMetrics makes the metrics; register them with Collectors.
func NewMetrics() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tierwatch_ingest_" + name, Help: help}, append([]string{"source"}, labels...))
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tierwatch_ingest_" + name, Help: help}, []string{"source"})
	}
	return &Metrics{
		read:        counter("read_total", "Source records read."),
		accepted:    counter("accepted_total", "Source records accepted."),
		records:     counter("records_total", "Log records that the accepted gave."),
		filtered:    counter("filtered_total", "Source records that the mapping left out, by reason.", "reason"),
		rejected:    counter("rejected_total", "Source records sent to the dead letters, by cause.", "cause"),
		restarts:    counter("restarts_total", "Times ingest began again from its last commit."),
		uncommitted: counter("commit_failures_total", "Commits of the source's offsets that failed; the next one says the same and more."),
		lag:         gauge("lag_records", "Records of the source not yet in the log."),
		held:        gauge("held", "1 while live events are held back: no fresh TICK, or a load is at work."),
		lost:        counter("lost_records_total", "Offsets that were deleted from the source before they were read."),
		truncated:   counter("truncated_total", "Times a source partition ended before what had been read of it."),
		ahead:       counter("ahead_total", "Records and end-of-day markers dated after the clock."),
	}
}

// Collectors returns everything to register.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.read, m.accepted, m.records, m.filtered, m.rejected, m.restarts, m.uncommitted, m.lag, m.held, m.lost, m.truncated, m.ahead}
}

// expect shows the counters of a source before there is anything to count: a series
// that begins with its first burst shows no rise.
func (m *Metrics) expect(source string) {
	for _, c := range []*prometheus.CounterVec{m.read, m.accepted, m.records, m.restarts, m.uncommitted, m.lost, m.truncated, m.ahead} {
		c.WithLabelValues(source)
	}
	for _, cause := range append(event.Causes(), DecoderPanic) {
		m.rejected.WithLabelValues(source, string(cause))
	}
}

// counts of one partition's share of a batch.
type counts struct {
	read, accepted, records int
	ahead                   int // records and markers dated after the clock
	filtered, rejected      []string
}

func (m *Metrics) add(source string, n *counts) {
	m.read.WithLabelValues(source).Add(float64(n.read))
	m.accepted.WithLabelValues(source).Add(float64(n.accepted))
	m.records.WithLabelValues(source).Add(float64(n.records))
	m.ahead.WithLabelValues(source).Add(float64(n.ahead))
	for _, reason := range n.filtered {
		m.filtered.WithLabelValues(source, reason).Inc()
	}
	for _, cause := range n.rejected {
		m.rejected.WithLabelValues(source, cause).Inc()
	}
}

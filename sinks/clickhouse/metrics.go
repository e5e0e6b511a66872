package clickhouse

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the warehouse; labels are tables, topics and reasons, never customers.
type metrics struct {
	rows       *prometheus.CounterVec
	insert     *prometheus.HistogramVec
	retries    *prometheus.CounterVec
	refused    *prometheus.CounterVec
	unreadable *prometheus.CounterVec
	lag        *prometheus.GaugeVec
	waiting    prometheus.Gauge
	lastFlush  prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	const ns, sub = "tierwatch", "warehouse"
	m := &metrics{
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "rows_total", Help: "Rows acknowledged by ClickHouse.",
		}, []string{"table"}),
		insert: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: ns, Subsystem: sub, Name: "insert_duration_seconds", Help: "Time of one acknowledged insert.",
			NativeHistogramBucketFactor: 1.1, Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"table"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "retries_total", Help: "Inserts and commits tried again, by what failed.",
		}, []string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "refused_rows_total", Help: "Rows that ClickHouse refused and that went to the dead letters.",
		}, []string{"table"}),
		unreadable: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Subsystem: sub, Name: "unreadable_records_total", Help: "Records that could not be decoded and that went to the table dlq.",
		}, []string{"topic"}),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: ns, Subsystem: sub, Name: "lag_records", Help: "Records of the partitions read here that are not yet committed.",
		}, []string{"topic"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: ns, Subsystem: sub, Name: "waiting", Help: "Inserts, or the schema, that are tried again: 0 when all is well.",
		}),
		lastFlush: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: ns, Subsystem: sub, Name: "last_flush_timestamp_seconds", Help: "When a batch was last acknowledged and committed; before the first, when the process began.",
		}),
	}
	for _, r := range reasons { // a series that begins with its first failures shows no rise
		m.retries.WithLabelValues(r)
	}
	m.lastFlush.SetToCurrentTime() // else one who never comes to a batch stands still unseen
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.rows, m.insert, m.retries, m.refused, m.unreadable, m.lag, m.waiting, m.lastFlush} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register warehouse metrics: %w", err)
		}
	}
	return m, nil
}

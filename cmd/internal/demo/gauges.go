package demo

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// gauges are the numbers of the program's own metrics that the screen shows.
type gauges struct {
	folded            float64
	foldLag, chLag    float64
	stateBytes        float64
	customers         float64
	rejected          float64
	waiting           bool
	partitionsStopped float64
}

// read takes them from the registry, so that the screen and Prometheus never
// disagree.
func (g *gauges) read(from prometheus.Gatherer) error {
	families, err := from.Gather()
	if err != nil {
		return err
	}
	sums := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			sums[f.GetName()] += value(f.GetType(), m)
		}
	}
	*g = gauges{
		folded:            sums["tierwatch_fold_records_total"],
		foldLag:           sums["tierwatch_fold_lag_records"],
		chLag:             sums["tierwatch_warehouse_lag_records"],
		stateBytes:        sums["tierwatch_fold_state_bytes"],
		customers:         sums["tierwatch_fold_customers"],
		rejected:          sums["tierwatch_ingest_rejected_total"],
		waiting:           sums["tierwatch_warehouse_waiting"] > 0,
		partitionsStopped: sums["tierwatch_fold_partition_stopped"],
	}
	return nil
}

func value(t dto.MetricType, m *dto.Metric) float64 {
	switch t { //nolint:exhaustive // only these are shown
	case dto.MetricType_COUNTER:
		return m.GetCounter().GetValue()
	case dto.MetricType_GAUGE:
		return m.GetGauge().GetValue()
	}
	return 0
}

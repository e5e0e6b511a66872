package demo

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// gauges are the numbers of the program's own metrics that the screen shows.
type gauges struct {
	foldLag, chLag float64
	stopped        float64 // partitions that the fold has stopped
	waiting        bool
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
		foldLag: sums["tierwatch_fold_lag_records"],
		chLag:   sums["tierwatch_warehouse_lag_records"],
		stopped: sums["tierwatch_fold_partition_stopped"],
		waiting: sums["tierwatch_warehouse_waiting"] > 0,
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

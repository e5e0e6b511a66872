package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Zero is a check that the sum of a gauge's series is 0; why is told otherwise.
// It looks at the program's own metrics, so /readyz and alerts on metrics agree.
func Zero(metrics prometheus.Gatherer, gauge, why string) Check {
	return func(context.Context) error {
		families, err := metrics.Gather()
		if err != nil {
			return fmt.Errorf("gather metrics: %w", err)
		}
		sum := 0.0
		for _, f := range families {
			if f.GetName() != gauge {
				continue
			}
			for _, m := range f.GetMetric() {
				sum += m.GetGauge().GetValue()
			}
		}
		if sum != 0 {
			return errors.New(why)
		}
		return nil
	}
}

// First is a check that holds when all of them do, and tells why the first does not.
func First(checks ...Check) Check {
	return func(ctx context.Context) error {
		for _, c := range checks {
			if err := c(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// All is a check that holds when all of them do.
func All(checks ...Check) Check {
	return func(ctx context.Context) error {
		var all []error
		for _, c := range checks {
			all = append(all, c(ctx))
		}
		return errors.Join(all...)
	}
}

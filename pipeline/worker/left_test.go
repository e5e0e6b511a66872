package worker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

func TestALongRestoreSaysHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines journal
		p := &partition{id: 3, w: &Worker{o: Options{Log: zerolog.New(&lines)}}}
		left := p.lefts(prometheus.NewGauge(prometheus.GaugeOpts{}), stateLeft)
		for _, n := range []int64{900, 800} {
			left(n)
		}
		time.Sleep(sayEvery)
		for _, n := range []int64{300, 200} {
			left(n)
		}
		said := lines.with(stateLeft)
		if len(said) != 1 || said[0]["partition"] != 3.0 || said[0]["left"] != 300.0 {
			t.Errorf("it says %v, want one line: 300 records of partition 3 are left", said)
		}
	})
}

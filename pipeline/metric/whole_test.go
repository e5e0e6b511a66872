package metric

import (
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// TestWholeFrom: from the day that WholeFrom tells on, every metric is what it was before
// the entries of days before another were forgotten; the day before, one is not always.
func TestWholeFrom(t *testing.T) {
	plan := flowPlan()
	plan.Metrics = append(plan.Metrics, policy.Metric{Name: "last", Kind: policy.Recency, Filter: policy.Filter{Channels: 1 << 1}})
	tight := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 4))
		w := newWorld(plan)
		for d := int32(100); d < 180; d++ {
			for range rng.IntN(3) {
				w.add(randomNote(rng, d))
			}
		}
		const held, last = 140, 175
		values := func(d int32) (list []int64) {
			for m := range plan.Metrics {
				list = append(list, w.eval.Value(w.c, m, At{Day: d, Until: int64(d+1)*86400 - 1}, nil))
			}
			return list
		}
		before := map[int32][]int64{}
		for d := int32(held); d <= last; d++ {
			before[d] = values(d)
		}
		w.store.DropBefore(w.c, held)
		whole := w.eval.WholeFrom(w.c, held)
		for d := int32(held); d <= last; d++ {
			now := values(d)
			for m := range now {
				if now[m] == before[d][m] {
					continue
				}
				if d == whole-1 {
					tight++
				}
				if d >= whole {
					t.Fatalf("seed %d: %s of day %d is %d without the entries before %d, was %d; whole from %d",
						seed, plan.Metrics[m].Name, d, now[m], held, before[d][m], whole)
				}
			}
		}
	}
	if tight == 0 {
		t.Error("WholeFrom never told the first day that is known")
	}
}

package main

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// TestDemoSurvivesManyKills: a demo in live play whose parent and engines are killed
// again and again, in an order that the seed draws. TIERWATCH_KILLS is how many, and
// TIERWATCH_SEED another order (docs/reliability.md).
func TestDemoSurvivesManyKills(t *testing.T) {
	needsEngine(t)
	asked := func(name string, usual int) int {
		text := os.Getenv(name)
		if text == "" {
			return usual
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	most := asked("TIERWATCH_KILLS", 3)
	rng := rand.New(rand.NewPCG(uint64(asked("TIERWATCH_SEED", 1)), 4))
	dir := t.TempDir()
	kills, lives := map[string]int{}, 0
	for n := 0; n < most; lives++ {
		d := start(t, "demo", "--data-dir", dir, "--day", "1s", "--log-level", "info", "--customers", "100", "--months", "1", "--seed", "7")
		d.await("business day closed")
		for range rng.IntN(4) {
			engine := []string{"kafka", "clickhouse"}[rng.IntN(2)]
			d.killEngine(engine)
			d.await(`"component":"` + engine + `-engine","event":"restarted"`)
			kills[engine]++
			n++
			for range rng.IntN(2) {
				d.await("business day closed")
			}
		}
		d.kill()
		kills["parent"]++
		n++
		if lives%10 == 9 {
			if r := verify(t, dir); r.Found != 0 {
				t.Fatalf("after %v verify finds %d differences", kills, r.Found)
			}
		}
	}
	r := verify(t, dir)
	if r.Found != 0 || r.Transactions == 0 || r.Rows["customer_tiers"] == 0 {
		t.Errorf("after %v: %+v", kills, r)
	}
	t.Logf("killed in %d lives: %v; %d transactions, no difference", lives, kills, r.Transactions)
}

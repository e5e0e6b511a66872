package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
)

// TestRunSurvivesManyKills: what TestDemoSurvivesManyKills is to a demo, to a bank of its
// own in a data directory: a load, then the roles while they close some hundred days, which
// are over, are killed with their engines, alone and together.
func TestRunSurvivesManyKills(t *testing.T) {
	needsEngine(t)
	if runtime.GOOS != "linux" {
		t.Skip("engines that still start are found in /proc")
	}
	most := asked(t, "TIERWATCH_KILLS", 4)
	k := &kills{rng: rand.New(rand.NewPCG(uint64(asked(t, "TIERWATCH_SEED", 1)), 5)), of: map[string]int{}}
	b, want := newBankOf(t, longCustomers)
	in := func(name string) string { return filepath.Join(b.dir, name) }
	history := []string{"load", "--mapping", in("core.yaml"), "--policy", in("policy.yaml"), "--data-dir", in("data"), in("core.csv")}
	d := start(t, history...)
	d.await(load.StageLoad + " ")
	k.together(d, k.draw())
	b.run(0, history...)

	lives := 1
	for ; k.n < most; lives++ {
		d := start(t, "run", "--roles", "conductor,fold,warehouse", "--catch-up", "--data-dir", in("data"), "--log-level", "info",
			"--set", "http.addr=127.0.0.1:0")
		d.await(`"message":"started"`)
		if lives == 1 {
			d.await("business day closed")
		}
		for range k.rng.IntN(3) {
			engine := k.draw()
			k.moment(time.Second)
			d.strike(engine)
			k.count(engine)
			d.await(fmt.Sprintf(`"component":"%s-engine","event":"restarted"`, engine))
		}
		k.parent(d)
	}
	r := b.verify()
	if r.Transactions != want.accepted || r.Rows["customer_tiers"] != longCustomers {
		t.Errorf("after %v: %d transactions and %d customers, want %d and %d", k.of, r.Transactions, r.Rows["customer_tiers"], want.accepted, longCustomers)
	}
	var v explaining.View
	out, _ := b.run(0, "explain", "C000", "--data-dir", "data", "--json")
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	if v.ClosedThrough <= "2025-04-10" {
		t.Errorf("after %v no day is closed behind those of the load", k.of)
	}
	t.Logf("killed in %d lives: %v; %d transactions, closed through %s, no difference", lives, k.of, r.Transactions, v.ClosedThrough)
}

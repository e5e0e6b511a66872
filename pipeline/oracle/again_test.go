package oracle_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// silentPolicy has schemes that go by how long ago the last withdrawal was: by its days,
// by curves, and by a window.
const silentPolicy = `
policy: silent
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  quiet: {kind: recency, where: {channel: [ATM]}}
  drawn: {kind: count, window: @Nd, where: {channel: [ATM]}}
dimensions:
  calm:  {metric: quiet, curve: {300: 0, @N: 100%}}
  fresh: {metric: quiet, curve: {@N: 100%, 401: 0}}
scores:
  calm:  {calm: 100%}
  fresh: {fresh: 100%}
schemes:
  days:   {by: quiet, assess: @assess, assess_lag: @lagd, restate: @restate, tiers: [{name: low}, {name: high, from: @N, down_after: 20}]}
  rises:  {by: calm, assess: @assess, assess_lag: @lagd, tiers: [{name: low}, {name: high, from: 99%, down_after: 20}]}
  falls:  {by: fresh, assess: @assess, assess_lag: @lagd, tiers: [{name: low}, {name: high, from: 50%, down_after: 20}]}
  window: {by: drawn, assess: @assess, assess_lag: @lagd, tiers: [{name: low}, {name: high, from: 1, down_after: 20}]}
`

// TestDecisionsForgetNothing: the oracle holds all entries, the fold those of 400
// days; what is decided, late or again, comes out alike, and so do rows (rules R163, R174).
func TestDecisionsForgetNothing(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		w := newTwins()
		w.o.Sparse = true
		text := strings.NewReplacer("@N", strconv.Itoa(385+rng.IntN(16)), "@assess", []string{"day", "3d", "7d", "30d", "month"}[rng.IntN(5)],
			"@lag", []string{"0", "1", "31"}[rng.IntN(3)], "@restate", strconv.Itoa(rng.IntN(11))+"d").Replace(silentPolicy)
		first, days := gen.Day("2024-01-01"), int32(404+rng.IntN(50))
		last, drawn := first+days-1, first+rng.Int32N(20)
		l := new(gen.Log).Begin(text, first)
		l.Close(first - 1)
		l.CloseThrough(first, drawn-1)
		l.Book("C1", "a", drawn, 100, func(x *pb.Transaction) { x.Channel = pb.Channel_ATM })
		l.CloseThrough(drawn, last)
		for range 6 {
			l.Book("C1", "a", last-rng.Int32N(12), 100)
		}
		for i, r := range l.Records {
			if errF, errO := w.f.Apply(int64(i), r), w.o.Apply(int64(i), r); errF != nil || errO != nil {
				t.Fatalf("record %d: %v, %v", i, errF, errO)
			}
			d := w.diffChanges()
			if x, known := w.f.p.Explain("C1"); known && d == "" {
				for k := range x.Schemes {
					d += diffState(&x.Schemes[k], w.o.Customer("C1").Standing(x.Schemes[k].Name))
				}
			}
			for _, snap := range w.f.last.snapshots {
				if snap.Restated && d == "" {
					d = w.snapshots.Restated(snap)
				}
			}
			if d != "" {
				t.Fatalf("seed %d, after record %d: %s: %s\n%s", seed, i, gen.Line(r), d, text)
			}
		}
	}
}

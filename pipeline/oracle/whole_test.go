package oracle_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const longPolicy = `
policy: long
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  spent: {kind: sum, window: 365d}
  most:  {kind: max, window: 300d}
  ways:  {kind: distinct, of: channel, window: 200d}
  quiet: {kind: recency, where: {channel: [ATM]}}
  trend: {kind: trend, recent: most, base: spent}
  year:  {kind: adb, over: 365d}
dimensions:
  money: {metric: spent, curve: {0: 0, 100_000: 100%}}
  calm:  {metric: quiet, curve: {0: 100%, 400: 0}}
scores:
  value: {money: 60%, calm: 40%}
schemes:
  card:
    by: spent
    assess: month
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, watch_after: 1, down_after: 2, lands_on: last}
`

// TestRowsWrittenAgainForgetNothing: the oracle holds all entries, the fold those of 400
// days; the rows that it writes again are the oracle's (rule R163).
func TestRowsWrittenAgainForgetNothing(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newTwins()
		w.o.Sparse = true
		first, days := gen.Day("2024-01-01"), int32(402+rng.IntN(60))
		last := first + days - 1
		l := new(gen.Log).Begin(longPolicy, first)
		l.Close(first - 1)
		for d := first; d <= last; d++ {
			if rng.IntN(3) > 0 {
				l.Book("C1", "a", d, rng.Int64N(90_000)-30_000, func(x *pb.Transaction) {
					x.Channel = []pb.Channel{pb.Channel_APP, pb.Channel_BATCH, pb.Channel_APP, pb.Channel_ATM}[rng.IntN(3)+rng.IntN(100)/99]
				})
			}
			l.Close(d)
		}
		for range 8 {
			l.Book("C1", "a", last-rng.Int32N(398), rng.Int64N(90_000))
		}
		written := 0
		for i, r := range l.Records {
			if errF, errO := w.f.Apply(int64(i), r), w.o.Apply(int64(i), r); errF != nil || errO != nil {
				t.Fatalf("record %d: %v, %v", i, errF, errO)
			}
			for _, snap := range w.f.last.snapshots {
				if !snap.Restated {
					continue
				}
				written++
				if d := w.snapshots.Restated(snap); d != "" {
					t.Fatalf("seed %d, after record %d: %s: row of %s, %d days before the last close: %s", seed, i, gen.Line(r), gen.Date(snap.Day), last-snap.Day, d)
				}
			}
		}
		if written == 0 {
			t.Errorf("seed %d: no row was written again", seed)
		}
	}
}

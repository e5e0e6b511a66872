package synth

import (
	"fmt"
	"math/bits"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// unit is what an account can hold.
type unit uint8

// The units. Funds are 1/10,000 of a share, gold 1/10,000 of a gram: a quantity of
// 12,345 is 1.2345 of them.
const (
	cny unit = iota
	usd
	hkd
	jpy
	gold
	fund0
	unitCount = fund0 + 8
)

// walk is the random walk of a price. Prices are in 1/10,000 of a yuan: of a
// dollar, a Hong Kong dollar, 100 yen, a share, a gram.
type walk struct {
	name string
	// start price; vol and drift of a working day in millionths.
	start, vol, drift int64
	// scale makes base minor units per smallest unit × 10^12 of a price.
	scale int64
}

var walks = [unitCount]walk{
	cny:       {name: "CNY", start: 10_000, scale: 1e8},
	usd:       {name: "USD", start: 71_800, vol: 1_600, scale: 1e8},
	hkd:       {name: "HKD", start: 9_230, vol: 1_600, scale: 1e8},
	jpy:       {name: "JPY", start: 47_200, vol: 4_200, scale: 1e8},
	gold:      {name: "GOLD:AU9999", start: 7_200_000, vol: 9_000, drift: 500, scale: 1e6},
	fund0:     {name: "FUND:000123", start: 10_412, vol: 250, drift: 130, scale: 1e6},
	fund0 + 1: {name: "FUND:001052", start: 16_930, vol: 11_000, drift: 250, scale: 1e6},
	fund0 + 2: {name: "FUND:003376", start: 12_118, vol: 600, drift: 160, scale: 1e6},
	fund0 + 3: {name: "FUND:005827", start: 20_854, vol: 13_500, drift: 150, scale: 1e6},
	fund0 + 4: {name: "FUND:007339", start: 14_407, vol: 10_500, drift: 300, scale: 1e6},
	fund0 + 5: {name: "FUND:110011", start: 45_310, vol: 12_500, drift: 120, scale: 1e6},
	fund0 + 6: {name: "FUND:161725", start: 8_240, vol: 15_000, drift: -150, scale: 1e6},
	fund0 + 7: {name: "FUND:519066", start: 27_765, vol: 9_000, drift: 200, scale: 1e6},
}

// market holds the rates of every day from the day before the start on, carried
// over days without a price.
type market struct {
	seed  uint64
	first int32
	rows  [][unitCount]int64 // prices
}

func newMarket(seed uint64, start int32) *market {
	m := &market{seed: seed, first: start - 1}
	var row [unitCount]int64
	for u := range row {
		row[u] = walks[u].start
	}
	m.rows = append(m.rows, row)
	return m
}

// row holds the prices of day, no earlier than the first.
func (m *market) row(day int32) *[unitCount]int64 {
	for int32(len(m.rows)) <= day-m.first {
		m.rows = append(m.rows, m.step(m.first+int32(len(m.rows))))
	}
	return &m.rows[max(day-m.first, 0)]
}

func (m *market) step(day int32) [unitCount]int64 {
	row := m.rows[len(m.rows)-1]
	if !working(day) {
		return row
	}
	r := stream(m.seed, saltMarket, uint64(day), 0)
	for u := range row {
		w := &walks[u]
		if w.vol == 0 {
			continue
		}
		z := r.between(-w.vol, w.vol) + r.between(-w.vol, w.vol) + r.between(-w.vol, w.vol)
		// Far from its start a price is pulled back, so a bank can live for years.
		pull := (w.start - row[u]) * 2_000 / w.start
		row[u] += row[u] * (z + w.drift + pull) / 1_000_000
	}
	// The Hong Kong dollar is pegged to the dollar.
	row[hkd] = row[usd] * 1286 / 10_000
	return row
}

// rate is the price of a day in base minor units per smallest unit × 10^12.
func (m *market) rate(u unit, day int32) int64 { return m.row(day)[u] * walks[u].scale }

// Rates are the rates that become known on day: base minor units per smallest
// unit × 10^12, for currencies (cent, Hong Kong cent, yen), funds and gold (1/10,000
// of a share or gram). On days without a price (weekends, holidays)
// the list is empty and the last ones carry on. The day before the start always
// has rates: they value the opening balances. Days before it have none. Term is
// the caller's to set.
func (b *Bank) Rates(day int32) *pb.Rates {
	out := &pb.Rates{Day: day}
	if day < b.market.first || (day > b.market.first && !working(day)) {
		return out
	}
	for u := usd; u < unitCount; u++ {
		out.Rates = append(out.Rates, &pb.Rate{Unit: walks[u].name, RateE12: b.market.rate(u, day)})
	}
	return out
}

// value is qty × rate / 10^12 rounded half to even, qty ≥ 0.
func value(qty, rate int64) int64 {
	hi, lo := bits.Mul64(uint64(qty), uint64(rate))
	q, rem := bits.Div64(hi, lo, 1e12)
	if rem > 5e11 || (rem == 5e11 && q&1 == 1) {
		q++
	}
	return int64(q)
}

// quantity is the number of whole units that amount buys at rate.
func quantity(amount, rate int64) int64 {
	hi, lo := bits.Mul64(uint64(amount), 1e12)
	if hi >= uint64(rate) {
		panic(fmt.Sprintf("synth: %d at %d is beyond any bank", amount, rate))
	}
	q, _ := bits.Div64(hi, lo, uint64(rate))
	return int64(q)
}

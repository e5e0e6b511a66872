package clickhouse

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// carried is a customer whose row is carried, with the rates of the world.
type carried struct {
	row   *pb.SchemeSnapshot
	day   int32
	rates map[string]map[int32]int64
}

// rateOn is the last rate at or before day; the base currency is 1.
func (c carried) rateOn(unit string, day int32) int64 {
	if unit == "CNY" {
		return baseRate
	}
	for oldest := date("2025-01-01"); day >= oldest; day-- {
		if r, ok := c.rates[unit][day]; ok {
			return r
		}
	}
	return 0
}

// valueOn is the exact value of a day, in 10^-16 minor units.
func (c carried) valueOn(day int32) *big.Int {
	sum := new(big.Int)
	for _, h := range c.row.Holdings {
		v := big.NewInt(h.Quantity)
		v.Mul(v, big.NewInt(int64(h.WeightBp)))
		sum.Add(sum, v.Mul(v, big.NewInt(c.rateOn(h.Unit, day))))
	}
	return sum
}

// period returns the first and last day of the period that holds day.
func (c carried) period(day int32) (first, last int32) {
	if day <= c.row.PeriodEnd {
		return c.row.PeriodStart, c.row.PeriodEnd
	}
	at := dateOf(day)
	switch c.row.PeriodKind {
	case pb.PeriodKind_PERIOD_MONTH:
		start := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		return int32(start.Unix() / 86400), int32(start.AddDate(0, 1, 0).Unix()/86400) - 1
	case pb.PeriodKind_PERIOD_QUARTER:
		start := time.Date(at.Year(), (at.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
		return int32(start.Unix() / 86400), int32(start.AddDate(0, 3, 0).Unix()/86400) - 1
	default:
		first, last = c.row.PeriodStart, c.row.PeriodEnd
		for n := last - first + 1; last < day; {
			first, last = first+n, last+n
		}
		return first, last
	}
}

var e16 = new(big.Int).Exp(big.NewInt(10), big.NewInt(16), nil)

// rounded divides half to even.
func rounded(x *big.Int, by int64) int64 {
	d := new(big.Int).Mul(e16, big.NewInt(by))
	q, r := new(big.Int).DivMod(x, d, new(big.Int))
	switch twice := r.Lsh(r, 1).Cmp(d); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

// expected walks day by day: to date, estimate and the smallest deposit, found by
// trying around the quotient.
func (c carried) expected(day int32) string {
	first, last := c.period(day)
	sum, from := new(big.Int), first
	if first == c.row.PeriodStart {
		sum.Mul(big.NewInt(c.row.AdbSumMinor), e16)
		from = c.day + 1
	}
	for d := from; d <= day; d++ {
		sum.Add(sum, c.valueOn(d))
	}
	divisor := int64(c.row.Divisor)
	if first != c.row.PeriodStart {
		if divisor = int64(last - first + 1); c.row.DayCount > 0 {
			divisor = int64(c.row.DayCount)
		}
	}
	elapsed := int64(day - first + 1)
	left := int64(last - day)
	end := new(big.Int).Add(sum, new(big.Int).Mul(big.NewInt(left), c.valueOn(day)))
	topUp := "-"
	if left > 0 {
		topUp = fmt.Sprint(c.topUp(end, divisor, left))
	}
	return fmt.Sprintf("%d | %d | %d | %s", rounded(c.valueOn(day), 1), rounded(sum, elapsed), rounded(end, divisor), topUp)
}

func (c carried) topUp(end *big.Int, divisor, left int64) int64 {
	need := new(big.Int).Mul(big.NewInt(divisor*c.row.ThresholdMinor), e16)
	qualifies := func(m int64) bool {
		x := new(big.Int).Mul(big.NewInt(m*int64(c.row.DepositWeightBp)), big.NewInt(baseRate))
		return x.Mul(x, big.NewInt(left)).Add(x, end).Cmp(need) >= 0
	}
	low, high := int64(-1), int64(1)<<50
	for high-low > 1 {
		if mid := low + (high-low)/2; qualifies(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

func randomCarried(r *rand.Rand, rates map[string]map[int32]int64) carried {
	day := date("2025-01-10") + r.Int32N(60)
	c := carried{day: day, rates: rates, row: &pb.SchemeSnapshot{
		Scheme: "card", Standing: pb.Standing_ACTIVE, Tier: "x", ThresholdMinor: r.Int64N(1e9), DepositWeightBp: []int32{10000, 5000, 3333}[r.IntN(3)],
		AdbSumMinor: r.Int64N(1e12), PeriodKind: pb.PeriodKind(1 + r.Int32N(3)),
	}}
	at := dateOf(day)
	switch c.row.PeriodKind {
	case pb.PeriodKind_PERIOD_MONTH:
		start := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		c.row.PeriodStart, c.row.PeriodEnd = int32(start.Unix()/86400), int32(start.AddDate(0, 1, 0).Unix()/86400)-1
	case pb.PeriodKind_PERIOD_QUARTER:
		c.row.PeriodStart, c.row.PeriodEnd = date("2025-01-01"), date("2025-03-31")
	default:
		n := 5 + r.Int32N(40)
		c.row.PeriodStart = day / n * n
		c.row.PeriodEnd = c.row.PeriodStart + n - 1
	}
	c.row.Divisor = c.row.PeriodEnd - c.row.PeriodStart + 1
	if r.IntN(4) == 0 {
		c.row.DayCount, c.row.Divisor = 30, 30
	}
	for _, unit := range []string{"CNY", "USD", "F-1", "NONE"} {
		if r.IntN(2) == 0 {
			c.row.Holdings = append(c.row.Holdings, &pb.Holding{Unit: unit, Quantity: r.Int64N(1e8), WeightBp: []int32{10000, 5000, 7}[r.IntN(3)]})
		}
	}
	return c
}

// TestCarryIsExact compares the view with a walk day by day in big integers, over
// random rows, rates with gaps, period kinds, day counts and weights.
func TestCarryIsExact(t *testing.T) {
	conn, db := database(t)
	r := rand.New(rand.NewPCG(3, 4))
	rates := map[string]map[int32]int64{"USD": {}, "F-1": {}}
	log := []marshaler{engine0()}
	for d := date("2025-01-01"); d < date("2025-06-01"); d++ {
		for unit := range rates {
			if r.IntN(3) == 0 {
				rates[unit][d] = 1 + r.Int64N(9e12)
			}
		}
		for _, unit := range []string{"F-1", "USD"} {
			if v, ok := rates[unit][d]; ok {
				log = append(log, rate(d, unit, v))
			}
		}
		log = append(log, closeOf(d))
	}
	fill(t, db, topics.Events, 0, 0, log...)
	var rows []marshaler
	var all []carried
	for i := range 200 {
		c := randomCarried(r, rates)
		all = append(all, c)
		rows = append(rows, &pb.Snapshot{CustomerId: fmt.Sprintf("c%03d", i), Day: c.day, Schemes: []*pb.SchemeSnapshot{c.row}, Log: &pb.Position{Offset: 1}})
	}
	fill(t, db, topics.Snapshots, 0, 0, rows...)
	for _, ahead := range []int32{80, 95, 130, 170} {
		day := date("2025-01-01") + ahead
		_, got := cut(ask(t, conn, "SELECT aum_minor, adb_to_date_minor, adb_estimate_minor, top_up_minor FROM tier_on(day = '"+dateOf(day).Format(time.DateOnly)+"') ORDER BY customer_id"))
		lines := strings.Split(strings.TrimSpace(got), "\n")
		if len(lines) != len(all) {
			t.Fatalf("%d rows, want %d", len(lines), len(all))
		}
		for i, line := range lines {
			if want := all[i].expected(day); line != want {
				t.Fatalf("%s, row of %s: got %s, want %s\n%v", dateOf(day).Format(time.DateOnly), dateOf(all[i].day).Format(time.DateOnly), line, want, all[i].row)
			}
		}
	}
}

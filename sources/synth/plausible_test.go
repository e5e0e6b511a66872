package synth

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// thresholds of the demo's tiers, yuan.
var thresholds = [...]int64{0, 50_000, 500_000, 2_000_000, 6_000_000}

// month is what an analyst would see of the bank at a month's end.
type month struct {
	tiers, base, misses [len(thresholds)]int
	up                  int
	assets              int64
}

// analyst recomputes monthly average assets from the stream alone.
type analyst struct {
	balances map[string]map[string]int64 // by customer and account
	units    map[string]unit
	debts    map[string]bool
	sums     map[string]int64
	tier     map[string]int
	months   []month
	days     int64
	bookings map[int32]int
	spends   map[int32]int
	salaries map[int]int
	total    int
}

func (a *analyst) read(day int32, r *pb.LogRecord) {
	switch {
	case r.Lifecycle != nil:
		l := r.Lifecycle
		if a.balances[l.CustomerId] == nil {
			a.balances[l.CustomerId] = map[string]int64{}
		}
		a.debts[l.AccountId] = l.AccountType == pb.AccountType_LOAN || l.AccountType == pb.AccountType_CARD_CREDIT
		for u := range walks {
			if walks[u].name == l.Unit {
				a.units[l.AccountId] = unit(u)
			}
		}
	case r.Balance != nil:
		a.balances[r.Balance.CustomerId][r.Balance.AccountId] = r.Balance.Balance
	case r.Transaction != nil:
		x := r.Transaction
		a.total++
		a.bookings[day]++
		if x.BalanceKnown {
			a.balances[x.CustomerId][x.AccountId] = x.BalanceAfter
		}
		if x.TxnType == pb.TxnType_CARD_SPEND {
			a.spends[day]++
		}
		if x.TxnType == pb.TxnType_SALARY_IN {
			_, _, d := civil(day)
			a.salaries[d]++
		}
	}
}

func (a *analyst) close(b *Bank, day int32) {
	for id, accounts := range a.balances {
		for account, have := range accounts {
			if have > 0 && !a.debts[account] {
				a.sums[id] += value(have, b.market.rate(a.units[account], day))
			}
		}
	}
	if a.days++; !newToday(day).lastOfMonth {
		return
	}
	var m month
	for id := range a.balances {
		adb := a.sums[id] / a.days
		m.assets += adb
		k := 0
		for i, from := range thresholds {
			if adb >= from*yuan {
				k = i
			}
		}
		m.tiers[k]++
		if was, ok := a.tier[id]; ok {
			m.base[was]++
			if k < was {
				m.misses[was]++
			}
			if k > was {
				m.up++
			}
		}
		a.tier[id] = k
	}
	a.months, a.days = append(a.months, m), 0
	clear(a.sums)
}

func TestTheBankIsPlausible(t *testing.T) {
	p := small(3_000)
	b := New(p)
	a := &analyst{
		balances: map[string]map[string]int64{}, units: map[string]unit{}, debts: map[string]bool{}, sums: map[string]int64{},
		tier: map[string]int{}, bookings: map[int32]int{}, spends: map[int32]int{}, salaries: map[int]int{},
	}
	on := p.Start
	play(t, b, func(day int32, it Item) {
		for ; on < day; on++ {
			a.close(b, on)
		}
		if it.Record != nil {
			a.read(day, it.Record)
		}
	})
	a.close(b, on)

	within := func(what string, got, lo, hi int64) {
		if got < lo || got > hi {
			t.Errorf("%s: %d, want %d … %d", what, got, lo, hi)
		}
	}
	within("months", int64(len(a.months)), 13, 13)
	within("bookings a customer and year", int64(a.total)*365/396/3_000, 150, 260)
	first, last := a.months[0], a.months[12]
	within("growth of assets in percent", last.assets*100/first.assets-100, -15, 25)
	for i, want := range [][2]int64{{5_500, 7_000}, {2_200, 3_300}, {450, 900}, {120, 320}, {20, 90}} {
		within("customers of a tier in 10,000 at the end", int64(last.tiers[i])*10_000/3_000, want[0], want[1])
	}
	for i, m := range a.months[2:] {
		above, missed := 0, 0
		for k := 1; k < len(thresholds); k++ {
			above, missed = above+m.base[k], missed+m.misses[k]
		}
		within("customers above mass who miss in a month, in 10,000", int64(missed)*10_000/int64(above), 100, 700)
		if m.up == 0 {
			t.Errorf("nobody rose in month %d", i+3)
		}
	}
	singles, week := dayOf(2025, 11, 11), dayOf(2025, 11, 18)
	within("purchases on 双十一 in percent of a week later", int64(a.spends[singles]*100/a.spends[week]), 250, 700)
	within("purchases at 春节 in percent of a month later", int64(a.spends[dayOf(2025, 1, 30)]*100/a.spends[dayOf(2025, 2, 27)]), 30, 80)
	all, days := 0, int64(0)
	for _, n := range a.salaries {
		all += n
	}
	for _, n := range a.salaries {
		if n*100 >= all*3 {
			days++
		}
	}
	within("days of the month on which many salaries come", days, 6, 20)
}

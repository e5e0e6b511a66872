package examples_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// noteBalances keeps the book balance of every account of the partition that was
// booked on the day just closed.
func (b *bank) noteBalances(p *fold.Partition) {
	day := p.Clock().LastClose
	for _, account := range b.booked[day] {
		x, ok := p.Explain(b.owner[account])
		if !ok {
			continue
		}
		for i := range x.Accounts {
			if x.Accounts[i].ID == account {
				b.ends[accountDay{account, day}] = x.Accounts[i].Book
			}
		}
	}
}

// follow walks through the account-days in order, with the end of the day by the
// file's balance column that lies nearest to the recomputed one; chained is false
// where no order of the rows exists that begins at the last known end.
func (b *bank) follow(see func(at accountDay, ours, file int64, chained bool)) {
	at := map[string]int64{}
	for day := b.history.first; day <= b.history.last; day++ {
		for _, account := range b.booked[day] {
			k := accountDay{account, day}
			ours := b.ends[k]
			ends := lasts(b.days[k], at[account])
			if len(ends) == 0 {
				see(k, ours, 0, false)
				at[account] = ours
				continue
			}
			at[account] = slices.MinFunc(ends, func(x, y int64) int { return int(distance(x, ours) - distance(y, ours)) })
			see(k, ours, at[account], true)
		}
	}
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// Balances recomputed from amounts, against the file's own balance column.
func TestBerkaBalances(t *testing.T) {
	t.Parallel()
	b := berka(t)
	var days, exact, rounding, beyond, broken int
	var worst int64
	b.follow(func(k accountDay, ours, file int64, chained bool) {
		days++
		gap := distance(ours, file)
		switch {
		case !chained:
			broken++
			if k.day != b.history.last {
				t.Errorf("account %s, day %d: the balances do not chain", k.account, k.day)
			}
			return
		case gap == 0:
			exact++
		case gap <= 20:
			rounding++
		default:
			beyond++
		}
		worst = max(worst, gap)
	})
	if days != 39_960 || exact != 23_943 || rounding != 15_985 || beyond != 4 || worst != 30 || broken != 28 {
		t.Errorf("of %d account-days %d are equal, %d within 0.20, %d beyond, at most %d haler apart; on %d rows are missing", days, exact, rounding, beyond, worst, broken)
	}
	var drift, cut int
	for _, v := range b.said.verdicts {
		switch {
		case v.Day == b.history.last:
			cut++
		case v.Amount == 30 || v.Amount == -30:
			drift++
		default:
			t.Errorf("account %s is healed by %d on day %d", v.AccountId, v.Amount, v.Day)
		}
	}
	if drift != 26 || cut != 36 {
		t.Errorf("healed: %d by 0.30, %d on the last day", drift, cut)
	}
}

// dailySums gives per owner the sum of the month's end-of-day balances, none below
// zero, in haler, after the end of each account-day.
func (b *bank) dailySums(end func(accountDay) (int64, bool), first, last int32) map[string]int64 {
	sums := map[string]int64{}
	at := map[string]int64{}
	for day := b.history.first; day <= last; day++ {
		for _, account := range b.booked[day] {
			if n, ok := end(accountDay{account, day}); ok {
				at[account] = n
			}
		}
		if day < first {
			continue
		}
		for account, n := range at {
			sums[b.owner[account]] += max(0, n)
		}
	}
	return sums
}

// months lists the first and last days of the months of the history.
func (b *bank) months() (list [][2]int32) {
	for m := time.January; m < 13+3; m++ {
		first := time.Date(1993, m, 1, 0, 0, 0, 0, time.UTC)
		list = append(list, [2]int32{int32(first.Unix() / 86400), int32(first.AddDate(0, 1, -1).Unix() / 86400)})
	}
	return list
}

// recomputed gives the end of each account-day from the file's amounts and the
// corrections that were told, without the fold.
func (b *bank) recomputed() func(accountDay) (int64, bool) {
	healed := map[accountDay]int64{}
	for _, v := range b.said.verdicts {
		healed[accountDay{v.AccountId, v.Day}] += v.Amount
	}
	at := map[string]int64{}
	ends := map[accountDay]int64{}
	for day := b.history.first; day <= b.history.last; day++ {
		for _, account := range b.booked[day] {
			k := accountDay{account, day}
			for _, r := range b.days[k] {
				at[account] += r.signed
			}
			at[account] += healed[k]
			ends[k] = at[account]
		}
	}
	return func(k accountDay) (int64, bool) { n, ok := ends[k]; return n, ok }
}

// The sums behind the averages of every owner and month, to the haler-day, against
// a recomputation from the file; and how far the balance column would lead apart.
func TestBerkaAverages(t *testing.T) {
	t.Parallel()
	b := berka(t)
	column := map[accountDay]int64{}
	b.follow(func(k accountDay, _, file int64, chained bool) {
		if chained {
			column[k] = file
		}
	})
	compared := 0
	var apart int64
	for _, m := range b.months() {
		want := b.dailySums(b.recomputed(), m[0], m[1])
		byColumn := b.dailySums(func(k accountDay) (int64, bool) { n, ok := column[k]; return n, ok }, m[0], m[1])
		for owner, sum := range want {
			got, ok := b.sumOn(owner, m[0], m[1])
			if !ok || got != sum {
				t.Errorf("owner %s, month to day %d: sum %d (told: %v), want %d", owner, m[1], got, ok, sum)
			}
			compared++
			if m[1] != b.history.last {
				apart = max(apart, distance(sum, byColumn[owner])/int64(m[1]-m[0]+1))
			}
		}
	}
	if compared != 10_958 || apart != 20 {
		t.Errorf("%d months of owners compared; by the balance column an average lies up to %d haler apart", compared, apart)
	}
}

// sumOn is adb_sum of an owner on the last day of a month: that of his newest
// snapshot, carried on by the holdings of that day, as a reader of snapshots does.
func (b *bank) sumOn(owner string, first, last int32) (int64, bool) {
	var s *pb.Snapshot
	for _, one := range b.said.snapshots[owner] {
		if one.Day <= last {
			s = one
		}
	}
	if s == nil || len(s.Schemes) != 1 {
		return 0, false
	}
	var worth int64
	for _, holding := range s.Schemes[0].Holdings {
		worth += holding.Quantity * int64(holding.WeightBp) / 10_000
	}
	if s.Schemes[0].PeriodStart == first {
		return s.Schemes[0].AdbSumMinor + worth*int64(last-s.Day), true
	}
	return worth * int64(last-first+1), true
}

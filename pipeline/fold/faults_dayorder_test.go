package fold_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// after tells the balance after a booking of a source without order in the day.
func after(yuan int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.BalanceKnown, t.BalanceAfter, t.BalanceTrust = true, yuan*100, pb.BalanceTrust_BALANCE_TRUST_DAY
	}
}

// TestB14DayTrustTakenBack: a booking that is reversed or replaced within its day
// was there for the balances told meanwhile and is not there at the end of the day:
// no order needs a HEAL, unless something is missing indeed.
func TestB14DayTrustTakenBack(t *testing.T) {
	d := first + 1
	reversed := status(pb.TxnStatus_REVERSED)
	tests := []struct {
		name string
		day  []*pb.Transaction
		told string
		then string
	}{
		{"reversed", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("1", d, 100, after(1100), reversed),
		}, "", "balance 1000, n 1, inflow 1000, most 1000, days 1"},
		{"reversed after another one saw it", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("2", d, -50, after(1050)), txn("1", d, 100, after(1100), reversed),
		}, "", "balance 950, n 2, inflow 1000, most 1000, days 2"},
		{"reversed between two others", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("2", d, -50, after(1050)), txn("1", d, 100, after(1100), reversed), txn("3", d, -10, after(940)),
		}, "", "balance 940, n 3, inflow 1000, most 1000, days 2"},
		{"reversed, and told in another order", []*pb.Transaction{
			txn("3", d, -10, after(940)), txn("2", d, -50, after(1050)), txn("1", d, 100, after(1100)), txn("1", d, 100, after(1100), reversed),
		}, "", "balance 940, n 3, inflow 1000, most 1000, days 2"},
		{"two reversed", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("2", d, 7, after(1107)), txn("1", d, 100, after(1100), reversed), txn("2", d, 7, after(1107), reversed),
			txn("3", d, 5, after(1005)),
		}, "", "balance 1005, n 2, inflow 1005, most 1000, days 2"},
		{"replaced", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("1", d, 30, after(1030), version(2)),
		}, "", "balance 1030, n 2, inflow 1030, most 1000, days 2"},
		{"replaced after another one saw it", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("2", d, -50, after(1050)), txn("1", d, 30, after(980), version(2)),
		}, "", "balance 980, n 3, inflow 1030, most 1000, days 2"},
		{"replaced by one of another account", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("1", d, 100, after(100), version(2), func(t *pb.Transaction) { t.AccountId = "A2" }),
		}, "", "balance 1000, n 2, inflow 1100, most 1000, days 2"},
		{"something is missing before a booking that was reversed", []*pb.Transaction{
			txn("1", d, 100, after(1150)), txn("1", d, 100, after(1150), reversed),
		}, "healed", "balance 1050, n 1, inflow 1000, most 1000, days 1"},
		{"something is missing after it", []*pb.Transaction{
			txn("1", d, 100, after(1100)), txn("1", d, 100, after(1100), reversed), txn("2", d, 5, after(1025)),
		}, "healed", "balance 1025, n 2, inflow 1005, most 1000, days 2"},
		{"balances that fit nothing, all reversed", []*pb.Transaction{
			txn("1", d, 100, after(9100)), txn("2", d, 100, after(7100)), txn("1", d, 100, after(9100), reversed), txn("2", d, 100, after(7100), reversed),
		}, "", "balance 1000, n 1, inflow 1000, most 1000, days 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("0", first, 1000, after(1000))
			tp.close(first)
			for _, x := range tt.day {
				tp.write(wrap(x))
			}
			tp.close(d)
			tp.tells(tt.told)
			tp.holds(tt.then)
		})
	}
}

// TestDayTrustTakenBackOnFirstDay: what a booking showed of the time before it stands
// although it was reversed.
func TestDayTrustTakenBackOnFirstDay(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 100, after(600))
	tp.txn("1", first, 100, after(600), status(pb.TxnStatus_REVERSED))
	tp.close(first)
	tp.tells("")
	tp.holds("balance 500, n 0, inflow 0, most 0, days 0")
}

// TestDayTrustManyTakenBack: more bookings than an order is searched for are taken
// as they came, without the one that was reversed.
func TestDayTrustManyTakenBack(t *testing.T) {
	for _, undoneAt := range []int64{7, 25, 39} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("0", first, 1000, after(1000))
		tp.close(first)
		bal := int64(1000)
		for i := range int64(40) {
			bal++
			tp.txn(fmt.Sprint("a", i), first+1, 1, after(bal))
			if i == 5 {
				bal += 500
				tp.txn("x", first+1, 500, after(bal))
			}
			if i == undoneAt {
				tp.txn("x", first+1, 500, after(1506), status(pb.TxnStatus_REVERSED))
				bal -= 500
			}
		}
		tp.close(first + 1)
		tp.tells("")
		tp.holds("balance 1040, n 41, inflow 1040, most 1000, days 2")
	}
}

// TestDayTrustLate: a balance told of a closed day is older than that day's end, so
// it changes nothing; the event that was missing is taken out of the HEAL.
func TestDayTrustLate(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("0", first, 1000, after(1000))
	tp.close(first)
	tp.txn("1", first+1, 100, after(1100))
	tp.txn("2", first+1, -50, after(1060))
	tp.close(first + 1)
	tp.tells("healed")
	tp.holds("balance 1060, n 3, inflow 1100, most 1000, days 2")
	tp.txn("late", first+1, 10, after(1110))
	tp.tells("healed/heal_explained late")
	tp.close(first + 2)
	tp.tells("")
	tp.holds("balance 1060, n 4, inflow 1110, most 1000, days 2")
}

// TestBalanceBeforeTheClose: the bank's balance of the end of a day comes while the day is
// open still, as most do. It heals what is missing, once: what bookings of the day tell is
// void by it, and what comes late is taken out of the HEAL, whatever its time (rule R158).
func TestBalanceBeforeTheClose(t *testing.T) {
	d := first + 1
	silent := func(*pb.Transaction) {}
	atNight := func(x *pb.Transaction) { x.EventTime = int64(d+1)*86400 + 7200 }
	ordered := func(yuan int64) func(*pb.Transaction) {
		return func(x *pb.Transaction) {
			after(yuan)(x)
			x.BalanceTrust = pb.BalanceTrust_BALANCE_TRUST_ORDERED
		}
	}
	for _, tt := range []struct {
		name   string
		opened func(*pb.Transaction)
		day    []*pb.LogRecord
		told   []string
		book   int64
	}{
		{"the day is chained once it is told", after(1000), []*pb.LogRecord{
			wrap(txn("1", d, 10, after(1110))), balanceOf(int64(d+1)*86400-1, d, 1110),
		}, []string{"", "healed"}, 1110},
		{"a booking of the day comes behind its balance", after(1000), []*pb.LogRecord{
			balanceOf(int64(d+1)*86400-1, d, 1050), wrap(txn("1", d, 50, after(1050))),
		}, []string{"healed", "healed/heal_explained"}, 1050},
		{"the night batch, by a source that tells no balance", silent, []*pb.LogRecord{
			balanceOf(int64(first+1)*86400-1, first, 1000), balanceOf(int64(d+1)*86400-1, d, 1050), wrap(txn("1", d, 50, atNight)),
		}, []string{"", "healed", "healed/heal_explained"}, 1050},
		{"the night batch, by a source in order", ordered(1000), []*pb.LogRecord{
			balanceOf(int64(d+1)*86400-1, d, 1050), wrap(txn("1", d, 50, ordered(1050), atNight)),
		}, []string{"healed", "healed/heal_explained"}, 1050},
		{"nothing is missing", after(1000), []*pb.LogRecord{
			wrap(txn("1", d, 50, after(1050))), balanceOf(int64(d+1)*86400-1, d, 1050), wrap(txn("2", d, 7, after(1057))),
		}, []string{"", "", ""}, 1057},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("0", first, 1000, tt.opened)
			tp.close(first)
			for i, r := range tt.day {
				tp.write(r)
				tp.tells(tt.told[i])
			}
			tp.close(d)
			tp.tells("")
			tp.close(d + 1)
			tp.tells("")
			if got := tp.explain("C1").Accounts[0].Book; got != tt.book*100 {
				t.Errorf("balance %d, want %d", got/100, tt.book)
			}
		})
	}
}

// TestBalanceOlderThanAChain: a balance of before the day that a CLOSE has chained is an
// older word: what it lacks is healed already (rule R159). That of the day itself agrees.
func TestBalanceOlderThanAChain(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("0", first, 1000, after(1000))
	tp.closeTo(first, first+3)
	tp.txn("1", first+4, 10, after(1110))
	tp.close(first + 4)
	tp.tells("healed")
	tp.write(balanceOf(int64(first+3)*86400-1, first+2, 1100))
	tp.tells("superseded/older_word")
	tp.write(balanceOf(int64(first+5)*86400-1, first+4, 1110))
	tp.tells("")
	if got := tp.explain("C1").Accounts[0].Book; got != 1110*100 {
		t.Errorf("balance %d, want 1110", got/100)
	}
}

// TestTooManyObservations: balances of a day without order are bounded; one more is
// refused, one that tells none is not.
func TestTooManyObservations(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range int64(1<<16 - 1) {
		tp.fast(wrap(txn(fmt.Sprint(i), first, 1, after(i+1))))
	}
	tp.txn("x", first, 1, after(1<<16))
	tp.tells("dlq/too_many_observations rejected/too_many_observations")
	tp.txn("y", first, 1, func(t *pb.Transaction) { t.AccountId = "A2" })
	tp.tells("")
	tp.holds("balance 65535, n 65536, inflow 65536, most 1, days 1")
	tp.close(first)
	tp.tells("")
	tp.txn("x", first+1, 1, after(65536))
	tp.tells("")
	tp.close(first + 1)
	tp.tells("")
}

// TestDayTrustAnyOrder: a bank books, takes back and corrects within a day and tells
// the balance after each booking; the log has them in another order. Nothing is
// missing, so nothing is healed, and the day ends with the bank's balance. What was
// booked before all of it and never told is healed to the unit.
func TestDayTrustAnyOrder(t *testing.T) {
	d := first + 1
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 14))
		missing := int64(0)
		if seed%3 == 0 {
			missing = 1 + rng.Int64N(50)
		}
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("0", first, 1000, after(1000))
		tp.close(first)
		day, bal := bankDay(rng, d, 1000+missing)
		for _, x := range shuffled(rng, day) {
			tp.write(wrap(x))
		}
		tp.close(d)
		want := ""
		if missing != 0 {
			want = "healed"
		}
		tp.tells(want)
		if got := tp.explain("C1").Accounts[0].Book; got != bal*100 {
			t.Fatalf("seed %d: balance %d, want %d, of %v", seed, got/100, bal, day)
		}
	}
}

// bankDay is a day of an account in the bank's order, and its last balance.
func bankDay(rng *rand.Rand, d int32, bal int64) ([]*pb.Transaction, int64) {
	var list, open []*pb.Transaction
	for i := range 2 + rng.IntN(4) {
		n := 1 + rng.Int64N(900)
		if rng.IntN(2) == 0 {
			n = -n
		}
		bal += n
		x := txn(fmt.Sprint("b", i), d, n, after(bal))
		list, open = append(list, x), append(open, x)
		if k := rng.IntN(3 * len(open)); k < len(open) {
			old := open[k]
			open = slices.Delete(open, k, k+1)
			was := old.AmountMinor / 100
			if old.Direction == pb.Direction_DEBIT {
				was = -was
			}
			bal -= was
			if rng.IntN(2) == 0 {
				undone := old.CloneVT()
				undone.Status = pb.TxnStatus_REVERSED
				list = append(list, undone)
				continue
			}
			bal += was / 2
			list = append(list, txn(old.TxnId, d, was/2, after(bal), version(2)))
		}
	}
	return list, bal
}

// shuffled is a day in any order in which no booking comes before its older version.
func shuffled(rng *rand.Rand, day []*pb.Transaction) []*pb.Transaction {
	list := slices.Clone(day)
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for i := range list {
		for j := range i {
			a, b := list[j], list[i]
			if a.TxnId == b.TxnId && (a.Version > b.Version || a.Status > b.Status) {
				list[i], list[j] = a, b
			}
		}
	}
	return list
}

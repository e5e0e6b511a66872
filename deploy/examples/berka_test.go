package examples_test

import (
	"path/filepath"
	"sync"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// bank is Berka read and folded once for all tests.
type bank struct {
	*dataset
	history *history
	said    *said
	rows    []row
	owner   map[string]string
	days    map[accountDay][]row
	// booked lists the accounts booked on a day, ends the book balances after it.
	booked map[int32][]string
	ends   map[accountDay]int64
}

var theBank struct {
	once sync.Once
	bank *bank
}

func berka(t *testing.T) *bank {
	t.Helper()
	data := testData(t, "berka")
	theBank.once.Do(func() {
		b := &bank{dataset: &dataset{
			folder: "berka", data: data, zone: "Europe/Prague", base: "CZK",
			files: [][2]string{
				{"mapping-account.yaml", "account.asc"},
				{"mapping.yaml", "trans_first_49102_rows.asc.zst"},
			},
			until: date(t, 1994, 3, 31),
		}, ends: map[accountDay]int64{}}
		b.rows = bookings(t, filepath.Join(data, "trans_first_49102_rows.asc.zst"))
		b.owner = owners(t, filepath.Join(data, "disp.asc"))
		b.days, b.booked = byAccountDay(b.rows)
		b.history = b.read(t)
		b.said = folding(t, b.history, b.noteBalances)
		theBank.bank = b
	})
	if theBank.bank == nil {
		t.Fatal("the data set could not be read: see the first test")
	}
	return theBank.bank
}

// What the data set comes to, with these tiers.
func TestBerkaBooks(t *testing.T) {
	t.Parallel()
	b := berka(t)
	h, s := b.history, b.said
	for i, want := range []int64{4_500, 49_102} {
		n := h.books[i]
		if n.Read != want || n.Accepted != want || n.Records != want || len(n.Filtered)+len(n.Rejected) != 0 {
			t.Errorf("%s: books %+v, want %d read and accepted", b.files[i][1], n, want)
		}
	}
	// Accounts opened after the last booking are not in these fifteen months.
	if h.beyond != 3_271 || h.customers != 4_500+49_102-3_271 {
		t.Errorf("%d records in the log, %d accounts opened later", h.customers, h.beyond)
	}
	if h.first != date(t, 1993, 1, 1) || h.last != date(t, 1994, 3, 31) {
		t.Errorf("days %d … %d", h.first, h.last)
	}
	p := h.positions(t)
	if p.transactions != 49_102 || p.ids != 49_102 || p.origins != 49_102+1_229 {
		t.Errorf("positions in the log: %+v", p)
	}
	if n := s.kinds(); len(n) != 1 || n[pb.VerdictKind_VERDICT_HEALED] != 62 || len(s.dead) != 0 {
		t.Errorf("verdicts %v, %d dead letters: want 62 healed and nothing else", n, len(s.dead))
	}
}

func TestBerkaTiers(t *testing.T) {
	t.Parallel()
	b := berka(t)
	everyone := b.history.everyone()
	if len(everyone) != 1_229 {
		t.Errorf("%d owners", len(everyone))
	}
	same(t, "tiers on 1994-04-01", b.said.tiers(everyone), map[string]int{
		"standing basic": 111, "standing classic": 312, "standing silver": 360, "standing gold": 330, "standing platinum": 116,
	})
	same(t, "tier moves", b.said.moves(), map[string]int{
		"standing ENTERED": 1_229, "standing UPGRADED": 2_338, "standing WATCH": 888, "standing WATCH_CLEARED": 212, "standing DOWNGRADED": 541,
	})
	same(t, "alerts opened", b.said.opened, map[string]int{
		"standing MISS_PROJECTED": 2_445, "standing VALUE_DOWNGRADE_PROJECTED": 844, "standing WATCH_ENTERED": 581,
		"standing GRACE_LAST_MONTH": 338, "standing TIER_DOWNGRADED": 541, "standing TIER_UPGRADED": 2_338, "standing TIER_RESTORED": 212,
		"standing NEAR_UPGRADE": 2_074, " LARGE_OUTFLOW": 161, " ACTIVITY_SILENCE": 23,
	})
}

// The moves of 200 owners, on all 455 days, as the oracle has them.
func TestBerkaOracle(t *testing.T) {
	t.Parallel()
	b := berka(t)
	chosen := sample(b.history.everyone(), 200)
	if moves := consult(t, b.history, b.said, b.base, chosen); moves < 800 {
		t.Errorf("only %d moves compared", moves)
	}
}

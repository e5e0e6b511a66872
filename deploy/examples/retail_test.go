package examples_test

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ulikunitz/xz"
)

// shop is Online Retail read and folded once for all tests.
type shop struct {
	*dataset
	history *history
	said    *said
}

var theShop struct {
	once sync.Once
	shop *shop
}

func retail(t *testing.T) *shop {
	t.Helper()
	data := testData(t, "online_retail")
	theShop.once.Do(func() {
		s := &shop{dataset: &dataset{
			folder: "online-retail", data: data, zone: "Europe/London", base: "GBP",
			files: [][2]string{{"mapping.yaml", "online_retail.csv.xz"}},
		}}
		s.history = s.read(t)
		s.said = folding(t, s.history, nil)
		theShop.shop = s
	})
	if theShop.shop == nil {
		t.Fatal("the data set could not be read: see the first test")
	}
	return theShop.shop
}

func TestRetailBooks(t *testing.T) {
	t.Parallel()
	s := retail(t)
	b := s.history.books[0]
	if b.Read != 541_909 || b.Accepted != 406_789 || b.Records != 406_789 {
		t.Errorf("books: %+v", b)
	}
	if len(b.Filtered) != 1 || b.Filtered["zero_price"] != 40 || len(b.Rejected) != 1 || b.Rejected["no_customer"] != 135_080 {
		t.Errorf("filtered %v, rejected %v", b.Filtered, b.Rejected)
	}
	if p := s.history.positions(t); p != (positions{406_789, 406_789, 406_789}) {
		t.Errorf("positions in the log: %+v", p)
	}
	// Exact repeats are lines of their own; nothing was left to judge.
	if len(s.said.verdicts) != 0 || len(s.said.dead) != 0 {
		t.Errorf("verdicts %v, %d dead letters", s.said.kinds(), len(s.said.dead))
	}
}

func TestRetailTiers(t *testing.T) {
	t.Parallel()
	s := retail(t)
	everyone := s.history.everyone()
	if len(everyone) != 4_371 {
		t.Errorf("%d customers", len(everyone))
	}
	same(t, "tiers on 2011-12-10", s.said.tiers(everyone), map[string]int{
		"loyalty member": 1_791, "loyalty silver": 1_373, "loyalty gold": 907, "loyalty platinum": 221, "loyalty diamond": 38, "loyalty new": 41,
		"habit rare": 2_922, "habit returns": 1_034, "habit regular": 374, "habit new": 41,
	})
	same(t, "tier moves", s.said.moves(), map[string]int{
		"loyalty ENTERED": 4_330, "loyalty UPGRADED": 2_759, "loyalty DOWNGRADED": 29, "loyalty WATCH": 47, "loyalty WATCH_CLEARED": 12,
		"habit ENTERED": 4_330, "habit UPGRADED": 2_515, "habit DOWNGRADED": 1_261, "habit WATCH": 1_865, "habit WATCH_CLEARED": 405,
	})
}

// The moves of 300 customers of at most 60 lines each, on all 374 days.
func TestRetailOracle(t *testing.T) {
	t.Parallel()
	s := retail(t)
	lines := map[string]int{}
	for i := range s.history.records {
		lines[s.history.records[i].customer]++
	}
	var small []string
	for _, id := range s.history.everyone() {
		if lines[id] <= 60 {
			small = append(small, id)
		}
	}
	if moves := consult(t, s.history, s.said, s.base, sample(small, 300)); moves < 700 {
		t.Errorf("only %d moves compared", moves)
	}
}

// spendOf adds up, from the file alone, what each customer bought less what he
// sent back on the days first … last, in pence.
func spendOf(t *testing.T, path string, first, last time.Time) map[string]int64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	plain, err := xz.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(plain)
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.Clone(name)] = i
	}
	spend := map[string]int64{}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return spend
		}
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateTime, cells[at["InvoiceDate"]])
		if err != nil {
			t.Fatal(err)
		}
		id := cells[at["CustomerID"]]
		if id == "" || day.Before(first) || !day.Before(last.AddDate(0, 0, 1)) {
			continue
		}
		quantity, err := strconv.ParseInt(cells[at["Quantity"]], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		spend[strings.Clone(id)] += pence(t, quantity, cells[at["UnitPrice"]])
	}
}

// pence is quantity times a price of up to three decimals, rounded half away from
// zero.
func pence(t *testing.T, quantity int64, price string) int64 {
	t.Helper()
	whole, part, _ := strings.Cut(price, ".")
	mills, err := strconv.ParseInt(whole+(part + "000")[:3], 10, 64)
	if err != nil || len(part) > 3 {
		t.Fatalf("price %q", price)
	}
	n := quantity * mills
	if n < 0 {
		return -((-n + 5) / 10)
	}
	return (n + 5) / 10
}

// The spend of every customer on the last day, to the penny, against the file.
func TestRetailSpend(t *testing.T) {
	t.Parallel()
	s := retail(t)
	// Today is the day after the last CLOSE.
	last := time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC)
	want := spendOf(t, filepath.Join(s.data, "online_retail.csv.xz"), last.AddDate(0, 0, -364), last)
	compared, total := 0, int64(0)
	for _, id := range s.history.everyone() {
		x := s.said.explain(id)
		if x.AsOf != int32(last.Unix()/86400) {
			t.Fatalf("customer %s: as of day %d", id, x.AsOf)
		}
		if x.Metrics[0] != want[id] {
			t.Errorf("customer %s: spend %d, by the file %d", id, x.Metrics[0], want[id])
		}
		compared++
		total += x.Metrics[0]
	}
	if compared != 4_371 || total != 796_343_711 {
		t.Errorf("%d customers, spend %d pence in all", compared, total)
	}
}

package mapping

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
)

const examples = "../../deploy/examples"

func testData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TIERWATCH_TESTDATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST.md")); err != nil {
		t.Skip("the real data is absent; TIERWATCH_TESTDATA names its directory")
	}
	return dir
}

// books counts what became of the rows of a file.
type books struct {
	read, accepted int
	filtered       map[string]int
	rejected       map[event.Cause]int
}

func mapFile(t *testing.T, p *Program, b *event.Builder, path string, see func(*pb.LogRecord)) books {
	t.Helper()
	m, err := p.Mapper(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := file.Open(path, p.Format)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := m.Bind(r.Header()); err != nil {
		t.Fatal(err)
	}
	n := books{filtered: map[string]int{}, rejected: map[event.Cause]int{}}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n.read++
		out, err := m.Row(row, func(r *pb.LogRecord) error { see(r); return nil })
		if err != nil {
			t.Fatal(err)
		}
		switch out.Verdict {
		case event.Accepted:
			n.accepted++
		case event.Filtered:
			n.filtered[out.Reason]++
		case event.Rejected:
			n.rejected[out.Reject.Cause]++
			if n.rejected[out.Reject.Cause] == 1 {
				t.Logf("first %v, line %d", out.Reject, row.Position)
			}
		}
	}
}

func loadExample(t *testing.T, mapping, data string) *Program {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, mapping))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(mapping, text, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOnlineRetail(t *testing.T) {
	dir := filepath.Join(testData(t), "online_retail")
	p := loadExample(t, "online-retail/mapping.yaml", dir)
	var spend, lines, refunds int64
	ids := map[string]bool{}
	buyers := map[string]bool{}
	got := mapFile(t, p, builder(t, "Europe/London", "", "GBP"), filepath.Join(dir, "online_retail.csv.xz"), func(r *pb.LogRecord) {
		txn := r.Transaction
		ids[string(append([]byte(nil), txn.TxnId...))] = true
		switch txn.TxnType {
		case pb.TxnType_CARD_SPEND:
			lines++
			spend += txn.AmountMinor
			buyers[string(append([]byte(nil), txn.CustomerId...))] = true
		case pb.TxnType_CARD_REFUND:
			refunds++
		default:
			t.Fatal(txn.TxnType)
		}
	})
	// The figures of data/MANIFEST.md: without blanks, cancellations and
	// non-positive lines 397,884 rows, 4,338 customers, GBP 8,911,407.90.
	if lines != 397_884 || len(buyers) != 4_338 || spend != 891_140_790 {
		t.Errorf("purchases: %d lines, %d customers, %d pence", lines, len(buyers), spend)
	}
	if got.read != 541_909 || got.rejected[event.NoCustomer] != 135_080 || len(got.rejected) != 1 {
		t.Errorf("books: %+v", got)
	}
	if refunds != 8_905 || got.filtered["zero_price"] != 40 || got.accepted != 406_789 || len(ids) != got.accepted {
		t.Errorf("refunds %d, ids %d, books %+v", refunds, len(ids), got)
	}
	if got.read != got.accepted+got.filtered["zero_price"]+got.rejected[event.NoCustomer] {
		t.Errorf("read is not accepted + filtered + rejected: %+v", got)
	}
}

func TestBerka(t *testing.T) {
	dir := filepath.Join(testData(t), "berka")
	b := builder(t, "Europe/Prague", "", "CZK")
	types := map[pb.TxnType]int{}
	accounts := map[string]bool{}
	var first, last int32
	got := mapFile(t, loadExample(t, "berka/mapping.yaml", dir), b, filepath.Join(dir, "trans_first_49102_rows.asc.zst"), func(r *pb.LogRecord) {
		txn := r.Transaction
		types[txn.TxnType]++
		accounts[string(append([]byte(nil), txn.AccountId...))] = true
		if first == 0 {
			first = txn.BusinessDay
		}
		last = txn.BusinessDay
		if txn.BalanceTrust != pb.BalanceTrust_BALANCE_TRUST_DAY || txn.BalanceTolerance != 20 || !txn.BalanceKnown || !txn.Unique {
			t.Fatalf("balance settings: %v", txn)
		}
	})
	if got.read != 49_102 || got.accepted != 49_102 || len(accounts) != 1_229 {
		t.Errorf("books %+v, %d accounts", got, len(accounts))
	}
	from, _ := event.Day(1993, 1, 1)
	to, _ := event.Day(1994, 3, 31)
	if first != from || last != to {
		t.Errorf("days %d … %d, want %d … %d", first, last, from, to)
	}
	// Counted by an independent awk over type, operation and k_symbol.
	want := map[pb.TxnType]int{
		pb.TxnType_INTEREST_CREDIT: 9_463, pb.TxnType_INTEREST_DEBIT: 64, pb.TxnType_FEE: 5_445, pb.TxnType_DEPOSIT_CASH: 9_759,
		pb.TxnType_DEPOSIT_TRANSFER_IN: 2_002 + 1_770, pb.TxnType_WITHDRAWAL_CASH: 651 + 12 + 41 + 13_436 + 116,
		pb.TxnType_STANDING_ORDER: 644 + 3_603 + 123, pb.TxnType_TRANSFER_OUT: 1_636 + 337,
	}
	for k, n := range want {
		if types[k] != n {
			t.Errorf("%v: %d, want %d", k, types[k], n)
		}
	}
	if len(types) != len(want) {
		t.Errorf("types %v", types)
	}
}

func TestBerkaSideFiles(t *testing.T) {
	dir := filepath.Join(testData(t), "berka")
	b := builder(t, "Europe/Prague", "", "CZK")
	for _, c := range []struct {
		mapping, file string
		rows          int
	}{
		{"berka/mapping-account.yaml", "account.asc", 4_500},
		{"berka/mapping-loan.yaml", "loan.asc", 682},
		{"berka/mapping-card.yaml", "card.asc", 892},
	} {
		var limits int64
		got := mapFile(t, loadExample(t, c.mapping, dir), b, filepath.Join(dir, c.file), func(r *pb.LogRecord) {
			limits += r.Lifecycle.LimitMinor
			if r.Lifecycle.OpenedDay == 0 {
				t.Fatal("no opening day")
			}
		})
		if got.read != c.rows || got.accepted != c.rows {
			t.Errorf("%s: %+v, want %d accepted", c.file, got, c.rows)
		}
		if c.file == "loan.asc" && limits != 10_326_174_000 {
			t.Errorf("loans granted: %d haler", limits)
		}
	}
}

// The bookings of Berka, merged with the account, loan and card files: every row
// once, by day and time, and the books of each file balance.
func TestBerkaMerged(t *testing.T) {
	dir := filepath.Join(testData(t), "berka")
	b := builder(t, "Europe/Prague", "", "CZK")
	var in []file.Input
	for _, c := range [][2]string{
		{"berka/mapping-account.yaml", "account.asc"},
		{"berka/mapping-loan.yaml", "loan.asc"},
		{"berka/mapping-card.yaml", "card.asc"},
		{"berka/mapping.yaml", "trans_first_49102_rows.asc.zst"},
	} {
		p := loadExample(t, c[0], dir)
		m, err := p.Mapper(b)
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, file.Input{Path: filepath.Join(dir, c[1]), Format: p.Format, Mapper: m})
	}
	merged, err := file.NewMerger(t.Context(), in, file.MergeOptions{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := merged.Close(); err != nil {
			t.Error(err)
		}
	}()
	var day int32
	var at int64
	entries := 0
	for {
		e, err := merged.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Day < day || e.Day == day && e.Time < at {
			t.Fatalf("entry of day %d, %d after day %d, %d", e.Day, e.Time, day, at)
		}
		day, at = e.Day, e.Time
		entries++
	}
	if want := 4_500 + 682 + 892 + 49_102; entries != want {
		t.Errorf("%d entries, want %d", entries, want)
	}
	for i, rows := range []int64{4_500, 682, 892, 49_102} {
		if got := merged.Books(i); got.Read != rows || got.Accepted != rows {
			t.Errorf("file %d: %+v", i, got)
		}
	}
}

// A user's data lies elsewhere than the mapping.
func TestLookupBesideTheData(t *testing.T) {
	dir := filepath.Join(testData(t), "berka")
	if _, err := Load(filepath.Join(examples, "berka/mapping.yaml"), dir); err != nil {
		t.Error(err)
	}
}

package script

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestErrors holds the words about every kind of wrong line.
func TestErrors(t *testing.T) {
	text, err := os.ReadFile("testdata/bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("bad.script", text)
	if err == nil {
		t.Fatal("parsed, want errors")
	}
	got := err.Error() + "\n"
	const golden = "testdata/bad.err"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

func TestParse(t *testing.T) {
	s, err := Parse("s.script", []byte(`
base CNY
lag fx=1d nav=2d
unit F001 digits=4
policy p.yaml                         # the rules
2025-01-02 14:05 C1 A1 demand CNY debit 220_000.50 value=2024-12-31 id=x initiator=bank
2025-01-03 C1 A2 FUND F001 credit 12.5 money=13
rate USD 2025-01-02 7.1234
rate JPY 2025-01-02 0.05
close 2025-01-31
expect C1 card=Gold watch misses=1/3
expect no alert C1 WATCH_ENTERED
expect project C1 down_on=never top_up=228571.43
`))
	if err != nil {
		t.Fatal(err)
	}
	const day2 = 20090 // 2025-01-02
	want := []Action{
		UsePolicy{Path: "p.yaml"},
		Record{Log: &pb.LogRecord{Transaction: &pb.Transaction{
			CustomerId: "C1", AccountId: "A1", Source: "script", TxnId: "x", Version: 1, SourceSeq: 6,
			AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_TRANSFER_OUT, Direction: pb.Direction_DEBIT,
			Status: pb.TxnStatus_POSTED, Initiator: pb.Initiator_BANK, Channel: pb.Channel_APP,
			CounterpartyType: pb.CounterpartyType_OTHER_BANK, AmountMinor: 22_000_050, Currency: "CNY",
			EventTime: day2*86400 + 14*3600 + 5*60, BusinessDay: day2, ValueDay: day2 - 2, SchemaVersion: 1,
		}}},
		Record{Log: &pb.LogRecord{Transaction: &pb.Transaction{
			CustomerId: "C1", AccountId: "A2", Source: "script", TxnId: "L7", Version: 1, SourceSeq: 7,
			AccountType: pb.AccountType_FUND, TxnType: pb.TxnType_DEPOSIT_TRANSFER_IN, Direction: pb.Direction_CREDIT,
			Status: pb.TxnStatus_POSTED, Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_APP,
			CounterpartyType: pb.CounterpartyType_OTHER_BANK, AmountMinor: 1300, Currency: "CNY", Unit: "F001", Quantity: 125_000,
			EventTime: (day2+1)*86400 + 12*3600, BusinessDay: day2 + 1, ValueDay: day2 + 1, SchemaVersion: 1,
		}}},
		Rate{Unit: "USD", Day: day2, E12: 7_123_400_000_000},
		Rate{Unit: "JPY", Day: day2, E12: 5_000_000_000_000},
		Close{Day: day2 + 29},
		Expect{What: "tier", Customer: "C1", Args: []Arg{{"card", "gold"}, {"watch", "yes"}, {"misses", "1/3"}}},
		Expect{What: "alert", Not: true, Customer: "C1", Name: "WATCH_ENTERED"},
		Expect{What: "project", Customer: "C1", Args: []Arg{{"down_on", "-"}, {"top_up", "228_571.43"}}},
	}
	var got []Action
	for _, step := range s.Steps {
		got = append(got, step.Do)
	}
	if d := cmp.Diff(want, got, protocmp.Transform()); d != "" {
		t.Error(d)
	}
	if s.FXLag != 1 || s.NAVLag != 2 || s.Base != "CNY" || s.Steps[0].Line != 5 || s.Steps[0].Text != "policy p.yaml" {
		t.Errorf("script %+v", s)
	}
}

func TestDecimal(t *testing.T) {
	for _, tc := range []struct {
		v      int64
		digits int
		want   string
	}{
		{0, 2, "0"},
		{5, 2, "0.05"},
		{100, 2, "1"},
		{22_857_143, 2, "228_571.43"},
		{-100_050, 2, "-1_000.50"},
		{1234, 0, "1_234"},
		{999, 0, "999"},
		{-1 << 63, 0, "-9_223_372_036_854_775_808"},
	} {
		if got := decimal(tc.v, tc.digits); got != tc.want {
			t.Errorf("decimal(%d, %d) = %s, want %s", tc.v, tc.digits, got, tc.want)
		}
	}
}

// FuzzParse demands a script or an error for any text, never a panic.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("s.script", text)
		if (s == nil) == (err == nil) {
			t.Fatalf("script %v, error %v", s, err)
		}
	})
}

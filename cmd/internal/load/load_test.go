package load_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const bookings = `mapping: bookings
format: {type: csv}
source: core
records:
  - record: transaction
    fields:
      customer_id: customer
      account_id: "A-{customer}"
      txn_id: id
      account_type: {const: DEMAND}
      txn_type: {const: UNKNOWN}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
      currency: currency
      amount: {from: amount, sign: credit_positive}
      event_time: {from: date, format: YYYY-MM-DD}
`

const profiles = `mapping: profiles
format: {type: csv, separator: ";"}
records:
  - record: profile
    fields:
      customer_id: kunde
      display_name: name
      event_time: {from: seit, format: DD.MM.YYYY}
`

const header = "id,date,customer,amount,currency\n"

// file makes a CSV of bookings with its mapping.
func file(t *testing.T, dir, name string, rows ...string) load.File {
	t.Helper()
	return load.File{
		Path:    trial.Write(t, dir, name, header+strings.Join(rows, "\n")+"\n"),
		Mapping: trial.Write(t, dir, "bookings.yaml", bookings),
	}
}

// show tells the records of the log, control records without their terms.
func show(list []*pb.LogRecord) (out []string) {
	for _, r := range list {
		switch {
		case r.Transaction != nil:
			out = append(out, fmt.Sprintf("%s %s day %d", r.Transaction.CustomerId, r.Transaction.TxnId, r.Transaction.BusinessDay))
		case r.Profile != nil:
			out = append(out, fmt.Sprintf("%s profile day %d", r.Profile.CustomerId, r.Profile.BusinessDay))
		case r.Close != nil:
			out = append(out, fmt.Sprintf("close %d", r.Close.Day))
		case r.Rates != nil:
			out = append(out, fmt.Sprintf("rates %d", r.Rates.Day))
		case r.Tick != nil:
			out = append(out, "tick")
		case r.Handover != nil:
			out = append(out, "handover")
		case r.Policy != nil:
			out = append(out, "policy")
		case r.Engine != nil:
			out = append(out, "engine")
		case r.Term != nil:
			out = append(out, "term")
		}
	}
	return out
}

func count(list []string, prefix string) (n int) {
	for _, s := range list {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// Every record lies before the CLOSE of its own day, in every partition.
func inOrder(t *testing.T, list []*pb.LogRecord) {
	t.Helper()
	closed := int32(0)
	for _, r := range list {
		switch {
		case r.Engine != nil: // the next partition begins
			closed = 0
		case r.Close != nil:
			if r.Close.Day <= closed {
				t.Errorf("CLOSE(%d) after CLOSE(%d)", r.Close.Day, closed)
			}
			closed = r.Close.Day
		case r.Transaction != nil && r.Transaction.BusinessDay <= closed:
			t.Errorf("%s of day %d comes after CLOSE(%d)", r.Transaction.TxnId, r.Transaction.BusinessDay, closed)
		}
	}
}

func TestSeveralFilesWithSeveralMappings(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	one := file(t, dir, "one.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C1,10.00,CNY")
	two := file(t, dir, "two.csv", "3,2025-06-19,C1,10.00,CNY", "4,2025-06-20,C1,10.00,CNY", "5,2025-06-21,C1,-5.00,CNY")
	who := load.File{
		Path:    trial.Write(t, dir, "who.csv", "kunde;name;seit\nC1;王*芳;20.06.2025\n"),
		Mapping: trial.Write(t, dir, "who.yaml", profiles),
	}
	r := b.MustLoad(load.Options{Files: []load.File{one, who, two}})
	if r.Written != 6 || len(r.Files) != 3 || r.Files[1].Accepted != 1 || r.Files[2].Accepted != 3 {
		t.Errorf("%+v", r)
	}
	log := b.Log()
	inOrder(t, log)
	var got []string
	for _, s := range show(log) {
		if strings.HasPrefix(s, "C1") {
			got = append(got, s)
		}
	}
	want := "C1 3 day 20258|C1 1 day 20259|C1 profile day 20259|C1 4 day 20259|C1 5 day 20260|C1 2 day 20261"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
	v := b.Customer("C1", 0)
	if v.Display != "王*芳" || v.Accounts[0].Value != 35_00 || v.ClosedThrough != "2025-06-22" {
		t.Errorf("%s has %d, closed through %s", v.Display, v.Accounts[0].Value, v.ClosedThrough)
	}
}

func TestAFileTwice(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := []load.File{file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C1,10.00,CNY")}
	b.MustLoad(load.Options{Files: f})
	_, err := b.Load(load.Options{Files: f})
	if !errors.Is(err, load.ErrLoaded) || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "core.csv") {
		t.Errorf("a second time: %v", err)
	}
	copied := file(t, dir, "copy.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C1,10.00,CNY")
	if _, err := b.Load(load.Options{Files: []load.File{copied}}); !errors.Is(err, load.ErrLoaded) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := b.Load(load.Options{Files: append(f, copied), Again: true}); err == nil || !strings.Contains(err.Error(), "the same content") {
		t.Errorf("twice in one load: %v", err)
	}
	if n := count(show(b.Log()), "C1"); n != 2 {
		t.Errorf("%d records are in the log, want 2", n)
	}
	before := b.Customer("C1", 0)

	r := b.MustLoad(load.Options{Files: f, Again: true})
	if r.Written != 2 {
		t.Errorf("--again writes %d records", r.Written)
	}
	b.Fold()
	b.Folded()
	after := b.Customer("C1", 0)
	if after.Accounts[0].Value != 20_00 || after.Entries != before.Entries || after.Metrics[1].Value != before.Metrics[1].Value {
		t.Errorf("what came twice counts twice: %+v, before %+v", after, before)
	}
	if n := len(b.Letters()); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

func TestAFileOutOfOrderIsSorted(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv",
		"1,2025-06-20,C1,10.00,CNY", "2,2025-05-20,C1,10.00,CNY", "3,2025-06-19,C2,10.00,CNY", "4,2025-05-21,C2,10.00,CNY", "5,2025-06-21,C1,10.00,CNY")
	b.MustLoad(load.Options{Files: []load.File{f}})
	if told := strings.Join(b.Told, "\n"); !strings.Contains(told, "core.csv is out of order by 31 business days: sorting it on disk") {
		t.Errorf("told %q", told)
	}
	log := b.Log()
	inOrder(t, log)
	if n := count(show(log), "C"); n != 5 {
		t.Errorf("%d records, want 5", n)
	}
	if v := b.Customer("C1", 20230); v.Accounts[0].Value != 10_00 {
		t.Errorf("on 2025-05-22 C1 had %d", v.Accounts[0].Value)
	}
}

func TestRatesOfALoad(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv",
		"1,2025-06-19,C1,100.00,USD", // no rate yet
		"2,2025-06-20,C1,100.00,USD", "3,2025-06-21,C1,100.00,USD", "4,2025-06-22,C2,100.00,USD", "5,2025-06-22,C2,1.00,EUR")
	path := trial.Write(t, dir, "rates.csv", "day,unit,rate\n2025-06-22,USD,7.2\n2025-06-20,USD,7.0\n2025-06-20,HKD,0.9\n")
	rates, err := load.ReadRates(path, "CNY")
	if err != nil {
		t.Fatal(err)
	}
	r := b.MustLoad(load.Options{Files: []load.File{f}, Rates: rates})
	if books := r.Files[0]; books.Accepted != 3 || books.Rejected["no_rate"] != 2 {
		t.Errorf("books %+v", books)
	}
	want := map[string]int64{"2": 700_00, "3": 700_00, "4": 720_00}
	rated := map[int32]bool{}
	for _, rec := range b.Log() {
		switch {
		case rec.Engine != nil:
			clear(rated)
		case rec.Rates != nil:
			rated[rec.Rates.Day] = true
		case rec.Close != nil && (rec.Close.Day == 20259 || rec.Close.Day == 20261) && !rated[rec.Close.Day]:
			t.Errorf("day %d closes before its rates", rec.Close.Day)
		case rec.Transaction != nil:
			if x := rec.Transaction; x.BaseAmountMinor != want[x.TxnId] {
				t.Errorf("%s: base amount %d, want %d", x.TxnId, x.BaseAmountMinor, want[x.TxnId])
			}
		}
	}
	if v := b.Customer("C1", 0); v.Metrics[1].Value != 1400_00 {
		t.Errorf("inflow %d", v.Metrics[1].Value)
	}
	for _, bad := range []string{"2025-06-31,USD,7", "2025-06-20,USD,x", "2025-06-20,USD,-1", "2025-06-20,USD", "1969-01-01,USD,7"} {
		if _, err := load.ReadRates(trial.Write(t, dir, "bad.csv", bad+"\n"), "CNY"); err == nil || !strings.Contains(err.Error(), "bad.csv") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// Every line that is wrong is told, up to a number that a person reads.
func TestEveryWrongRateIsTold(t *testing.T) {
	text := "day,unit,rate\n2025-06-31,USD,7\n2025-06-20,USD,7.1\n2025-06-20,USD\n2025-06-20,EUR,\"x\"y\n2025-06-20,USD,x\n"
	path := trial.Write(t, t.TempDir(), "rates.csv", text)
	_, err := load.ReadRates(path, "CNY")
	for _, want := range []string{"line 2: day", "line 4: 2 fields: want day,unit,rate", "line 5", "line 6: rate of USD"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	path = trial.Write(t, t.TempDir(), "other.csv", strings.Repeat("a;b;c\n", 100))
	if _, err := load.ReadRates(path, "CNY"); err == nil || strings.Count(err.Error(), "\n") != 20 || !strings.Contains(err.Error(), "and 80 more lines; want day,unit,rate") {
		t.Errorf("a file of something else: %v", err)
	}
}

// Under clock: event no control record follows the opening, and the newest event is
// the customer's clock.
func TestTheClockOfEvents(t *testing.T) {
	b, dir := trial.New(t, func(c *config.Config) { c.Deployment.Clock = "event" }), t.TempDir()
	f := file(t, dir, "core.csv", "1,2025-01-20,C1,60000.00,CNY", "2,2025-06-20,C1,10.00,CNY", "3,2025-06-21,C2,1.00,CNY")
	b.MustLoad(load.Options{Files: []load.File{f}})
	got := show(b.Log())
	for _, none := range []string{"tick", "close", "handover", "rates"} {
		if n := count(got, none); n != 0 {
			t.Errorf("%d records %s", n, none)
		}
	}
	if count(got, "engine") != 2 || count(got, "policy") != 2 || count(got, "C") != 3 {
		t.Errorf("the log has %q", got)
	}
	b.Fold()
	b.Folded()
	v := b.Customer("C1", 0)
	if v.AsOf != "2025-06-20" || v.ClosedThrough != "" || v.Accounts[0].Value != 60_010_00 || v.Schemes[0].Standing != "NEW" || len(v.Schemes[0].Results) != 0 {
		t.Errorf("%+v", v)
	}
}

// Into a live log go the records and nothing else: its conductor writes time.
func TestALoadIntoALiveLog(t *testing.T) {
	b, dir := trial.New(t, func(c *config.Config) { c.Deployment.Clock = "wall" }), t.TempDir()
	b.Publish()
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
	b.Run(role.Conductor, run, err)
	b.Ticked()

	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C1,10.00,CNY")
	r := b.MustLoad(load.Options{Files: []load.File{f}})
	if !r.Live || r.Written != 2 || !strings.Contains(strings.Join(b.Told, "\n"), "the log is live") {
		t.Errorf("%+v, told %q", r, b.Told)
	}
	got := show(b.Log())
	if count(got, "C1") != 2 || count(got, "close") != 0 || count(got, "handover") != 0 || count(got, "term") != 2 || count(got, "engine") != 2 {
		t.Errorf("the log has %q", got)
	}
	if _, err := b.Load(load.Options{Files: []load.File{f}}); !errors.Is(err, load.ErrLoaded) {
		t.Errorf("a second time: %v", err)
	}
	if m := b.Control().Table().Mode(); m != pb.Mode_LIVE {
		t.Errorf("the lease is in mode %v", m)
	}
}

package mapping

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
)

// base maps the columns of a small file; a test adds or replaces lines.
const base = `
mapping: test
format: {type: csv}
source: t
records:
  - record: transaction
    fields:
      customer_id: cust
      account_id: {const: A}
      txn_id: id
      account_type: {const: DEMAND}
      txn_type: {const: UNKNOWN}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
`

// common completes base for tests that are not about these fields.
const common = `
      currency: {const: CNY}
      direction: {const: CREDIT}
      event_time: {from: at, format: YYYY-MM-DD}
      amount: amount
`

func compile(t testing.TB, text string) *Program {
	t.Helper()
	p, err := Compile("test.yaml", []byte(text), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mapCSV maps a CSV text and gives each row as a line: what show says of each
// record, or the cause or reason.
func mapCSV(t testing.TB, p *Program, b *event.Builder, text string, show func(*pb.LogRecord) string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := file.Open(path, p.Format)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	m, err := p.Mapper(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Bind(r.Header()); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for {
		row, err := r.Next()
		if err != nil {
			return lines
		}
		var parts []string
		out, err := m.Row(row, func(r *pb.LogRecord) error { parts = append(parts, strings.Clone(show(r))); return nil })
		if err != nil {
			t.Fatal(err)
		}
		switch out.Verdict {
		case event.Rejected:
			parts = []string{"!" + string(out.Reject.Cause) + " " + out.Reject.Field}
		case event.Filtered:
			parts = []string{"-" + out.Reason}
		case event.Accepted:
		}
		lines = append(lines, strings.Join(parts, " & "))
	}
}

func TestLanguage(t *testing.T) {
	amount := func(r *pb.LogRecord) string {
		x := r.Transaction
		return fmt.Sprintf("%s%d %s", x.Direction.String()[:1], x.AmountMinor, x.Currency)
	}
	when := func(r *pb.LogRecord) string { return fmt.Sprint(r.Transaction.EventTime) }
	kind := func(r *pb.LogRecord) string { return r.Transaction.TxnType.String() }
	fixed := "      currency: {const: CNY}\n      direction: {const: CREDIT}\n      event_time: {from: at, format: YYYY-MM-DD}\n"
	timed := "      currency: {const: CNY}\n      direction: {const: CREDIT}\n      amount: {const: 1}\n"
	for _, c := range []struct {
		name, mapping, in string
		show              func(*pb.LogRecord) string
		want              []string
	}{
		{
			"decimals scaled by the row's currency",
			base + "      currency: ccy\n      direction: {const: DEBIT}\n      event_time: {from: at, format: YYYY-MM-DD}\n      amount: amount\n",
			"cust,id,at,ccy,amount\nC,1,2025-01-02,CNY,12.34\nC,2,2025-01-02,JPY,1200\nC,3,2025-01-02,JPY,12.5\nC,4,2025-01-02,KWD,1.234\nC,5,2025-01-02,XYZ,1\nC,6,2025-01-02,CNY,1.005\n",
			amount,
			[]string{"D1234 CNY", "D1200 JPY", "!too_precise amount", "!no_rate currency", "!unknown_currency currency", "!too_precise amount"},
		},
		{
			"the sign decides the direction",
			base + "      currency: {const: CNY}\n      event_time: {from: at, format: YYYY-MM-DD}\n      amount: {from: amount, sign: credit_positive}\n",
			"cust,id,at,amount\nC,1,2025-01-02,1.00\nC,2,2025-01-02,-1.00\nC,3,2025-01-02,0\n",
			amount,
			[]string{"C100 CNY", "D100 CNY", "C0 CNY"},
		},
		{
			"card statements have it the other way",
			base + "      currency: {const: CNY}\n      event_time: {from: at, format: YYYY-MM-DD}\n      amount: {from: amount, sign: debit_positive}\n",
			"cust,id,at,amount\nC,1,2025-01-02,1.00\nC,2,2025-01-02,-1.00\n",
			amount,
			[]string{"D100 CNY", "C100 CNY"},
		},
		{
			"no sign rule: a negative amount is rejected", base + common,
			"cust,id,at,amount\nC,1,2025-01-02,-1.00\n", amount,
			[]string{"!negative_amount amount"},
		},
		{
			"decimal comma and groups", strings.Replace(base, "csv", "csv, separator: \";\"", 1) + fixed + "      amount: {from: amount, decimal: \",\", thousands: \".\"}\n",
			"cust;id;at;amount\nC;1;2025-01-02;1.234.567,89\nC;2;2025-01-02;1,5\nC;3;2025-01-02;1;5\n", amount,
			[]string{"C123456789 CNY", "C150 CNY", "!row_width "},
		},
		{
			"product with stated rounding", base + fixed + "      amount: {product: [n, price, 2], round: half_up, sign: absolute}\n",
			"cust,id,at,n,price\nC,1,2025-01-02,-3,0.335\nC,2,2025-01-02,1,0.0025\nC,3,2025-01-02,,1\nC,4,2025-01-02,x,1\n", amount,
			[]string{"C201 CNY", "C1 CNY", "!missing_field amount", "!bad_number amount"},
		},
		{
			"YYMMDD with a pivot", base + timed + "      event_time: {from: at, format: YYMMDD, pivot: 50}\n",
			"cust,id,at\nC,1,930101\nC,2,491231\nC,3,930230\nC,4,93011\n", when,
			[]string{"725817600", "2524492800", "!bad_date event_time", "!bad_date event_time"},
		},
		{
			"day first, one digit hours, alternatives", base + timed + "      event_time: {from: at, format: [\"DD/MM/YYYY H:mm\", \"D MON YYYY hh:mm AM\", epoch_ms]}\n",
			"cust,id,at\nC,1,01/12/2010 8:26\nC,2,1 Dec 2010 08:26 PM\nC,3,1291191960000\nC,4,2010-12-01\n", when,
			[]string{"1291163160", "1291206360", "1291191960", "!bad_date event_time"},
		},
		{
			"map, default, unmapped", strings.Replace(base, "{const: UNKNOWN}", "{from: k, map: {S: SALARY_IN, F: FEE}, default: ADJUSTMENT, unmapped: UNKNOWN}", 1) + common,
			"cust,id,at,amount,k\nC,1,2025-01-02,1,S\nC,2,2025-01-02,1,F\nC,3,2025-01-02,1,\nC,4,2025-01-02,1,zzz\n", kind,
			[]string{"SALARY_IN", "FEE", "ADJUSTMENT", "UNKNOWN"},
		},
		{
			"a map rejects what it does not know", strings.Replace(base, "{const: UNKNOWN}", "{from: k, map: {S: SALARY_IN}}", 1) + common,
			"cust,id,at,amount,k\nC,1,2025-01-02,1,zzz\nC,2,2025-01-02,1,\n", kind,
			[]string{"!unmapped_value txn_type", "!missing_field txn_type"},
		},
		{
			"null values", base + common + "      value_date: {from: v, null_values: [\"9999-12-31\", \"-\"]}\n",
			"cust,id,at,amount,v\nC,1,2025-01-02,1,9999-12-31\nC,2,2025-01-02,1,-\nC,3,2025-01-02,1,2025-01-04\n",
			func(r *pb.LogRecord) string { return fmt.Sprint(r.Transaction.ValueDay - r.Transaction.BusinessDay) },
			[]string{"0", "0", "2"},
		},
		{
			"composite ids with the line", strings.Replace(base, "txn_id: id", "txn_id: \"{id}:{$line}\"", 1) + common,
			"cust,id,at,amount\nC,I1,2025-01-02,1\nC,I1,2025-01-02,1\n",
			func(r *pb.LogRecord) string { return r.Transaction.TxnId },
			[]string{"I1:2", "I1:3"},
		},
		{
			"rules in their order", base + common + `
rules:
  - {drop_when: {amount: 0}, reason: zero}
  - {keep_when: [{k: [a, b]}, {k: {prefix: keep}}], reason: other_kind}
  - {reject_when: {cust: {blank: true}}, cause: nobody, field: customer_id}
`,
			"cust,id,at,amount,k\nC,1,2025-01-02,0,a\nC,2,2025-01-02,1,b\nC,3,2025-01-02,1,keeper\nC,4,2025-01-02,1,c\n,5,2025-01-02,1,a\n,6,2025-01-02,0,a\n", amount,
			[]string{"-zero", "C100 CNY", "C100 CNY", "-other_kind", "!nobody customer_id", "-zero"},
		},
		{
			"a comparison does not hide bad data", base + common + "rules:\n  - {drop_when: {amount: {below: 5}}, reason: small}\n",
			"cust,id,at,amount\nC,1,2025-01-02,4.99\nC,2,2025-01-02,5\nC,3,2025-01-02,five\n", amount,
			[]string{"-small", "C500 CNY", "!bad_number amount"},
		},
		{
			"row width", base + common, "cust,id,at,amount\nC,1\nC,2,2025-01-02,1,9\n", amount, []string{"!row_width ", "!row_width "},
		},
		{
			"invalid UTF-8 in an id", base + common, "cust,id,at,amount\n\xff,1,2025-01-02,1\n", amount, []string{"!invalid_utf8 customer_id"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mapCSV(t, compile(t, c.mapping), builder(t, "Asia/Shanghai", "", "CNY"), c.in, c.show)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
		})
	}
}

// Two records from one row: both or none.
func TestSeveralRecords(t *testing.T) {
	p := compile(t, `
mapping: transfers
format: {type: csv}
source: core
records:
  - record: transaction
    fields: &leg
      customer_id: payer
      account_id: from
      txn_id: "{id}:out"
      account_type: {const: DEMAND}
      txn_type: {const: TRANSFER_OUT}
      direction: {const: DEBIT}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
      currency: {const: CNY}
      amount: amount
      event_time: {from: at, format: YYYY-MM-DD}
  - record: transaction
    when: {payee: {blank: false}}
    fields:
      <<: *leg
      customer_id: payee
      account_id: to
      txn_id: "{id}:in"
      txn_type: {const: TRANSFER_IN}
      direction: {const: CREDIT}
      initiator: {const: SYSTEM}
`)
	got := mapCSV(t, p, builder(t, "Asia/Shanghai", "", "CNY"),
		"id,payer,from,payee,to,amount,at\n1,P,A,Q,B,5,2025-01-02\n2,P,A,,,5,2025-01-02\n3,P,A,Q,,5,2025-01-02\n",
		func(r *pb.LogRecord) string { return r.Transaction.CustomerId + ":" + r.Transaction.TxnId })
	want := "[P:1:out & Q:1:in P:2:out !missing_field account_id]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestLookup(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "disp.csv"), []byte("account;client;type\n1;C1;OWNER\n1;C9;DISPONENT\n2;C2;OWNER\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(base, "customer_id: cust", "customer_id: {lookup: owner, key: acc}", 1) + common + `
lookups:
  owner:
    file: disp.csv
    format: {type: csv, separator: ";"}
    key: account
    where: {type: OWNER}
    values: [client]
`
	p, err := Compile("test.yaml", []byte(text), dir)
	if err != nil {
		t.Fatal(err)
	}
	show := func(r *pb.LogRecord) string { return r.Transaction.CustomerId }
	const in = "acc,id,at,amount\n1,1,2025-01-02,1\n2,2,2025-01-02,1\n3,3,2025-01-02,1\n,4,2025-01-02,1\n"
	got := mapCSV(t, p, builder(t, "Asia/Shanghai", "", "CNY"), in, show)
	if fmt.Sprint(got) != "[C1 C2 !lookup_missing customer_id !no_customer customer_id]" {
		t.Errorf("%q", got)
	}
	// Without the filter an account has two clients.
	_, err = Compile("test.yaml", []byte(strings.Replace(text, "    where: {type: OWNER}\n", "", 1)), dir)
	if err == nil || !strings.Contains(err.Error(), "two rows that differ") {
		t.Errorf("contradiction: %v", err)
	}
	p, err = Compile("test.yaml", []byte(strings.Replace(text, "where: {type: OWNER}", "duplicates: last", 1)), dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := mapCSV(t, p, builder(t, "Asia/Shanghai", "", "CNY"), in, show); got[0] != "C9" {
		t.Errorf("%q", got)
	}
}

func TestNestedJSON(t *testing.T) {
	p := compile(t, strings.NewReplacer("csv", "jsonl", ": cust\n", ": payload.after.customer.id\n").Replace(base)+common)
	m, err := p.Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	out, got := mapDoc(t, m, `{"payload":{"before":{"customer":{"id":"X"}},"after":{"customer":{"id":"C"}}},"id":"1","at":"2025-01-02","amount":12.34}`)
	if out.Verdict != event.Accepted || got[0].Transaction.CustomerId != "C" || got[0].Transaction.AmountMinor != 1234 {
		t.Errorf("%+v %v", out.Reject, got)
	}
}

func showTxn(r *pb.LogRecord) string {
	x := r.Transaction
	return fmt.Sprintf("%s %s:%s:%d %s %d %s, balance %d", x.CustomerId, x.Source, x.TxnId, x.Version, x.Direction, x.AmountMinor, x.Currency, x.BalanceAfter)
}

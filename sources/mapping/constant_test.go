package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/sources/event"
)

// with is base and common with other lines for some of their fields, and more.
func with(lines ...string) string {
	text := base + strings.TrimPrefix(common, "\n")
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		kept := slices.DeleteFunc(strings.SplitAfter(text, "\n"), func(l string) bool {
			return strings.HasPrefix(l, "      "+name+":")
		})
		text = strings.Join(kept, "") + "      " + line + "\n"
	}
	return text
}

// A constant for which every row would be rejected is a problem of the mapping.
func TestConstantsAreChecked(t *testing.T) {
	const long = 65
	for _, c := range []struct{ line, want string }{
		{"currency: {const: XXQ}", `currency.const: "XXQ": is no ISO 4217 code, such as CNY`},
		{"currency: {const: RMB}", "did you mean CNY?"},
		{"currency: {const: usd}", "did you mean USD?"},
		{"currency: {from: c, default: EUX}", `currency.default: "EUX": is no ISO 4217 code`},
		{"currency: {from: c, map: {1: CNY, 2: UDS}}", `currency.map.2: "UDS": is no ISO 4217 code, such as CNY; did you mean USD or UZS?`},
		{"currency: {from: c, map: {1: CNY}, unmapped: R}", `currency.unmapped: "R": is no ISO 4217 code`},
		{"currency: {cases: [{when: {c: 1}, then: CN}], else: EUR}", `currency.cases[0].then: "CN": is no ISO 4217 code`},
		{"currency: {cases: [{when: {c: 1}, then: CNY}], else: EURO}", `currency.else: "EURO": is no ISO 4217 code, such as CNY; did you mean EUR?`},
		{"account_type: {const: SAVINGS}", `"SAVINGS": want one of DEMAND, TIME, NOTICE, CARD_CREDIT, LOAN, WEALTH, FUND, BOND, GOLD, INSURANCE, CUSTODY; did you mean DEMAND?`},
		{"txn_type: {const: transfer}", "did you mean TRANSFER_OUT or TRANSFER_IN or TRANSFER_INTERNAL?"},
		{"status: {const: posted}", "did you mean POSTED?"},
		{"initiator: {const: CUSTOMR}", "did you mean CUSTOMER?"},
		{"direction: {from: dc, map: {D: DEBIT, C: CREDT}}", `direction.map.C: "CREDT": want one of CREDIT, DEBIT; did you mean CREDIT?`},
		{"channel: {from: c, default: MOBILE}", "did you mean APP?"},
		{"unit: {const: XXQ}", `unit.const: "XXQ": is no ISO 4217 code`},
		{"event_time: {from: t, default: 2025-02-30T00:00:00Z}", "does not fit the format; want it as 2025-06-21T14:05:00+08:00"},
		{"event_time: {const: 2150-01-01T00:00:00Z}", "1970-01-02 … 2149-06-06"},
		{"value_date: {const: 2025-13-01}", "want it as 2025-06-21"},
		{"value_date: {const: 1960-01-01}", "1970-01-02 … 2149-06-06"},
		{"booking_date: {from: d, format: DD/MM/YYYY, default: 2025-01-31}", "does not fit the format"},
		{"amount: {const: -5}", "is negative"},
		{"amount: {const: 1.005}", "has more decimals than its unit"},
		{"amount: {const: 1e17}", "is too large"},
		{"amount_minor: {const: 10000000000000001}", "beyond 10^16 smallest units"},
		{"amount_minor: {const: 1.5}", "want a whole number, or the field amount, which takes decimals"},
		{"base_amount: {from: b, default: 1.00001}", "has more decimals"},
		{"fx_rate: {const: -7.1}", "is no rate: want a positive decimal"},
		{"mcc: {const: 12}", "want four digits"},
		{"five_class: {const: GOOD}", "want NORMAL, SPECIAL_MENTION"},
		{"version: {const: 0.5}", "want a whole number"},
		{"schema_version: {const: 2}", "only version 1 is known"},
		{"dpd: {const: 40000}", "outside 0 … 36500"},
		{"region: {const: \"a\\u0007b\"}", "control character"},
		{"event_id: {const: abc}", "want source:txn_id:version"},
		{"reversal_of: {const: abc}", "is not source:txn_id"},
		{"source_system: {const: \"a:b\"}", "holds a colon"},
		{"source_system: {const: " + strings.Repeat("x", long) + "}", "65 bytes; at most 64"},
		{"internal_transfer: {const: maybe}", "want true or false"},
	} {
		text := with(c.line)
		if strings.HasPrefix(c.line, "amount_minor") {
			text = strings.Replace(text, "      amount: amount\n", "", 1)
		}
		if strings.HasPrefix(c.line, "source_system") || strings.HasPrefix(c.line, "event_id") {
			text = strings.Replace(text, "source: t\n", "", 1)
		}
		_, err := Compile("test.yaml", []byte(text))
		var got Problems
		if !errors.As(err, &got) || len(got) != 1 || !strings.Contains(got[0].String(), c.want) {
			t.Errorf("%s:\n%v\nwant only %s", c.line, err, c.want)
			continue
		}
		line := strings.Count(text[:strings.Index(text, c.line)], "\n") + 1
		if got[0].Line != line || got[0].Col < 8 || got[0].Value == "" {
			t.Errorf("%s: %s, want line %d, a column within it and the value", c.line, got[0], line)
		}
	}
}

// Constants that may be right are not refused, whatever the others are.
func TestConstantsThatMayBeRight(t *testing.T) {
	for _, lines := range [][]string{
		{"currency: {const: JPY}", "amount: {const: 5}"},
		{"currency: {const: KWD}", "amount: {const: 1.005}"},
		{"currency: c", "amount: {const: 1.005}"},
		{"currency: c", "amount: {const: 99999999999999}"}, // JPY
		{"amount: {const: 1.005, round: half_up}"},
		{"amount: {const: 0}"},
		{"unit: {const: FUND-7}", "units: {const: 1.0005}"},
		{"unit: u", "units: {const: 1.0005}"},
		{"base_amount: {from: b, default: 0.01}"},
		{"txn_type: {const: REVERSAL}", "reversal_of: of"},
		{"txn_type: k", "reversal_of: {const: t:1}", "reversal_kind: {const: PARTIAL}"},
		{"value_date: {const: 2024-02-29}", "booking_date: {const: 2025-01-01}"},
		{"event_time: {const: 2025-06-21T14:05:00+08:00}"},
		{"five_class: {from: f, map: {N: 正常, L: 5}}"},
		{"fx_rate: {from: r, default: 7.25}"},
		{"statement_balance: {const: -1}"},
	} {
		if _, err := Compile("test.yaml", []byte(with(lines...))); err != nil {
			t.Errorf("%q: %v", lines, err)
		}
	}
	for kind, fields := range map[string]string{
		"lifecycle": "account_type: {const: FUND}, unit: {const: F1}, limit: {const: 0.0001}, opened_date: {const: 2020-01-01}",
		"balance":   "account_type: {const: LOAN}, unit: {const: CNY}, date: {const: 2025-01-31}, balance: {const: -1.25}",
		"rm":        "branch_path: {const: HQ/NJ}, rm_id: {const: R1}",
		"credit":    "account_type: {const: LOAN}, dpd: {const: 3}, limit: {const: 0.1}",
		"seed":      "scheme: {const: card}, tier: {const: gold}, since_date: {const: 2025-01-01}",
		"override":  "scheme: {const: card}, tier: {const: gold}, until_date: {const: 2025-01-01}",
		"complaint": "complaint_id: {const: x}, open: {const: yes}",
		"rm_action": "alert_id: {const: x}, action: {const: CALL}, rm_id: {const: R1}",
		"profile":   "phone_tail: {const: 1234}, language: {const: zh}",
	} {
		account := ""
		if strings.Contains(fields, "account_type") {
			account = "account_id: a, "
		}
		text := fmt.Sprintf("mapping: x\nformat: {type: csv}\nrecords:\n  - {record: %s, fields: {customer_id: c, event_time: t, %s%s}}\n", kind, account, fields)
		if _, err := Compile("test.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// A tolerance finer than the currency is told at the setting that says it.
func TestSettingsOfARecordAreChecked(t *testing.T) {
	text := strings.Replace(with("balance_after: b"), "    fields:", "    balance_after: day\n    tolerance: 0.205\n    fields:", 1)
	_, err := Compile("test.yaml", []byte(text))
	if want := `records[0].tolerance: "0.205": has more decimals than its unit`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// The mapping writes its numbers plainly, whatever the source does, and a constant
// goes by the rules of its field as a value does.
func TestConstantsOfNumbers(t *testing.T) {
	numbers := func(text string) string {
		return strings.Replace(text, "source: t", "source: t\nnumbers: {decimal: \",\", thousands: \".\"}", 1)
	}
	const in = "cust,id,at,amount,dc\nC,1,2025-01-01,,D\n"
	for _, c := range []struct{ text, want string }{
		{numbers(with("amount: {from: amount, default: 12.50}")), "C t:1:1 CREDIT 1250 CNY"},
		{numbers(with("amount: {const: 1234.5}")), "C t:1:1 CREDIT 123450 CNY"},
		{strings.Replace(with("amount: {const: -3, sign: credit_positive}"), "      direction: {const: CREDIT}\n", "", 1), "C t:1:1 DEBIT 300 CNY"},
		{strings.NewReplacer("      direction: {const: CREDIT}\n", "", "      amount: amount\n", "").Replace(with("amount_minor: {const: -3, sign: credit_positive}")), "C t:1:1 DEBIT 3 CNY"},
	} {
		got := mapCSV(t, compile(t, c.text), builder(t, "Asia/Shanghai", "", "CNY"), in, showTxn)
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%s\n%q, want %s", c.text, got, c.want)
		}
	}
}

// What one mistake hangs on does not hide another: all are told at once.
func TestEveryProblemAtOnce(t *testing.T) {
	const text = `mapping: all
format: {type: csv, enconding: gbk}
source: t
lookups:
  owner: {file: none.csv, format: {type: csv, seperator: ";"}, key: a, values: [client]}
recrods:
  - record: transactions
    feilds:
      customer_id: {lookup: owner, key: acct, column: cleint}
      account_id: a
      txn_id: id
      acount_type: {cnst: SAVING}
      txn_type: {const: UNKNOWN}
      status: {const: POSTED}
      curency: {const: XXQ}
      amount: {from: amount, sign: credit}
      balance_after: b
      event_time: {from: t, format: dd.MM.yyyy}
`
	_, err := Compile("all.yaml", []byte(text), t.TempDir())
	want := []string{
		"2:21: format.enconding: \"enconding\": no such setting here; did you mean encoding?",
		"2:32: format.encoding: \"gbk\": want one of utf-8, gb18030, windows-1250, windows-1252; did you mean gb18030?",
		"5:17: lookups.owner.file: \"none.csv\": ",
		"5:47: lookups.owner.format.seperator: \"seperator\": no such setting here; did you mean separator?",
		"6:1: recrods: \"recrods\": no such setting here; did you mean records?",
		"7:13: records[0].record: \"transactions\": want one of ",
		"7:13: records[0].fields: a transaction also needs: initiator",
		"7:13: records[0].balance_after: is missing beside record: say how far the balance can be trusted: balance_after: ordered, day or none",
		"8:5: records[0].feilds: \"feilds\": no such setting here; did you mean fields?",
		"9:55: records[0].fields.customer_id.column: \"cleint\": the lookup's values are only client; did you mean client?",
		"12:7: records[0].fields.acount_type: \"acount_type\": a transaction has no such field; did you mean account_type?",
		"12:21: records[0].fields.acount_type.cnst: \"cnst\": no such setting here; did you mean const?",
		"12:27: records[0].fields.acount_type.const: \"SAVING\": want one of ",
		"15:7: records[0].fields.curency: \"curency\": a transaction has no such field; did you mean currency?",
		"15:24: records[0].fields.curency.const: \"XXQ\": is no ISO 4217 code",
		"16:36: records[0].fields.amount.sign: \"credit\": want one of ",
		"18:37: records[0].fields.event_time.format: \"dd.MM.yyyy\": has \"dd\"",
	}
	var got Problems
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i].String(), "all.yaml:"+want[i]) {
			t.Fatalf("problem %d is another than wanted:\n%v", i, err)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	fields := []string{"customer_id", "account_id", "txn_id", "mcc", "dpd", "unit", "units"}
	for word, want := range map[string]string{
		"custmer_id": "customer_id", "customer-id": "customer_id", "CustomerID": "customer_id", "acount_id": "account_id",
		"tnx_id": "txn_id", "customer": "customer_id", "uint": "unit", "mmc": "mcc", "x": "", "": "", "amount": "", strings.Repeat("a", 1000): "",
	} {
		if got := guess(word, fields); got != want {
			t.Errorf("%.20q: %q, want %q", word, got, want)
		}
	}
	if got := guess("RMB", event.Currencies()); got != "CNY" {
		t.Errorf("RMB: %q", got)
	}
}

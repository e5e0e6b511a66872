package mapping

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every mistake is told at its line and column, all of them at once.
func TestProblems(t *testing.T) {
	const text = `mapping: bad name
format: {type: csv, separater: ";", encoding: latin1}
source: "a:b"
rules:
  - {drop_when: {x: {bellow: 0}}, reason: r}
  - {drop_when: {x: 1}}
records:
  - record: transaction
    balance_after: ordered
    fields:
      custmer_id: c
      account_id: {const: A}
      txn_id: "{id"
      account_type: {const: PIGGY}
      txn_type: {from: k, map: {S: SALARY, F: FEE}}
      status: {const: POSTED, from: s}
      initiator: {lookup: nobody, key: x}
      currency: {const: CNY}
      amount: {from: a, sign: credit_positive, round: up}
      direction: {const: CREDIT}
      event_time: {from: at, format: "YY-MM-DD"}
  - record: transfer
`
	_, err := Compile("bad.yaml", []byte(text), t.TempDir())
	var got Problems
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"bad.yaml:1:10: mapping: \"bad name\"",
		"bad.yaml:2:21: format.separater: \"separater\": no such setting here; did you mean separator?",
		"bad.yaml:2:47: format.encoding: \"latin1\": want one of utf-8, gb18030, windows-1250, windows-1252; did you mean windows-1252?",
		"bad.yaml:3:9: source: \"a:b\"",
		"bad.yaml:5:22: rules[0].drop_when.x.bellow: \"bellow\": no such setting here; did you mean below?",
		"bad.yaml:6:5: rules[1]: want exactly one of drop_when with reason",
		"bad.yaml:11:7: records[0].fields.custmer_id: \"custmer_id\": a transaction has no such field; did you mean customer_id?",
		"bad.yaml:13:15: records[0].fields.txn_id: \"{id\": an opening brace",
		"bad.yaml:14:29: records[0].fields.account_type.const: \"PIGGY\": want one of DEMAND",
		"bad.yaml:15:36: records[0].fields.txn_type.map.S: \"SALARY\": is none of its 52 words; did you mean SALARY_IN?",
		"bad.yaml:16:15: records[0].fields.status: want exactly one of",
		"bad.yaml:19:55: records[0].fields.amount.round: \"up\": want one of exact",
		"bad.yaml:20:18: records[0].fields.direction: the sign of the amount decides",
		"bad.yaml:21:38: records[0].fields.event_time.format: \"YY-MM-DD\": has a year of two digits",
		"bad.yaml:17:27: records[0].fields.initiator.lookup: \"nobody\": no such lookup: define it under lookups at the top",
		"bad.yaml:9:20: records[0].balance_after: \"ordered\": no balance_after is mapped",
		"bad.yaml:22:13: records[1].record: \"transfer\": want one of transaction",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q", want)
		}
	}
	for i := 1; i < len(got); i++ {
		if got[i].Line < got[i-1].Line {
			t.Errorf("not in the order of the file: %v after %v", got[i], got[i-1])
		}
	}
	if t.Failed() {
		t.Logf("all:\n%v", err)
	}
}

func TestMoreProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"not YAML", "a: [", "not valid YAML"},
		{"not a mapping", "- a", "test.yaml:1:1"},
		{"tab", "mapping: x\n\tformat: y", `test.yaml:2:1: mapping: "format: y": not valid YAML: found a tab character that violates indentation; indent with spaces, not with tabs`},
		{"twice the same key", "mapping: x\nmapping: y\n", "test.yaml:2:1: mapping: \"mapping\": is already defined in line 1"},
		{"nothing", "mapping: x\n", "test.yaml:1:1: mapping: needs format, records"},
		{"twice the same field", base + common + "      amount_minor: b\n", "amount_minor is mapped twice"},
		{"no balance trust", base + common + "      balance_after: b\n", "say how far the balance can be trusted"},
		{"unknown extra", strings.Replace(base, "txn_id: id", "txn_id: $offset", 1) + common, "$line, $number"},
		{"no header, no columns", strings.Replace(base, "type: csv", "type: csv, header: false", 1) + common, "a file without header needs columns beside it"},
		{"column not named", strings.Replace(base, "type: csv", "type: csv, header: false, columns: [cust, id, at]", 1) + common, `no column "amount"`},
		{"format of an amount", base + strings.Replace(common, "amount: amount", "amount: {from: amount, format: x}", 1), "only dates and times"},
		{"sign of a balance", base + common + "      balance_after: {from: b, sign: absolute}\n    balance_after: day\n", "only the amount"},
		{"bad number", base + strings.Replace(common, "amount: amount", "amount: {const: abc}", 1), "want a number"},
		{"lookup without file", base + common + "lookups:\n  l: {format: {type: csv}, key: a, values: [b]}\n", "needs file"},
		{"lookup file absent", base + common + "lookups:\n  l: {file: none.csv, format: {type: csv}, key: a, values: [b]}\n", "none.csv"},
		{"path with empty keys", strings.Replace(base, "csv", "json", 1) + strings.Replace(common, "amount: amount", "amount: a..b", 1), "a.b.c"},
		{"zone", strings.Replace(base, "source: t", "source: t\nzone: Asia/Shangai", 1) + common, `test.yaml:5:7: zone: "Asia/Shangai": want a zone of the IANA database`},
		{"text that needs quotes", base + "      x: %d\n", "a text that begins with % needs quotes"},
		{"separator in words", strings.Replace(base, "csv}", "csv, separator: semicolon}", 1) + common, `did you mean ";"?`},
		{"list for a mapping", base + strings.Replace(common, "{const: CREDIT}", "{from: x, map: [D, C]}", 1), "records[0].fields.direction.map: want settings (key: value), not a list"},
		{"layout of Java", base + strings.Replace(common, "YYYY-MM-DD", "dd.MM.yyyy", 1), `"dd.MM.yyyy": has "dd", which is no part of a date or time; did you mean DD.MM.YYYY?`},
		{"layout of C", base + strings.Replace(common, "YYYY-MM-DD", `"%Y%m%d %H:%M"`, 1), "did you mean YYYYMMDD HH:mm?"},
		{"layout of Oracle", base + strings.Replace(common, "YYYY-MM-DD", `"YYYY-MM-DD HH24:MI:SS"`, 1), "did you mean YYYY-MM-DD HH:mm:ss?"},
		{"seconds in capitals", base + strings.Replace(common, "YYYY-MM-DD", `"YYYY-MM-DD HH:mm:SS"`, 1), `has "SS", which is no part of a date or time; did you mean YYYY-MM-DD HH:mm:ss?`},
		{"a brace not closed", strings.Replace(base, "txn_id: id", `txn_id: "{a:{b}"`, 1) + common, `"{a:{b}": an opening brace without a closing one`},
		{"one factor", base + strings.Replace(common, "amount: amount", "amount: {product: [a]}", 1), "has too few entries: 1; want 2 or more"},
		{"rounding", base + strings.Replace(common, "amount: amount", "amount: {from: a, round: up}", 1), "did you mean half_up?"},
		{"sign", base + strings.Replace(common, "amount: amount", "amount: {from: a, sign: abs}", 1), "did you mean absolute?"},
		{"layout without a day", base + strings.Replace(common, "YYYY-MM-DD", "YYYY-MM", 1), "needs a year"},
	} {
		_, err := Compile("test.yaml", []byte(c.text), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %q", c.name, err, c.want)
		}
	}
}

// A column that the file does not have is told with its place in the mapping.
func TestMissingColumn(t *testing.T) {
	m, err := compile(t, base+common).Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	err = m.Bind([]string{"custt", "at", "betrag"})
	for _, want := range []string{
		`test.yaml:10:15: records[0].fields.txn_id: "id": no column "id" in the file; its columns are ["custt" "at" "betrag"]`,
		`records[0].fields.amount: "amount": no column "amount"`,
		`records[0].fields.customer_id: "cust": no column "cust" in the file; its columns are ["custt" "at" "betrag"]; did you mean custt?`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// A lookup that keeps no row, or whose file is of another format, is told at once.
func TestLookupProblems(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"disp.csv": "id;who;kind\n1;C1;OWNER\n2;C2;USER\n", "empty.csv": "id;who;kind\n", "quoted.csv": "\"id\";\"who\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	compile := func(file, format, where string) error {
		text := base + common + "lookups:\n  owner: {file: " + file + ", format: {type: csv, " + format + "}, key: id, values: [who], where: {kind: " + where + "}}\n"
		_, err := Compile("test.yaml", []byte(text), dir)
		return err
	}
	semicolon := `separator: ";"`
	for _, good := range []error{compile("disp.csv", semicolon, "OWNER"), compile("empty.csv", semicolon, "OWNER")} {
		if good != nil {
			t.Error(good)
		}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{compile("disp.csv", semicolon, "OWNR"), "lookups.owner.where: leaves out all 2 rows of the file"},
		{compile("disp.csv", "header: true", "OWNER"), `lookups.owner.format.separator: the file's header is one column, "id;who;kind": write separator: ";"`},
		{compile("quoted.csv", "header: true", "OWNER"), "look whether the lookup's format names its separator"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v\nwant %s", c.err, c.want)
		}
	}
}

// A word of the vocabulary where a column should stand is a constant without const.
func TestAConstantWithoutConst(t *testing.T) {
	text := strings.NewReplacer("{const: DEMAND}", "DEMAND", "{const: CNY}", "CNY").Replace(base + common)
	m, err := compile(t, text).Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	err = m.Bind([]string{"cust", "id", "at", "amount"})
	for _, want := range []string{"a constant is written {const: DEMAND}", "a constant is written {const: CNY}"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// A header that another separator would cut is one problem, not one a column.
func TestAWrongSeparatorIsOneProblem(t *testing.T) {
	for _, c := range []struct {
		mapping, header, want string
	}{
		{base, "cust;id;at;amount", `test.yaml:3:9: format.separator: the file's header is one column, "cust;id;at;amount": write separator: ";"`},
		{strings.Replace(base, "{type: csv", `{type: csv, separator: ";"`, 1), "\"cust\",\"id\"", `test.yaml:3:32: format.separator: ";": the file's header is one column, "\"cust\",\"id\"": write separator: ","`},
		{base, "cust\tid", `write separator: "tab"`},
	} {
		m, err := compile(t, c.mapping+common).Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Bind([]string{c.header}); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v\nwant %s", c.header, err, c.want)
		}
	}
	m, err := compile(t, base+common).Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Bind([]string{"a;b"}); err == nil || strings.Contains(err.Error(), "separator") {
		t.Errorf("a header of other names: %v", err)
	}
}

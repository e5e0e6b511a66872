package alert

import (
	"encoding/json"
	"flag"
	"math"
	"strings"
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestMain raises the number of random cases; -rapid.checks overrides it.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "1000", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	m.Run()
}

func TestAmountsInWan(t *testing.T) {
	tests := []struct {
		minor    int64
		digits   int
		paid     string
		informed string
	}{
		{16_000_000, 2, "16万", "16万"},
		{44_666_667, 2, "44.67万", "44.67万"},
		{50_000_000, 2, "50万", "50万"},
		{1_010_000, 2, "1.01万", "1.01万"},
		{1_100_000, 2, "1.1万", "1.1万"},
		{1_000_000, 2, "1万", "1万"},
		{1_000_001, 2, "1.01万", "1万"},
		{1_005_000, 2, "1.01万", "1万"},
		{1_015_000, 2, "1.02万", "1.02万"},
		{1_005_001, 2, "1.01万", "1.01万"},
		{1_999_999, 2, "2万", "2万"},
		{999_999, 2, "9999.99", "9999.99"},
		{500_000, 2, "5000", "5000"},
		{1, 2, "0.01", "0.01"},
		{10_001, 0, "1.01万", "1万"},
		{9_999, 0, "9999", "9999"},
		{10_000_001, 3, "1.01万", "1万"},
		{5, 3, "0.005", "0.005"},
		{0, 2, "0", "0"},
		{-44_666_667, 2, "-44.66万", "-44.67万"},
		{math.MaxInt64, 2, "9223372036854.78万", "9223372036854.78万"},
		{math.MinInt64, 2, "-9223372036854.77万", "-9223372036854.78万"},
	}
	for _, x := range tests {
		if got := string(appendWan(nil, x.minor, x.digits, up)); got != x.paid {
			t.Errorf("to pay %d (%d digits): %s, want %s", x.minor, x.digits, got, x.paid)
		}
		if got := string(appendWan(nil, x.minor, x.digits, halfEven)); got != x.informed {
			t.Errorf("to show %d (%d digits): %s, want %s", x.minor, x.digits, got, x.informed)
		}
	}
}

func TestAmountsAndDaysInWords(t *testing.T) {
	join := func(parts ...[]byte) string {
		var s []string
		for _, p := range parts {
			s = append(s, string(p))
		}
		return strings.Join(s, " | ")
	}
	const today = 20270 // 2025-07-01
	tests := []struct{ got, want string }{
		{join(moneyZh(nil, 500_000, "CNY", 2, up), moneyZh(nil, 5_000_000, "CNY", 2, up)), "5000元 | 5万"},
		{join(moneyZh(nil, 5_000_000, "CZK", 2, up)), "CZK 5万"},
		{join(moneyEn(nil, 123_456_789, "CNY", 2, up), moneyEn(nil, -100, "CNY", 2, up)), "CNY 1,234,567.89 | CNY -1"},
		{join(dateZh(nil, today, today, false), dateZh(nil, today, today, true), dateZh(nil, today-1, today, true)), "7月1日 | 1日 | 6月30日"},
		{join(dateZh(nil, today+365, today, true), monthZh(nil, today-365, today)), "2026年7月1日 | 2024年7月"},
		{join(dateEn(nil, today, today, true), dateEn(nil, today+365, today, true)), "1 Jul | 1 Jul 2026"},
	}
	for _, x := range tests {
		if x.got != x.want {
			t.Errorf("%s, want %s", x.got, x.want)
		}
	}
}

func TestShareOfAssets(t *testing.T) {
	for _, x := range []struct{ part, whole, want int64 }{
		{55, 100, 55},
		{1, 3, 33},
		{2_999, 10_000, 29},
		{7, 5, 100},
		{5, 0, 0},
		{-1, 5, 0},
		{math.MaxInt64 / 2, math.MaxInt64, 50},
	} {
		if got := sharePercent(x.part, x.whole); got != x.want {
			t.Errorf("share of %d in %d: %d, want %d", x.part, x.whole, got, x.want)
		}
	}
}

func TestClauses(t *testing.T) {
	v := &view{c: &Case{Misses: 2}, f: &Facts{Allowed: 3, LastChance: true}, ctx: &RenderContext{Customer: &pb.Customer{Id: "C-1"}}}
	tests := []struct{ text, want string }{
		{"a = {customer} {allowed}", "C-1 3"},
		{"a = [{display}|{customer}]!", "C-1!"},
		{"a = x[, {display}]", "x"},
		{"a = x[{?last}, last][{?unreachable}, lost]", "x, last"},
		{"a = [{used} of {allowed}[ by {display}]]", "2 of 3"},
		{"a = x {display}", ""},
		{"a = [{>b}|none]\nb = {tail}", "none"},
		{"a = [{>b}|none]\nb = [{tail}]", "none"},
		{`a = "x "`, "x "},
	}
	for _, x := range tests {
		ps, err := parsePhrases(x.text)
		if err != nil {
			t.Fatalf("%s: %v", x.text, err)
		}
		v.l = &language{phrases: ps}
		if got := string(v.member(nil, "", "a")); got != x.want {
			t.Errorf("%s gives %q, want %q", x.text, got, x.want)
		}
	}
}

func TestBadTexts(t *testing.T) {
	for text, want := range map[string]string{
		"a":              "line 1: no =",
		"# x\na = {who}": `line 2: no fact "who"`,
		"a = {display":   "no }",
		"a = [x":         "no ]",
		"a = x]":         `unexpected "]"`,
		"a = x|y":        `unexpected "|y"`,
		"a = {>b}":       "no text .b",
	} {
		if _, err := parsePhrases(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// Both languages have the same texts, so none is left out in one of them.
func TestLanguagesAreComplete(t *testing.T) {
	for group, members := range zh.phrases {
		for member := range members {
			if p := en.phrases[group][member]; (p == nil) && group != "advice" {
				t.Errorf("en lacks %s.%s", group, member)
			}
		}
	}
	need := map[string][]string{"severity": severityNames[1:], "closed": closedNames[2:], "reason": reasonNames[1:], "open": codeNames[1:], "title": codeNames[1:]}
	for _, a := range []actionCode{callToday, callThisWeek, offerTopUp, offerUpgrade, review, welcome, thank, winBack, fixData, fixComplaint} {
		need["action"] = append(need["action"], string(a))
	}
	for group, members := range need {
		for _, member := range members {
			if zh.phrases[group][member] == nil || en.phrases[group][member] == nil {
				t.Errorf("no text %s.%s", group, member)
			}
		}
	}
}

func TestJSONIsAlwaysValid(t *testing.T) {
	a := &pb.Alert{
		AlertId: "a\"\\\n\x01", Supersedes: "b", Customer: &pb.Customer{Id: "\xff客"}, AsOf: -1, Day: 1,
		Money:   &pb.Money{ThresholdMinor: 5}, // a flow in money: no lever, so not reachable by a sum
		Missing: []*pb.Missing{{Metric: "m"}}, Action: &pb.Action{Code: "REVIEW", Suppressed: []string{"X", "Y"}},
	}
	for offset, asOf := range map[int32]string{0: "1969-12-31T23:59:59Z", 8 * 3600: "1970-01-01T07:59:59+08:00", -(3*3600 + 30*60): "1969-12-31T20:29:59-03:30"} {
		got := AppendJSON([]byte("x"), a, offset)
		var m map[string]any
		if err := json.Unmarshal(got[1:], &m); err != nil || got[0] != 'x' {
			t.Fatalf("%s: %v", got, err)
		}
		if _, err := time.Parse(time.RFC3339, asOf); err != nil || m["as_of"] != asOf {
			t.Errorf("as_of %v, want %s", m["as_of"], asOf)
		}
		if m["alert_id"] != a.AlertId || m["supersedes"] != "b" || m["customer"].(map[string]any)["id"] != "\ufffd客" {
			t.Errorf("strings in %s", got)
		}
		money := m["money"].(map[string]any)
		if money["reachable"] != false || money["top_up_minor"] != nil || len(money) != 2 {
			t.Errorf("money %v", money)
		}
	}
	if got := string(AppendJSON(nil, &pb.Alert{}, 0)); !json.Valid([]byte(got)) {
		t.Errorf("empty alert: %s", got)
	}
}

func TestActions(t *testing.T) {
	money := Money{HasLever: true, Reachable: true, TopUp: 1}
	tests := []struct {
		name string
		c    Case
		f    Facts
		ctx  RenderContext
		want actionCode
		not  string
	}{
		{"critical", Case{Code: GraceLastMonth, Severity: Critical}, Facts{Judged: true, Money: money}, RenderContext{}, callToday, ""},
		{"downgrade in a month", Case{Code: DowngradeProjected, Severity: Warning}, Facts{}, RenderContext{}, callThisWeek, ""},
		{"miss with a lever", Case{Code: MissProjected, Severity: Info}, Facts{Judged: true, Money: money}, RenderContext{}, offerTopUp, ""},
		{"miss without, far", Case{Code: MissProjected, Severity: Info}, Facts{Judged: true}, RenderContext{}, review, ""},
		{"watch without, near", Case{Code: WatchEntered, Severity: Warning}, Facts{Judged: true}, RenderContext{}, callThisWeek, ""},
		{"gaps and a correction", Case{Code: MissProjected}, Facts{Gaps: true, Reasons: []Reason{{Code: Correction}}}, RenderContext{}, fixData, ""},
		{"consent unknown", Case{Code: NearUpgrade}, Facts{}, RenderContext{}, offerUpgrade, ""},
		{"no consent", Case{Code: NearUpgrade}, Facts{}, RenderContext{ConsentKnown: true}, review, "OFFER_UPGRADE"},
		{"complaint", Case{Code: TierUpgraded}, Facts{}, RenderContext{ComplaintsKnown: true, Complaints: 1}, fixComplaint, "WELCOME"},
		{"a call is no offer", Case{Code: LargeOutflow}, Facts{}, RenderContext{ComplaintsKnown: true, Complaints: 1, ConsentKnown: true}, callToday, ""},
	}
	for _, x := range tests {
		got, suppressed := restrain(recommend(&x.c, &x.f), &x.ctx)
		if got != x.want || strings.Join(suppressed, ",") != x.not {
			t.Errorf("%s: %s, suppressed %v, want %s, %q", x.name, got, suppressed, x.want, x.not)
		}
	}
}

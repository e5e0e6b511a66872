package policy_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

const before = `
policy: p
version: 3
classes: {deposits: {types: [DEMAND]}}
metrics: {aum: {kind: adb, over: month}}
schemes:
  card: {by: aum, tiers: [{name: mass}, {name: silver, from: 5}, {name: gold, from: 50_000}]}
  club: {by: aum, tiers: [{name: mass}, {name: member, from: 5}]}
`

func TestPrevious(t *testing.T) {
	prev, err := policy.Compile("before.yaml", []byte(before), policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	next := strings.Replace(before, "version: 3", "version: 4", 1)
	gone := strings.Replace(next, "{name: silver, from: 5}, ", "", 1)
	for name, tc := range map[string]struct{ text, problem, warning string }{
		"the same text":  {text: before},
		"a version on":   {text: next},
		"not risen":      {text: strings.Replace(before, "50_000", "60_000", 1), problem: "version 3 is published, so this one would be ignored"},
		"tier gone":      {text: gone, problem: "tier silver is gone, but not what becomes of its customers"},
		"tier succeeded": {text: strings.Replace(gone, "by: aum, tiers", "by: aum, replaced_by: {silver: mass}, tiers", 1)},
		"scheme gone":    {text: next[:strings.Index(next, "  club")], warning: "scheme club is gone"},
	} {
		_, warnings, err := policy.Check("next.yaml", []byte(tc.text), policy.Options{BaseCurrency: "CNY", Previous: prev})
		switch {
		case tc.problem == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.problem != "" && (err == nil || !strings.Contains(err.Error(), tc.problem)):
			t.Errorf("%s: %v, want %s", name, err, tc.problem)
		case (tc.warning == "") != (len(warnings) == 0) || !strings.Contains(warnings.Error(), tc.warning):
			t.Errorf("%s: warnings %v, want %s", name, warnings, tc.warning)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, code := range []string{"", "cny", "CNYX"} {
		if _, err := policy.Compile("p.yaml", []byte(before), policy.Options{BaseCurrency: code}); err == nil || !strings.Contains(err.Error(), "base currency") {
			t.Errorf("base currency %q: %v", code, err)
		}
	}
	yen, err := policy.Compile("p.yaml", []byte(before), policy.Options{BaseCurrency: "JPY"})
	if err != nil {
		t.Fatal(err)
	}
	if got := yen.Schemes[0].Tiers[2].Cond.Terms[0].From; got != 50_000 {
		t.Errorf("50,000 yen are %d minor units, want 50000", got)
	}
	if _, err := policy.Compile("p.yaml", make([]byte, 1<<20), policy.Options{BaseCurrency: "CNY"}); err == nil || !strings.Contains(err.Error(), "1048576 bytes") {
		t.Errorf("a file of a megabyte: %v", err)
	}
}

func TestDecimal(t *testing.T) {
	for _, tc := range []struct {
		s      string
		digits int
		want   int64
		ok     bool
	}{
		{"50_000", 2, 5_000_000, true},
		{"50000.00", 2, 5_000_000, true},
		{"-0.5", 2, -50, true},
		{"1.500", 2, 150, true},
		{"0", 0, 0, true},
		{"007", 0, 7, true},
		{"999_999_999_999_999_999", 0, 999_999_999_999_999_999, true},
		{"1_000_000_000_000_000_000", 0, 0, false},
		{"1.005", 2, 0, false},
		{"", 2, 0, false},
		{"-", 2, 0, false},
		{"1.", 2, 0, false},
		{".5", 2, 0, false},
		{"5_", 2, 0, false},
		{"_5", 2, 0, false},
		{"5__0", 2, 0, false},
		{"1,000", 2, 0, false},
		{"1e3", 2, 0, false},
		{"+1", 2, 0, false},
		{"--1", 2, 0, false},
		{"１", 2, 0, false},
		{"1", 19, 0, false},
	} {
		got, err := policy.Decimal(tc.s, tc.digits)
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("Decimal(%q, %d) = %d, %v; want %d, ok %v", tc.s, tc.digits, got, err, tc.want, tc.ok)
		}
	}
}

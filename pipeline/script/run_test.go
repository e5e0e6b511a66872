package script

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// small is a policy for tests of the runner itself.
const small = `
policy: small
version: 1
classes: {deposits: {types: [DEMAND]}}
metrics: {aum: {kind: adb, over: month}, days: {kind: active_days, window: 30d}}
schemes: {card: {by: aum, tiers: [{name: mass}, {name: gold, from: 50_000, down_after: 3}]}}
`

func play(t *testing.T, text string) Report {
	t.Helper()
	s, err := Parse("t.script", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Play(s, func(path string) ([]byte, error) {
		if path != "small.yaml" {
			return nil, os.ErrNotExist
		}
		return []byte(small), nil
	})
}

// TestFailures holds the words about expectations that do not hold.
func TestFailures(t *testing.T) {
	r := play(t, `
policy small.yaml
seed C1 card=gold since=2024-01-01
2025-01-01 C1 A1 DEMAND CNY balance 30_000
close 2025-01-31
expect C1 card=mass watch misses=2/3
expect C1 card=gold misses=1
expect C1 score=gold
expect C2 card=gold
expect alert C1 TIER_UPGRADED
expect no alert C1 WATCH_ENTERED
expect alert C1 WATCH_ENTERED severity=critical
expect project C1 top_up=20_000.01
expect metric C1 days=1 sum=2
expect average C1 card=30_000 on=2025-01-30
expect average C1 card=31_000 on=2025-01-31
expect change C1 UPGRADED
expect no change C1
`)
	want := []string{
		`t.script:6: expect C1 card=mass watch misses=2/3: card is gold, want mass; misses is 1/3, want 2/3`,
		`t.script:8: expect C1 score=gold: the line names no scheme of the policy; write one like card=gold`,
		`t.script:9: expect C2 card=gold: customer C2 is not known`,
		`t.script:10: expect alert C1 TIER_UPGRADED: there is none; open are WATCH_ENTERED`,
		`t.script:11: expect no alert C1 WATCH_ENTERED: there is one: WATCH_ENTERED since 2025-02-01`,
		`t.script:12: expect alert C1 WATCH_ENTERED severity=critical: severity is warning, want critical`,
		`t.script:13: expect project C1 top_up=20_000.01: top_up is 20_000, want 20_000.01`,
		`t.script:14: expect metric C1 days=1 sum=2: days is 0, want 1; there is no sum`,
		`t.script:15: expect average C1 card=30_000 on=2025-01-30: there is neither a result nor a snapshot of that day`,
		`t.script:16: expect average C1 card=31_000 on=2025-01-31: card is 30_000, want 31_000`,
		`t.script:17: expect change C1 UPGRADED: there is none; there are SEEDED empty to gold, WATCH gold to gold`,
		`t.script:18: expect no change C1: there is one`,
	}
	got := strings.Split(r.String(), "\n")
	for i := range max(len(got), len(want)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("line %d\n got %s\nwant %s", i, g, w)
		}
	}
	if r.Checks != 13 || r.OK() {
		t.Errorf("%d checks, ok %v", r.Checks, r.OK())
	}
}

func TestCannotPlay(t *testing.T) {
	for text, want := range map[string]string{
		"policy small.yaml\nexpect C1 card=gold":                                             "no line has a date",
		"close 2025-01-01\nexpect C1 card=gold":                                              "t.script:1: the script needs a policy first",
		"policy none.yaml\nclose 2025-01-01":                                                 "t.script:1: read the policy",
		"policy small.yaml\n2025-01-01 C A DEMAND CNY credit 5\nclose 2205-01-01":            "t.script:3: 65744 days would be closed",
		"policy small.yaml\nclose 2025-01-01":                                                "nothing is expected",
		"policy small.yaml\npolicy small.yaml\nclose 2025-01-01":                             "t.script:2: a later policy needs its first day",
		"base JPY\npolicy small.yaml\n2025-01-01 C A DEMAND JPY credit 5\nexpect C card=new": "",
	} {
		r := play(t, text)
		if want == "" {
			if !r.OK() || r.String() != "t.script: ok, 1 checks" {
				t.Errorf("%q: %s", text, r.String())
			}
			continue
		}
		if r.Err == nil || !strings.Contains(r.String(), want) {
			t.Errorf("%q: %s, want %s", text, r.String(), want)
		}
	}
	if r := Run("testdata/none.script"); !errors.Is(r.Err, os.ErrNotExist) {
		t.Errorf("a script that is not there: %v", r.Err)
	}
}

func TestHalfEven(t *testing.T) {
	for _, tc := range []struct{ n, d, want int64 }{{5, 2, 2}, {7, 2, 4}, {-5, 2, -2}, {-7, 2, -4}, {8, 3, 3}, {-8, 3, -3}, {7, 3, 2}, {-1, 3, 0}} {
		if got := halfEven(tc.n, tc.d); got != tc.want {
			t.Errorf("halfEven(%d, %d) = %d, want %d", tc.n, tc.d, got, tc.want)
		}
	}
	for _, tc := range []struct{ qty, e12, want int64 }{
		{1, 500_000_000_000, 0}, {3, 500_000_000_000, 2}, {5_010_000, 7_000_000_000_000, 35_070_000}, {100, 0, 0},
	} {
		if got := inBase(tc.qty, tc.e12); got != tc.want {
			t.Errorf("inBase(%d, %d) = %d, want %d", tc.qty, tc.e12, got, tc.want)
		}
	}
}

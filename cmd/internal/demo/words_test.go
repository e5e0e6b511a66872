package demo

import (
	"slices"
	"strings"
	"testing"
)

func TestWidths(t *testing.T) {
	if n := columns("金卡 gold·"); n != 10 {
		t.Errorf("columns: %d, want 4 for the two characters and 6", n)
	}
	if s := pad("金卡", 6, true); s != "  金卡" {
		t.Errorf("padded left: %q", s)
	}
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"金卡客户", 5, "金卡…"}, {"金卡", 4, "金卡"}} {
		if got := clip(tc.in, tc.n); got != tc.want {
			t.Errorf("clip %q to %d: %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// What is wrapped is complete and fits.
func TestWrap(t *testing.T) {
	text := "SELECT tier, count() FROM customer_tiers WHERE scheme='金卡' ORDER BY money"
	for n := 1; n < 90; n++ {
		lines := wrap(text, n)
		for _, line := range lines {
			if n > 1 && columns(line) > n {
				t.Errorf("width %d: %q is too long", n, line)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := squeeze(strings.Join(lines, "")); n > 1 && got != squeeze(text) {
			t.Errorf("width %d loses text: %q", n, got)
		}
	}
	if lines := wrap("a bb ccc", 20); !slices.Equal(lines, []string{"a bb ccc"}) {
		t.Errorf("what fits is broken: %q", lines)
	}
	if lines := wrap("再存需3646.38元,31日需5.11万。", 30); strings.HasPrefix(strings.TrimSpace(lines[len(lines)-1]), "。") {
		t.Errorf("a line begins with a full stop: %q", lines)
	}
}

// An amount and its unit stay in one line, whatever the width.
func TestWrapKeepsAmountsWhole(t *testing.T) {
	text := "【紧急】王*芳预计2026-02-28由金卡降为普通。今天存入160,000元，或31日前日均补足5.11万元。"
	for n := 24; n < 90; n++ {
		all := strings.Join(wrap(text, n), "\n")
		for _, amount := range []string{"2026-02-28", "160,000元", "31日", "5.11万", "（", "。"} {
			if strings.Count(all, amount) != strings.Count(text, amount) {
				t.Errorf("width %d breaks %s:\n%s", n, amount, all)
			}
		}
		if strings.Contains(all, "\n    。") || strings.Contains(all, "\n    ，") {
			t.Errorf("width %d begins a line with punctuation:\n%s", n, all)
		}
	}
}

// Both languages say everything.
func TestLanguagesAreComplete(t *testing.T) {
	for lang, w := range languages {
		for p := Remembering; p <= Live; p++ {
			if w.phases[p] == "" {
				t.Errorf("%s has no word for phase %d", lang, p)
			}
		}
		for i, s := range []string{
			w.title, w.customers, w.seed, w.live, w.perDay, w.log, w.fold, w.warehouse, w.behind, w.perSecond, w.left, w.waiting, w.stopped, w.stopping,
			w.tier, w.number, w.money, w.share, w.change, w.moves, w.up, w.down, w.watch, w.alerts, w.newest, w.none, w.ask, w.password,
		} {
			if s == "" {
				t.Errorf("%s lacks word %d", lang, i)
			}
		}
		if len(w.severity) != 3 {
			t.Errorf("%s: severities %v", lang, w.severity)
		}
	}
}

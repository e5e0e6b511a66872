package demo

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/alert"
)

// A customer is in every scheme: who counts customers, their moves or their money names
// one.
func TestCountsAreOfOneScheme(t *testing.T) {
	counted := 0
	for _, q := range Queries {
		if !strings.Contains(q, "GROUP BY") {
			continue
		}
		counted++
		if !strings.Contains(q, "scheme='card'") {
			t.Errorf("adds up schemes: %s", q)
		}
	}
	if counted != 2 {
		t.Errorf("%d questions that count, want 2", counted)
	}
}

// A question about falls ahead names the codes that warn of one and no other: a
// tier change has a day in falls_on too.
func TestFallsAreAskedForByCode(t *testing.T) {
	codes := map[alert.Code]bool{
		alert.MissProjected: true, alert.WatchEntered: true, alert.GraceLastMonth: true, alert.DowngradeProjected: true,
		alert.TierDowngraded: false, alert.TierUpgraded: false, alert.TierRestored: false, alert.TierCorrected: false,
		alert.NearUpgrade: false, alert.LargeOutflow: false, alert.ActivitySilence: false,
	}
	asked := 0
	for _, q := range Queries {
		if !strings.Contains(q, "FROM alerts") {
			continue
		}
		asked++
		for code, warns := range codes {
			if strings.Contains(q, "'"+code.String()+"'") != warns {
				t.Errorf("%s: about a fall ahead %t, in %s", code, warns, q)
			}
		}
	}
	if asked != 1 {
		t.Errorf("%d questions about alerts, want 1", asked)
	}
}

// A demo that was stopped is truthful in its language: what is written again, that it
// counts once, and the command.
func TestAStoppedDemoSaysWhatIsWrittenAgain(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"written again", "counted once (verdict duplicate)", "interrupted: what was written stays", "give the same command again"},
		"zh": {"会重写", "只计一次(判定 duplicate)", "已中断", "再次运行同一命令"},
	} {
		stopped, bye := Interrupted("tierwatch demo --x", lang), Goodbye("tierwatch demo --x", "tierwatch verify", lang)
		for _, part := range want {
			if !strings.Contains(stopped, part) {
				t.Errorf("%s: %q lacks %q", lang, stopped, part)
			}
		}
		for _, part := range append(want[:2], "tierwatch demo --x\n", "tierwatch verify\n") {
			if !strings.Contains(bye, part) {
				t.Errorf("%s: %q lacks %q", lang, bye, part)
			}
		}
		if !strings.HasSuffix(stopped, ": tierwatch demo --x") {
			t.Errorf("%s: %q does not end with the command", lang, stopped)
		}
		if lang == "zh" && strings.Contains(stopped, "interrupted") {
			t.Errorf("English in Chinese: %q", stopped)
		}
	}
}

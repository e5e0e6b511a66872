package explaining_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const june3 = 20242 // 2025-06-03

// bottom is a customer in the lowest tier of every scheme of the demo's bank.
func bottom(t *testing.T) *fold.Explanation {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/examples/demo/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := policy.Compile("policy.yaml", text, policy.Options{BaseCurrency: "CNY", TimeZone: "Asia/Shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	x := &fold.Explanation{
		Customer: "C1", Day: june3, AsOf: june3, ClosedThrough: june3, Plan: plan,
		Metrics: make([]int64, len(plan.Metrics)),
	}
	for i := range plan.Scores {
		x.Scores = append(x.Scores, fold.ScoreView{Name: plan.Scores[i].Name})
	}
	for i := range plan.Schemes {
		x.Schemes = append(x.Schemes, fold.SchemeView{
			Name: plan.Schemes[i].Name, State: tier.State{Standing: tier.Active},
			Results: []tier.Result{{Start: june3 - 33, End: june3 - 3, Decided: june3 - 2, Value: 1234}},
		})
	}
	return x
}

// The lowest tier asks nothing; what a period came to is of the scheme's kind all
// the same. An average of an open span is told as what it will be at its end, and
// no fall is not said to be a tier that stays: the period may lift.
func TestWhatThePageSaysOfTheLowestTier(t *testing.T) {
	v := explaining.New(bottom(t), nil, "CNY")
	for lang, want := range map[string][]string{
		"en": {"tier Mass, since", "2025-05-31: 12.34 CNY → Mass\n", "2025-05-31: 12.34 % → Class C\n", "(adb 2025-06-01 … 2025-06-30, estimate to its end with no activity)", "no fall ahead"},
		"zh": {"等级 普通, 自", "2025-05-31: 12.34 CNY → 普通\n", "2025-05-31: 12.34 % → C类\n", "(adb 2025-06-01 … 2025-06-30，若无新动账的期末预计值)", "无下调"},
	} {
		var page bytes.Buffer
		if err := v.Page(&page, lang); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(page.String(), "misses") || strings.Contains(page.String(), "未达标") {
			t.Errorf("%s: tells misses of a tier that asks nothing:\n%s", lang, page.String())
		}
		for _, part := range want {
			if !strings.Contains(page.String(), part) {
				t.Errorf("%s: lacks %q in\n%s", lang, part, page.String())
			}
		}
	}
	for _, m := range v.Metrics {
		if m.Estimate != (m.Kind == "adb") {
			t.Errorf("%s %s … %s: estimate %t", m.Name, m.From, m.To, m.Estimate)
		}
	}
}

// What an alert says of "today" is of the day it was told on: where that is not the
// page's, the page says which. One that was opened before the log was repartitioned from
// a snapshot is known without its text: where that lies is said.
func TestThePageDatesWhatAlertsSay(t *testing.T) {
	x := bottom(t)
	v := explaining.New(x, []*pb.Alert{
		{AlertId: "1", Code: "MISS_PROJECTED", OpenedDay: june3 - 5, Day: june3 - 2, TextZh: "今天存入", TextEn: "Deposit today"},
		{AlertId: "2", Code: "NEAR_UPGRADE", OpenedDay: june3 - 5, Day: june3, TextZh: "今天存入", TextEn: "Deposit today"},
		{AlertId: "3", Code: "WATCH", OpenedDay: june3 - 40, Severity: pb.Severity_CRITICAL},
	}, "CNY")
	for lang, want := range map[string]string{
		"en": "  2025-05-29  MISS_PROJECTED  SEVERITY_UNSPECIFIED  (said on 2025-06-01: \"today\" in it is that day)\n    Deposit today\n" +
			"  2025-05-29  NEAR_UPGRADE  SEVERITY_UNSPECIFIED\n    Deposit today\n" +
			"  2025-04-24  WATCH  CRITICAL\n    its text lies in the alerts of the log before its repartition\n",
		"zh": "  2025-05-29  MISS_PROJECTED  SEVERITY_UNSPECIFIED  （以下为 2025-06-01 所述，文中“今天”即该日）\n    今天存入\n" +
			"  2025-05-29  NEAR_UPGRADE  SEVERITY_UNSPECIFIED\n    今天存入\n" +
			"  2025-04-24  WATCH  CRITICAL\n    文本在重新分区前的预警主题中\n",
	} {
		var page bytes.Buffer
		if err := v.Page(&page, lang); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(page.String(), want) {
			t.Errorf("%s: the page ends with\n%s\nwant\n%s", lang, page.String(), want)
		}
	}
	if v.Alerts[0].Day != "2025-06-01" {
		t.Errorf("told on %s", v.Alerts[0].Day)
	}
}

// What another term or a higher tier holds already asks for no deposit, whatever the
// balance lacks; a score asks for one though no balance lacks anything (rule R187).
func TestThePageAsksForWhatIsMissing(t *testing.T) {
	for _, x := range []struct {
		shortfall, topUp int64
		asks             bool
	}{{5000, 0, false}, {0, 5000, true}, {5000, 5000, true}, {0, 0, false}} {
		e := bottom(t)
		e.Schemes[0].Money = project.Money{Lever: true, Reachable: true, Threshold: 10000, Estimate: 10000 - x.shortfall, Shortfall: x.shortfall, TopUp: x.topUp}
		var page bytes.Buffer
		if err := explaining.New(e, nil, "CNY").Page(&page, "en"); err != nil {
			t.Fatal(err)
		}
		if asks := strings.Contains(page.String(), "a deposit of"); asks != x.asks {
			t.Errorf("%+v:\n%s", x, page.String())
		}
	}
}

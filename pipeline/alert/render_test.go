package alert

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// samplePlan is the policy of the worked example as far as texts need it.
func samplePlan() *policy.Plan {
	return &policy.Plan{
		Name: "retail", Version: 3,
		Metrics: []policy.Metric{{Name: "aum", Kind: policy.ADB, Over: policy.OverMonth, Money: true}, {Name: "active", Kind: policy.ActiveDays}},
		Scores:  []policy.Score{{Name: "value"}},
		Schemes: []policy.Scheme{{
			Name: "card", Lead: 0, LeadScore: -1, Assess: policy.AssessMonth,
			Tiers: []policy.Tier{
				{Name: "mass", Zh: "普通", En: "Mass"},
				{Name: "gold", Zh: "金卡", En: "Gold"},
				{Name: "platinum", Zh: "白金", En: "Platinum"},
			},
		}},
	}
}

func sampleContext() *RenderContext {
	return &RenderContext{
		Plan: samplePlan(), Mode: pb.Mode_LIVE, Currency: "CNY", MinorDigits: 2, UTCOffset: 8 * 3600, OffsetKnown: true,
		Customer: &pb.Customer{Id: "C-9f3a", Display: "王*芳", RmId: "R17", BranchPath: []string{"HQ", "NJ", "NJ-03"}, PhoneTail: "3127"},
		Position: &pb.Position{Partition: 3, Offset: 918273}, LastContactDay: day.Of(2025, 6, 21) - 47,
		ComplaintsKnown: true, ConsentKnown: true, Consent: true,
	}
}

// sampleFacts are those of semantics 7: 14:05 on 21 June at UTC+8.
func sampleFacts() *Facts {
	today := day.Of(2025, 6, 21)
	return &Facts{
		Day: today, Now: int64(today)*86400 + 6*3600 + 5*60, Active: true, Judged: true,
		Tier: 2, Misses: 2, Allowed: 3, Watch: true, MissProjected: true, LastChance: true,
		FallsOn: day.Of(2025, 7, 1), LandsOn: 1, ActBy: day.Of(2025, 6, 30), PeriodEnd: day.Of(2025, 6, 30),
		Missed: []int32{day.Of(2025, 4, 1), day.Of(2025, 5, 1)},
		Money: Money{
			HasLever: true, Reachable: true, Threshold: 50_000_000, Estimate: 44_666_667, Shortfall: 5_333_333, Daily: 46_000_000,
			TopUp: 16_000_000, HoldAfter: 50_000_000, AtRisk: 30_000_000,
			WaitOn: [2]int32{day.Of(2025, 6, 26), day.Of(2025, 6, 30)}, WaitTopUp: [2]int64{32_000_000, 160_000_000},
		},
		Reasons: []Reason{{
			Code: ExternalOutflow, ShareBP: 10000, AmountMinor: 22_000_000, Since: day.Of(2025, 4, 1), EventID: "core:88:1", Day: today, EventMinor: 22_000_000,
			Party: pb.CounterpartyType_OTHER_BANK, BeforeMinor: 52_000_000, AfterMinor: 30_000_000,
		}},
	}
}

var sampleRules = policy.Alerts{
	Downgrade: policy.Rule{WithinDays: 30, CriticalDays: 14, HoldMinutes: 30}, Downgraded: policy.Rule{ExpiresDays: 30},
}

// judged is the only revision that the facts give.
func judged(t *testing.T, f *Facts) *Revision {
	t.Helper()
	f.AtClose = true
	var got []Revision
	Judge(&sampleRules, 7, f, nil, func(r Revision) { got = append(got, r) })
	f.AtClose = false
	if len(got) != 1 {
		t.Fatalf("%d revisions, want 1: %+v", len(got), got)
	}
	return &got[0]
}

// semantics 7, word for word.
const sampleZh = `【紧急】王*芳(尾号3127)预计7月1日由白金降为金卡。**今天存入16万并保持到6月30日可保级**;26日再存需32万,30日需160万。
原因:6月21日转出他行22万(52万→30万)。4月、5月未达标,本月是第3次也是最后一次:预计月日均44.67万,标准50万。7月起须保持50万。
建议:今日致电,问清资金去向,推荐可留存产品。上次联系47天前;无投诉;允许营销。规则v3第2条,截至6月21日14:05,数据完整。`

func TestSampleOfSemantics(t *testing.T) {
	var a pb.Alert
	Render(judged(t, sampleFacts()), sampleContext(), &a)
	if a.TextZh != sampleZh {
		t.Errorf("Chinese text:\n%s\nwant:\n%s", a.TextZh, sampleZh)
	}
	want, err := os.ReadFile("testdata/golden/semantics7.json")
	if err != nil {
		t.Fatal(err)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, bytes.ReplaceAll(want, []byte("…"), []byte(a.AlertId))); err != nil {
		t.Fatal(err)
	}
	if got := AppendJSON(nil, &a, 8*3600); !bytes.Equal(got, tight.Bytes()) {
		t.Errorf("JSON:\n%s\nwant:\n%s", got, tight.Bytes())
	}
}

// Where the money is of another balance than the one that the scheme goes by, the text
// calls it by that.
func TestWordOfTheBalance(t *testing.T) {
	f := sampleFacts()
	f.Money.Of = &policy.Metric{Name: "point", Kind: policy.Balance, Money: true}
	var a pb.Alert
	Render(judged(t, f), sampleContext(), &a)
	if !strings.Contains(a.TextZh, "预计值44.67万,标准50万") || strings.Contains(a.TextZh, "月日均") {
		t.Errorf("Chinese text:\n%s", a.TextZh)
	}
}

// Under rules to come nothing may be missing: then nothing has to be brought back, and
// the rules named are those whose threshold is stated (rule R74).
func TestWhereNothingIsMissing(t *testing.T) {
	f := sampleFacts()
	f.Rules, f.Money.Threshold, f.Money.Estimate, f.Money.Shortfall, f.Money.TopUp = 9, 40_000_000, 44_666_667, 0, 0
	f.Money.WaitOn, f.Money.WaitTopUp = [2]int32{}, [2]int64{}
	var a pb.Alert
	Render(judged(t, f), sampleContext(), &a)
	if a.Policy.Version != 9 || !strings.Contains(a.TextEn, "Rule v9 ") || !strings.Contains(a.TextZh, "规则v9") {
		t.Errorf("policy %v in\n%s", a.Policy, a.TextEn)
	}
	if strings.Contains(a.TextEn, "products that keep it") || strings.Contains(a.TextZh, "推荐可留存产品") || !strings.Contains(a.TextEn, "Do: call today.") {
		t.Errorf("advice in\n%s\n%s", a.TextEn, a.TextZh)
	}
}

// TestTexts compares messages of every kind with testdata/golden/texts.txt.
func TestTexts(t *testing.T) {
	var out strings.Builder
	for _, m := range messages(t) {
		var a pb.Alert
		Render(&m.rev, m.ctx, &a)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, AppendJSON(nil, &a, 8*3600), "", " "); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		out.WriteString("== " + m.name + "\n" + a.TextZh + "\n--\n" + a.TextEn + "\n--\n" + pretty.String() + "\n\n")
	}
	name := filepath.Join("testdata", "golden", "texts.txt")
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("%s differs, -update shows how", name)
	}
}

type message struct {
	name string
	rev  Revision
	ctx  *RenderContext
}

// of is a message about the sample's facts, changed.
func of(name string, ctx *RenderContext, code Code, state, severity uint8, change func(*Facts, *Case)) message {
	f := sampleFacts()
	c := Case{ID: 42, Code: code, State: state, Severity: severity, Revision: 2, OpenedDay: f.Day}
	if code.risk() {
		(&judge{f: f}).tell(&c)
	}
	if change != nil {
		change(f, &c)
	}
	return message{name, Revision{Case: c, Facts: f}, ctx}
}

func messages(t *testing.T) []message {
	plain := &RenderContext{Plan: samplePlan(), Currency: "CNY", MinorDigits: 2, Customer: &pb.Customer{Id: "C-1"}, Mode: pb.Mode_BACKFILL}
	restrained := sampleContext()
	restrained.Complaints, restrained.Consent, restrained.Currency, restrained.MinorDigits = 1, false, "JPY", 0
	first := func(f *Facts, c *Case) {
		f.LastChance, f.Misses, f.Missed, f.FallsOn = false, 0, nil, day.Of(2025, 9, 1)
		(&judge{f: f}).tell(c)
	}
	m := append(eventMessages(plain), []message{
		of("the sample", sampleContext(), DowngradeProjected, Open, Critical, nil),
		of("nothing known but the projection", plain, DowngradeProjected, Open, Warning, func(f *Facts, _ *Case) {
			f.Reasons, f.Missed, f.AtClose, f.Gaps = nil, nil, true, true
		}),
		of("the sum no longer suffices", plain, DowngradeProjected, Open, Critical, func(f *Facts, _ *Case) { f.Money.Reachable = false }),
		of("no money lever", plain, DowngradeProjected, Open, Critical, func(f *Facts, _ *Case) {
			f.Money = Money{AtRisk: 100}
			f.Missing = []Missing{{Metric: 1, Have: 3, Need: 5}, {Metric: 0, Have: 123_456, Need: 5_000_000}, {Metric: 0, Score: true, Have: 6250, Need: 7000}}
			f.Reasons = []Reason{{Code: RollOff, ShareBP: 10000}}
		}),
		of("sums of several, one of them named", plain, MissProjected, Open, Warning, severalReasons(true)),
		of("sums of several, none of them named", plain, MissProjected, Open, Warning, severalReasons(false)),
		of("one outflow, then a sum", plain, MissProjected, Open, Warning, func(f *Facts, _ *Case) {
			f.Reasons = append(f.Reasons, Reason{Code: FeesAndInterest, ShareBP: 10, AmountMinor: 30_000, Since: f.Reasons[0].Since})
		}),
		of("first miss", sampleContext(), MissProjected, Open, Warning, first),
		of("complaint open, yen", restrained, MissProjected, Open, Warning, first),
		of("grace, projected to qualify", plain, GraceLastMonth, Open, Warning, func(f *Facts, c *Case) {
			f.MissProjected, f.LastChance, f.FallsOn, f.Money.TopUp, f.Money.WaitOn, f.Reasons = false, false, 0, 0, [2]int32{}, nil
			(&judge{f: f}).tell(c)
		}),
		of("watch", plain, WatchEntered, Open, Info, nil),
		of("resolved", sampleContext(), DowngradeProjected, AutoResolved, Critical, func(f *Facts, c *Case) {
			f.Money.Estimate, f.FallsOn = 51_000_000, 0
			(&judge{f: f}).tell(c)
		}),
		of("came true", plain, DowngradeProjected, Expired, Critical, nil),
		of("inhibited", plain, MissProjected, Inhibited, Warning, nil),
	}...)
	for _, x := range m {
		for _, text := range []string{`{`, `[`, `|`} {
			var a pb.Alert
			if Render(&x.rev, x.ctx, &a); a.TextZh == "" || a.TextEn == "" || strings.Contains(a.TextZh+a.TextEn, text) {
				t.Errorf("%s: text %q %q", x.name, a.TextZh, a.TextEn)
			}
		}
	}
	return m
}

// TestLabelsAreShown: people read what the policy calls a metric in their language, and
// data has its name.
func TestLabelsAreShown(t *testing.T) {
	m := of("missing", sampleContext(), DowngradeProjected, Open, Critical, func(f *Facts, _ *Case) {
		f.Missing = []Missing{{Metric: 1, Have: 3, Need: 5}, {Metric: 0, Score: true, Have: 6250, Need: 7000}}
	})
	m.ctx.Plan.Metrics[1].Zh, m.ctx.Plan.Scores[0].Zh, m.ctx.Plan.Scores[0].En = "活跃天数", "活跃评分", "engagement"
	var a pb.Alert
	Render(&m.rev, m.ctx, &a)
	for text, want := range map[string]string{
		a.TextZh: "尚缺:活跃天数现有3,需5;活跃评分现有62.50%,需70%。",
		a.TextEn: "Still missing: active days (active) 3 of 5; engagement 62.50% of 70%.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	if a.Missing[0].Metric != "active" || a.Missing[1].Metric != "value" {
		t.Errorf("data names %q and %q", a.Missing[0].Metric, a.Missing[1].Metric)
	}
}

// severalReasons are sums since 1 April; of the first the largest event is known, or not.
func severalReasons(named bool) func(*Facts, *Case) {
	return func(f *Facts, _ *Case) {
		since := day.Of(2025, 4, 1)
		r := Reason{Code: ExternalOutflow, ShareBP: 8931, AmountMinor: 251_122, Since: since}
		if named {
			r.EventID, r.Day, r.EventMinor, r.Party = "core:91:1", day.Of(2025, 4, 16), 160_770, pb.CounterpartyType_OTHER_BANK
		}
		f.Reasons = []Reason{r, {Code: CashWithdrawal, ShareBP: 1069, AmountMinor: 30_000, Since: since}}
	}
}

// TestAmountsThatDifferLookDifferent: rounded to 0.01万, an average just below the
// threshold would read as if it reached it (rule R134).
func TestAmountsThatDifferLookDifferent(t *testing.T) {
	for _, x := range []struct {
		estimate, threshold int64
		want                string
	}{
		{4_997_270, 5_000_000, "预计月日均49972.70元,标准50000元"},
		{4_990_000, 5_000_000, "预计月日均4.99万,标准5万"},
		{50_000_000, 50_000_000, "预计月日均50万,标准50万"},
		{99_999_999, 100_000_000, "预计月日均999999.99元,标准1000000元"},
		{999_999, 1_000_000, "预计月日均9999.99元,标准1万"},
	} {
		m := of("near", sampleContext(), MissProjected, Open, Warning, func(f *Facts, _ *Case) {
			f.Money.Estimate, f.Money.Threshold = x.estimate, x.threshold
			f.Missing = []Missing{{Metric: 0, Have: x.estimate, Need: x.threshold}}
			f.Reasons[0].BeforeMinor, f.Reasons[0].AfterMinor = x.threshold, x.estimate
		})
		var a pb.Alert
		Render(&m.rev, m.ctx, &a)
		level := regexp.MustCompile("预计月日均(.+?),标准([^。]+)").FindStringSubmatch(a.TextZh)
		if level == nil || level[0] != x.want {
			t.Errorf("%d of %d:\n%s\nwant %s", x.estimate, x.threshold, a.TextZh, x.want)
			continue
		}
		for _, want := range []string{"现有" + level[1] + ",需" + level[2], "(" + level[2] + "→" + level[1] + ")"} {
			if !strings.Contains(a.TextZh, want) {
				t.Errorf("%d of %d:\n%s\nlacks %s", x.estimate, x.threshold, a.TextZh, want)
			}
		}
	}
}

func eventMessages(plain *RenderContext) []message {
	move := func(_ *Facts, c *Case) { c.From, c.LandsOn, c.FallsOn = 2, 1, day.Of(2025, 7, 1) }
	return []message{
		of("downgraded", sampleContext(), TierDowngraded, Open, Warning, func(f *Facts, c *Case) {
			move(f, c)
			f.Lost, f.Reasons = f.Reasons, nil
		}),
		of("upgraded", plain, TierUpgraded, Open, Info, move),
		of("restored", plain, TierRestored, Open, Info, move),
		of("corrected", plain, TierCorrected, Open, Info, move),
		of("near upgrade", plain, NearUpgrade, Open, Info, func(_ *Facts, c *Case) { c.From, c.LandsOn, c.Shortfall, c.TopUp = 1, 2, 1_234_501, 3_700_000 }),
		of("outflow", plain, LargeOutflow, Open, Critical, func(f *Facts, c *Case) {
			c.Scheme, c.TopUp, c.Threshold, f.Outflow = NoScheme, 22_000_000, 40_000_000, &Outflow{EventID: "core:88:1"}
		}),
		of("outflow told at a HANDOVER", sampleContext(), LargeOutflow, Open, Critical, func(f *Facts, c *Case) {
			c.Scheme, c.TopUp, c.Threshold, c.Shortfall = NoScheme, 22_000_000, 40_000_000, f.Now-40*3600
			f.AtClose = true
		}),
		of("silence", plain, ActivitySilence, Open, Info, func(f *Facts, c *Case) {
			c.Scheme, c.FallsOn, f.SilenceKnown, f.Silent, f.Silence, f.NormTh = NoScheme, day.Of(2024, 12, 31), true, true, 172, 30
		}),
	}
}

func TestRenderForgetsWhatOutHeld(t *testing.T) {
	var used, fresh pb.Alert
	ms := messages(t)
	for i := range ms {
		Render(&ms[i].rev, ms[i].ctx, &used)
		fresh.Reset()
		Render(&ms[i].rev, ms[i].ctx, &fresh)
		if !used.EqualVT(&fresh) {
			t.Errorf("%s: leftovers in %v", ms[i].name, &used)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	f, ctx := sampleFacts(), sampleContext()
	c := Case{ID: 42, Code: DowngradeProjected, State: Open, Severity: Critical, Revision: 1, OpenedDay: f.Day}
	(&judge{f: f}).tell(&c)
	rev := Revision{Case: c, Facts: f}
	var a pb.Alert
	b.ReportAllocs()
	for b.Loop() {
		Render(&rev, ctx, &a)
	}
}

func BenchmarkJSON(b *testing.B) {
	var a pb.Alert
	f := sampleFacts()
	c := Case{ID: 42, Code: DowngradeProjected, State: Open, Severity: Critical, Revision: 1, OpenedDay: f.Day}
	(&judge{f: f}).tell(&c)
	Render(&Revision{Case: c, Facts: f}, sampleContext(), &a)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendJSON(buf[:0], &a, 8*3600)
	}
}

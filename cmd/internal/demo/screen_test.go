package demo

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/synth"
)

var update = flag.Bool("update", false, "rewrite golden files")

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs, got:\n%s", path, got)
	}
}

func alertOf(id string, sev pb.Severity, zh, en string) *pb.Alert {
	return &pb.Alert{AlertId: id, Severity: sev, TextZh: zh, TextEn: en, Mode: pb.Mode_LIVE, State: pb.AlertState_OPEN}
}

func someView() view {
	names := map[string]policy.Tier{"card/gold": {Zh: "金卡", En: "Gold"}, "card/mass": {Zh: "普通", En: "Mass"}}
	return view{
		p:     Params{Bank: synth.Params{Customers: 20_000, Seed: 7}, DayLength: 5 * time.Second},
		phase: Live, now: "2026-02-03 14:20", records: 4_500_123, inRate: 2_345.6, lead: "card", names: names,
		g:     gauges{chLag: 12_000},
		tiers: []Tier{{"card", "gold", 1, 6_069, new(int64(61_234_567_800))}, {"card", "mass", 0, 12_240, new(int64(12_000_000_000))}, {"class", "a", 2, 777, nil}},
		first: map[string]uint64{"card/gold": 6_060, "card/mass": 12_250, "class/a": 777},
		seen: seen{
			alerts: []*pb.Alert{
				alertOf("1", pb.Severity_INFO, "【提示】田*接近金卡。\n建议:介绍升级权益。", "INFO · Tian*: close to Gold.\nDo: present."),
				alertOf("2", pb.Severity_CRITICAL, "【紧急】王*芳预计由金卡降为普通。**今天存入16万**。\n原因:转出他行22万。\n建议:今日致电。",
					"CRITICAL · Wang*: expected to fall. **Deposit 160,000 today**\nWhy: left.\nDo: call today."),
			},
			opened: map[pb.Severity]int{pb.Severity_CRITICAL: 1, pb.Severity_INFO: 1},
			moves:  map[pb.ChangeKind]int{pb.ChangeKind_UPGRADED: 12, pb.ChangeKind_DOWNGRADED: 3, pb.ChangeKind_WATCH: 20},
		},
	}
}

func picture(v view, lang string, columns, rows int) string {
	s := &Screen{Lang: lang, Guide: []string{"ClickHouse native 127.0.0.1:9000", "SELECT tier, count() AS customers, sum(aum_minor) / 100 AS money FROM customer_tiers WHERE scheme = 'card' GROUP BY tier"}}
	s.w = languages[lang]
	lines := s.picture(v, columns, rows)
	for i, line := range lines {
		lines[i] = strings.TrimRight(escapes.ReplaceAllString(line, ""), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestPicture(t *testing.T) {
	golden(t, "live_zh.txt", picture(someView(), "zh", 100, 26))
	golden(t, "live_en.txt", picture(someView(), "en", 100, 26))
	v := someView()
	v.resumed = true
	golden(t, "resumed_zh.txt", picture(v, "zh", 100, 26))
	golden(t, "resumed_en.txt", picture(v, "en", 100, 26))
	v.resumed = false
	v.phase, v.done, v.left, v.now, v.tiers, v.seen = Writing, 0.62, 80*time.Second, "2025-09-12", nil, seen{}
	golden(t, "history_en.txt", picture(v, "en", 100, 20))
}

func TestStoppedPartitionsAreTold(t *testing.T) {
	metrics := prometheus.NewRegistry()
	stopped := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tierwatch_fold_partition_stopped", Help: "1: stopped"}, []string{"partition"})
	metrics.MustRegister(stopped)
	v := someView()
	for n, told := range []bool{false, true, true} {
		if err := v.g.read(metrics); err != nil {
			t.Fatal(err)
		}
		text := picture(v, "en", 100, 26)
		if got := strings.Contains(text, fmt.Sprintf(" · partitions stopped: %d\n", n)); got != told {
			t.Errorf("%d stopped: told %t in\n%s", n, got, text)
		}
		stopped.WithLabelValues(fmt.Sprint(n)).Set(1)
	}
}

// A demo that has played live for long is resumed behind its history.
func TestProgressStaysWithinItsBar(t *testing.T) {
	for day, want := range map[int32]float64{0: 0, 10: 0, 15: 0.5, 19: 0.9, 20: 1, 500: 1} {
		if got := historyDone(day, 10, 19); got != want {
			t.Errorf("day %d: %v of the history, want %v", day, got, want)
		}
	}
	v := someView()
	v.phase = Remembering
	for _, v.done = range []float64{-1, 0, 1, 2.3} {
		if text := picture(v, "en", 100, 26); strings.Count(text, "█")+strings.Count(text, "░") != 40 {
			t.Errorf("done %v: the bar has another length in\n%s", v.done, text)
		}
	}
}

// A small terminal has room for the addresses, not for the questions.
func TestAddressesAreOnASmallTerminal(t *testing.T) {
	const kafka = "Kafka 127.0.0.1:9092"
	s := &Screen{Lang: "en", Guide: []string{"ClickHouse native 127.0.0.1:9000", kafka, "try:", "SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"}, w: languages["en"]}
	for rows, want := range map[int]bool{40: true, 18: true, 12: false} {
		text := escapes.ReplaceAllString(strings.Join(s.picture(someView(), 80, rows), "\n"), "")
		if strings.Contains(text, kafka) != want || strings.Contains(text, "SELECT 4") != (rows == 40) {
			t.Errorf("%d rows:\n%s", rows, text)
		}
	}
}

// Whatever the terminal, the picture fits into it.
func TestThePictureFits(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 60}} {
		lines := strings.Split(strings.TrimSuffix(picture(someView(), "zh", size[0], size[1]), "\n"), "\n")
		if len(lines) > size[1] {
			t.Errorf("%d x %d: %d lines", size[0], size[1], len(lines))
		}
		for _, line := range lines[8:] { // the panels; the header may be longer than a narrow terminal
			if columns(line) > max(size[0], 80) {
				t.Errorf("%d x %d: %q takes %d columns", size[0], size[1], line, columns(line))
			}
		}
	}
}

// What an alert says of "today" is of the day it was told on: where that is over, the
// screen says which it was, before all else, so that no clipping takes it away.
func TestTheScreenDatesWhatAlertsSay(t *testing.T) {
	const today = 20240 // 2025-06-01
	v := someView()
	v.today = today
	for i, day := range []int32{today - 7, today - 2} {
		v.seen.alerts[i].Day = day
	}
	fresh := alertOf("3", pb.Severity_INFO, "【提示】今天的事。", "INFO · of today.")
	fresh.Day = today
	v.seen.alerts = append(v.seen.alerts, fresh)
	for lang, want := range map[string][]string{
		"zh": {"\n（2025-05-30 所述）【紧急】王*芳", "\n（2025-05-25 所述）【提示】田*", "\n【提示】今天的事。"},
		"en": {"\n(said on 2025-05-30) CRITICAL · Wang*", "\n(said on 2025-05-25) INFO · Tian*", "\nINFO · of today."},
	} {
		text := picture(v, lang, 100, 40)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", lang, w, text)
			}
		}
	}
}

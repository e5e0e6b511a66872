package demo

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// words of the screen in one language.
type words struct {
	title, customers, seed, live, perDay                            string
	phases                                                          map[Phase]string
	log, fold, warehouse, behind, perSecond, left, waiting, stopped string
	stopping, resume, audit                                         string
	interrupted, next, again, same                                  string
	tier, number, money, share, change                              string
	moves, up, down, watch, alerts, newest, none, ask, password     string
	since, said                                                     string
	severity                                                        map[pb.Severity]string
}

var languages = map[string]words{
	"zh": {
		stopping: "正在停止…", resume: "已停止。继续:", audit: "核对:",
		interrupted: "已中断:已写入的都保留;继续时", next: "下次启动时",
		again: "会重写当天的部分记录,系统按编号识别,只计一次(判定 duplicate)", same: ";继续请再次运行同一命令: ",
		title: "Tierwatch 演示", customers: "客户", seed: "种子", live: "实时", perDay: "每个营业日",
		phases: map[Phase]string{
			Remembering: "恢复进度", Writing: "写入历史", Folding: "计算追赶中", Live: "实时运行",
		},
		log: "日志", fold: "计算", warehouse: "ClickHouse", behind: "待处理", perSecond: " 条/秒", left: "剩余", waiting: "等待中", stopped: "已停止的分区: ",
		since: "自本次启动:", said: "（%s 所述）",
		tier: "级别", number: "客户数", money: "资产(万元)", share: "占比", change: "自实时起",
		moves: "级别变动", up: "升级", down: "降级", watch: "进入观察", alerts: "预警", newest: "最新预警", none: "暂无",
		ask: "试试这些查询", password: "密码文件",
		severity: map[pb.Severity]string{pb.Severity_CRITICAL: "紧急", pb.Severity_WARNING: "预警", pb.Severity_INFO: "提示"},
	},
	"en": {
		stopping: "stopping …", resume: "stopped. Go on:", audit: "Audit:",
		interrupted: "interrupted: what was written stays; when it goes on, ", next: "At the next start ",
		again: "some records of the day in work are written again, recognized by their ids and counted once (verdict duplicate)", same: "; give the same command again to go on: ",
		title: "Tierwatch demo", customers: "customers", seed: "seed", live: "live", perDay: "a business day",
		phases: map[Phase]string{
			Remembering: "resuming", Writing: "writing history", Folding: "fold catches up", Live: "live",
		},
		log: "log", fold: "fold", warehouse: "ClickHouse", behind: "behind", perSecond: " /s", left: "left", waiting: "waiting", stopped: "partitions stopped: ",
		since: "since this start:", said: "(said on %s) ",
		tier: "tier", number: "customers", money: "assets (CNY 10k)", share: "share", change: "since live",
		moves: "moves", up: "up", down: "down", watch: "watched", alerts: "alerts", newest: "newest alerts", none: "none yet",
		ask: "queries to try", password: "password file",
		severity: map[pb.Severity]string{pb.Severity_CRITICAL: "CRITICAL", pb.Severity_WARNING: "WARNING", pb.Severity_INFO: "INFO"},
	},
}

// thousands writes n as 1,234,567.
func thousands[T ~int | ~int32 | ~int64 | ~uint64 | ~float64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// columns is how much room a text takes on a terminal: Chinese takes two
// columns a character.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	switch width.LookupRune(r).Kind() { //nolint:exhaustive // the others are narrow
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills s to n columns; left puts the room before it.
func pad(s string, n int, left bool) string {
	room := strings.Repeat(" ", max(0, n-columns(s)))
	if left {
		return room + s
	}
	return s + room
}

// clip cuts s to n columns.
func clip(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used+columnsOf(r) > n-1 {
			return s[:i] + "…"
		}
		used += columnsOf(r)
	}
	return s
}

// wrap breaks s into lines of at most n columns, at spaces where it has some;
// all but the first are indented.
func wrap(s string, n int) []string {
	indent := "    "
	if n < 16 { // no room for that
		indent = ""
	}
	var lines []string
	for columns(s) > n {
		cut := breakAt(s, n)
		if cut <= len(indent) { // not even one character fits
			break
		}
		lines = append(lines, s[:cut])
		s = indent + strings.TrimLeft(s[cut:], " ")
	}
	return append(lines, s)
}

// breakAt is the last place within n columns where a line may end: before a space
// behind some text or beside a wide character; else anywhere.
func breakAt(s string, n int) int {
	used, best, text := 0, 0, false
	var last rune
	for i, r := range s {
		if text && (r == ' ' || mayBreak(last, r)) {
			best = i
		}
		text = text || r != ' '
		if used += columnsOf(r); used > n {
			if best > 0 {
				return best
			}
			return i
		}
		last = r
	}
	return len(s)
}

// mayBreak tells whether a line may end between two characters that no space parts:
// beside a wide one, but an amount stays with its unit (16万), and punctuation with
// what it belongs to.
func mayBreak(last, next rune) bool {
	if columnsOf(last) < 2 && columnsOf(next) < 2 {
		return false
	}
	return !unicode.IsDigit(last) && !strings.ContainsRune("（【《“", last) && !strings.ContainsRune("。，；：、）】》”%", next)
}

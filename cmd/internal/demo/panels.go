package demo

import (
	"fmt"
	"slices"
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// changeWide is the width of the column that tells the change since live play began.
const changeWide = 12

// minorPerWan is 10,000 yuan in fen.
const minorPerWan = 1_000_000

// tiers is the table of the money scheme; the others follow in one line each.
func (s *Screen) tiers(v view, columns int) []string {
	if len(v.tiers) == 0 {
		return []string{dim + s.w.tier + ": …"}
	}
	var total int64
	for _, t := range v.tiers {
		if t.Scheme == v.lead {
			total += t.money()
		}
	}
	lines := []string{dim + pad(s.w.tier, 14, false) + pad(s.w.number, 10, true) + pad(s.w.change, changeWide, true) +
		pad(s.w.money, 18, true) + pad(s.w.share, 8, true)}
	var others []string
	for _, t := range v.tiers {
		if t.Scheme != v.lead {
			others = append(others, fmt.Sprintf("%s %s", v.name(t, s.Lang), thousands(t.Customers)))
			continue
		}
		share := 0.0
		if total > 0 {
			share = float64(t.money()) / float64(total)
		}
		bar := strings.Repeat("▇", int(share*float64(max(0, columns-68))))
		lines = append(lines, pad(v.name(t, s.Lang), 14, false)+pad(thousands(t.Customers), 10, true)+
			change(t.Customers, v.first, t)+pad(thousands(t.money()/minorPerWan), 18, true)+
			pad(fmt.Sprintf("%.1f %%", 100*share), 8, true)+"  "+cyan+bar)
	}
	if len(others) > 0 {
		lines = append(lines, dim+clip(strings.Join(others, " · "), columns))
	}
	return lines
}

// change is how many customers more than when live play began.
func change(now uint64, first map[string]uint64, t Tier) string {
	if first == nil {
		return pad("", changeWide, true)
	}
	switch d := int64(now) - int64(first[t.Scheme+"/"+t.Tier]); {
	case d > 0:
		return green + pad("+"+thousands(d), changeWide, true) + plain
	case d < 0:
		return red + pad(thousands(d), changeWide, true) + plain
	}
	return pad("·", changeWide, true)
}

// moves are counted from the start of the program: after a resume that is said.
func (s *Screen) moves(v view) []string {
	m := v.seen.moves
	var lines []string
	if v.resumed {
		lines = append(lines, dim+s.w.since)
	}
	return append(lines, fmt.Sprintf("%s  %s▲ %s %s%s  %s▼ %s %s%s  ◔ %s %s    %s  %s  %s  %s", s.w.moves,
		green, s.w.up, thousands(m[pb.ChangeKind_UPGRADED]), plain,
		red, s.w.down, thousands(m[pb.ChangeKind_DOWNGRADED]), plain,
		s.w.watch, thousands(m[pb.ChangeKind_WATCH]), s.w.alerts,
		s.count(v, pb.Severity_CRITICAL), s.count(v, pb.Severity_WARNING), s.count(v, pb.Severity_INFO)))
}

var tint = map[pb.Severity]string{pb.Severity_CRITICAL: red, pb.Severity_WARNING: yellow, pb.Severity_INFO: dim}

func (s *Screen) count(v view, sev pb.Severity) string {
	return tint[sev] + s.w.severity[sev] + " " + thousands(v.seen.opened[sev]) + plain
}

// alerts shows the newest as a relationship manager reads them: those that warn
// first and whole, then a line of each of the others.
func (s *Screen) alerts(v view, columns, free int) []string {
	lines := []string{"", bold + s.w.newest}
	if len(v.seen.alerts) == 0 {
		return append(lines, dim+s.w.none)
	}
	for _, grave := range []bool{true, false} {
		for _, a := range slices.Backward(v.seen.alerts) {
			if (a.Severity != pb.Severity_INFO) != grave {
				continue
			}
			text := s.message(a, v.today, grave, columns-1)
			if len(lines)+len(text) > free {
				break
			}
			lines = append(lines, text...)
		}
	}
	return lines
}

// message is an alert as lines; whole: with why and what to do. One of an earlier day
// begins with that day: what it calls today is that.
func (s *Screen) message(a *pb.Alert, today int32, whole bool, columns int) []string {
	text := strings.Split(strings.ReplaceAll(textOf(a, s.Lang), "**", ""), "\n")
	if a.Day < today {
		text[0] = fmt.Sprintf(s.w.said, event.FormatDay(a.Day)) + text[0]
	}
	if !whole {
		return []string{tint[a.Severity] + clip(text[0], columns)}
	}
	var lines []string
	for n, part := range text {
		colour := tint[a.Severity]
		if n > 0 {
			colour, part = dim, "    "+part
		}
		for _, line := range wrap(part, columns) {
			lines = append(lines, colour+line)
		}
	}
	return lines
}

func textOf(a *pb.Alert, lang string) string {
	if lang == "en" {
		return a.TextEn
	}
	return a.TextZh
}

// guide wraps the addresses and queries: they are there to be copied.
func (s *Screen) guide(guide []string, columns int) []string {
	var lines []string
	for _, g := range guide {
		for _, line := range wrap(g, columns-1) {
			lines = append(lines, dim+line)
		}
	}
	return lines
}

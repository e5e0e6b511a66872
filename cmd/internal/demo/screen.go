package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// Colours and moves of a terminal.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[2J"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearRight  = "\x1b[K"
	clearBelow  = "\x1b[J"

	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
)

// Screen is the picture on a terminal, drawn anew twice a second.
type Screen struct {
	Out io.Writer
	// Size gives columns and rows of the terminal.
	Size func() (columns, rows int)
	// Guide is printed below the picture: addresses and queries.
	Guide []string
	Lang  string

	w     words
	rates meter
}

const redrawEvery = 500 * time.Millisecond

func (s *Screen) run(ctx context.Context, t *theatre) error {
	s.w = languages[s.Lang]
	// In the scrollback, so that it is still there afterwards.
	opening := strings.Join(s.Guide, "\n") + "\n"
	if _, err := io.WriteString(s.Out, opening+enterScreen); err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	defer func() { _, _ = io.WriteString(s.Out, leaveScreen+s.w.stopping+"\n") }()
	tick := time.NewTicker(redrawEvery)
	defer tick.Stop()
	for {
		if err := s.draw(t); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Screen) draw(t *theatre) error {
	v, err := t.view(&s.rates)
	if err != nil {
		return err
	}
	columns, rows := s.Size()
	lines := s.picture(v, columns, rows)
	var b strings.Builder
	b.WriteString(home)
	for i, line := range lines[:min(len(lines), rows)] {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line + plain + clearRight)
	}
	b.WriteString(clearBelow)
	if _, err := io.WriteString(s.Out, b.String()); err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	return nil
}

// picture is the screen as lines, the alerts in what the rest leaves free.
func (s *Screen) picture(v view, columns, rows int) []string {
	lines := append(s.header(v, columns), s.progress(v)...)
	lines = append(lines, "")
	lines = append(lines, s.tiers(v, columns)...)
	lines = append(append(lines, ""), s.moves(v)...)
	free := func(guide []string) int { return rows - len(lines) - len(guide) - 1 - min(1, len(guide)) }
	// All of the guide, else the addresses, else nothing of it: the alerts come first.
	guide := s.guide(s.Guide, columns)
	if free(guide) < 4 {
		guide = s.guide(s.Guide[:min(len(s.Guide), addressLines)], columns)
	}
	if free(guide) < 4 {
		guide = nil
	}
	lines = append(lines, s.alerts(v, columns, free(guide))...)
	if len(guide) > 0 {
		for len(lines) < rows-len(guide) {
			lines = append(lines, "")
		}
		lines = append(lines, guide...)
	}
	return lines
}

func (s *Screen) header(v view, width int) []string {
	left := fmt.Sprintf("%s · %s %s · %s %d", s.w.title, thousands(v.p.Bank.Customers), s.w.customers, s.w.seed, v.p.Bank.Seed)
	right := v.now
	if v.phase == Live {
		right += fmt.Sprintf("  ● %s (%s = %s)", s.w.live, s.w.perDay, v.p.DayLength)
	} else {
		right += "  " + s.w.phases[v.phase]
	}
	room := max(1, width-columns(left)-columns(right))
	return []string{bold + left + plain + strings.Repeat(" ", room) + cyan + right}
}

func (s *Screen) progress(v view) []string {
	lag := func(n float64) string {
		if n == 0 {
			return green + "✓"
		}
		return yellow + s.w.behind + " " + thousands(n)
	}
	line := fmt.Sprintf("%s %s · %s%s%s · %s %s%s · %s %s%s",
		s.w.log, thousands(v.records), cyan, thousands(v.inRate), s.w.perSecond+plain,
		s.w.fold, lag(v.g.foldLag), plain, s.w.warehouse, lag(v.g.chLag), plain)
	if v.g.waiting {
		line += red + " (" + s.w.waiting + ")"
	}
	if v.g.stopped > 0 {
		line += plain + " · " + red + s.w.stopped + thousands(v.g.stopped) + plain
	}
	if v.phase == Live {
		return []string{line}
	}
	const size = 40
	full := min(max(0, int(v.done*size)), size)
	bar := cyan + strings.Repeat("█", full) + dim + strings.Repeat("░", size-full) + plain
	text := fmt.Sprintf("%s %3.0f %%", bar, 100*v.done)
	if v.left > 0 {
		text += fmt.Sprintf("  %s %s", s.w.left, v.left.Round(time.Second))
	}
	return []string{line, text}
}

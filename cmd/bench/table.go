package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// line is one row of the table.
type line struct {
	what, figure, note string
}

type table struct{ lines []line }

func (t *table) add(what, figure, note string) {
	t.lines = append(t.lines, line{what: what, figure: figure, note: note})
}

func (t *table) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range t.lines {
		if _, err := fmt.Fprintf(tw, "%s\t%s\t%s\n", l.what, l.figure, l.note); err != nil {
			return fmt.Errorf("print table: %w", err)
		}
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// grouped writes a whole number with thousands apart.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func perSecond(n int, seconds float64) string {
	if n == 0 || seconds <= 0 {
		return "-"
	}
	return grouped(int64(float64(n)/seconds)) + "/s"
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Bar tells a person how far something has come: a bar with rate and time left
// on a terminal, a line now and then elsewhere. One goroutine uses it.
type Bar struct {
	Out      io.Writer
	Terminal bool
	// Now is time.Now if nil.
	Now func() time.Time

	stage       string
	began, last time.Time
	first       int64
	drawn, full bool
}

// How often a bar is drawn and a line is written, and how wide a bar is.
const (
	drawEvery = 100 * time.Millisecond
	lineEvery = 5 * time.Second
	barWidth  = 30
)

// Show tells that done of total of the stage is behind us; total 0 is unknown.
// note stands behind the rate, such as "412,000 rows/s". Each new stage begins a
// new line.
func (b *Bar) Show(stage string, done, total int64, note string) {
	now := time.Now
	if b.Now != nil {
		now = b.Now
	}
	t := now()
	if stage != b.stage {
		b.End()
		b.stage, b.began, b.first, b.last, b.full = stage, t, done, time.Time{}, false
	}
	every := lineEvery
	if b.Terminal {
		every = drawEvery
	}
	full := total > 0 && done >= total
	if t.Sub(b.last) < every && (!full || b.full) {
		return
	}
	b.last, b.full = t, full
	text := b.line(done, total, t.Sub(b.began), note)
	if !b.Terminal {
		fmt.Fprintln(b.Out, text)
		return
	}
	fmt.Fprint(b.Out, "\r\x1b[K"+text)
	b.drawn = true
}

func (b *Bar) line(done, total int64, took time.Duration, note string) string {
	text := b.stage
	if total > 0 {
		share := min(float64(done)/float64(total), 1)
		if b.Terminal {
			full := int(share * barWidth)
			text = "[" + strings.Repeat("█", full) + strings.Repeat("·", barWidth-full) + "] " + text
		}
		text += fmt.Sprintf(" %3.0f %%", 100*share)
		if made := done - b.first; made > 0 && done < total && took > time.Second {
			left := time.Duration(float64(took) * float64(total-done) / float64(made))
			text += fmt.Sprintf(", %s left", left.Round(time.Second))
		}
	}
	if note != "" {
		text += ", " + note
	}
	return text
}

// End finishes the line of a terminal.
func (b *Bar) End() {
	if b.drawn {
		fmt.Fprintln(b.Out)
	}
	b.drawn, b.stage = false, ""
}

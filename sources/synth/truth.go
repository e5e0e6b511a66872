package synth

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Truth is what the bank knows of a customer and a watcher should find out.
type Truth struct {
	Customer string `json:"customer"`
	// Story is leak, sudden_outflow, silent, maturity_leaves or growth.
	Story string `json:"story"`
	// Start is the first day of the story, a date.
	Start string `json:"start_day"`
	// Begun is false while the story lies ahead, or never came to pass.
	Begun bool `json:"begun"`
	// AmountMinor is what has left so far (growth: has come), fen.
	AmountMinor int64 `json:"amount_minor"`
	// Destination is the bank code where it went (growth: whence it came).
	Destination string `json:"destination,omitempty"`
	Bank        string `json:"bank,omitempty"`
}

type told struct {
	no uint32
	story
}

// WriteTruth writes the stories known so far as JSON lines: those of earlier
// epochs that came to pass, then those of the present epoch by customer.
func (b *Bank) WriteTruth(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	write := func(t told) error {
		y, m, d := civil(t.day)
		line := Truth{Customer: b.ids[t.no], Story: storyNames[t.kind], Start: fmt.Sprintf("%04d-%02d-%02d", y, m, d), Begun: t.begun}
		if t.begun {
			line.AmountMinor = t.moved
		}
		if t.kind != silent {
			line.Destination, line.Bank = otherBanks[t.bank].code, otherBanks[t.bank].name
		}
		return enc.Encode(line)
	}
	for _, t := range b.past {
		if err := write(t); err != nil {
			return fmt.Errorf("write truth: %w", err)
		}
	}
	for i := range b.customers {
		if c := &b.customers[i]; c.story.kind != noStory {
			if err := write(told{c.no, c.story}); err != nil {
				return fmt.Errorf("write truth: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}

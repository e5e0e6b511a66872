package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// phases in the words of a person who waits.
var phases = map[string]string{
	embedded.PhaseWait:     "waiting for another process that fetches ClickHouse",
	embedded.PhaseVerify:   "verifying ClickHouse",
	embedded.PhaseDownload: "fetching ClickHouse",
	embedded.PhaseUnpack:   "unpacking ClickHouse",
}

const barWidth = 30

// fetchProgress draws a bar on a terminal, and a line every ten seconds
// elsewhere.
func (a *app) fetchProgress() func(embedded.Progress) {
	terminal := wire.Terminal(a.err)
	var last time.Time
	return func(p embedded.Progress) {
		done := p.Total > 0 && p.Done == p.Total
		if !terminal && !done && time.Since(last) < 10*time.Second {
			return
		}
		last = time.Now()
		fmt.Fprint(a.err, progressLine(p, terminal))
		if done && terminal {
			fmt.Fprintln(a.err)
		}
	}
}

func progressLine(p embedded.Progress, terminal bool) string {
	what := phases[p.Phase]
	if p.Total == 0 {
		if terminal {
			return "\r\x1b[K" + what
		}
		return what + "\n"
	}
	share := float64(p.Done) / float64(p.Total)
	text := fmt.Sprintf("%s %3.0f %% of %d MB", what, 100*share, p.Total/1_000_000)
	if !terminal {
		return text + "\n"
	}
	full := int(share * barWidth)
	return "\r\x1b[K[" + strings.Repeat("█", full) + strings.Repeat("·", barWidth-full) + "] " + text
}

package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/alert"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Lines tells a demo without a terminal: a line of progress now and then, and
// one for each alert; with JSON, alerts only, as subscribers get them.
type Lines struct {
	Out io.Writer
	// Err takes the progress.
	Err   io.Writer
	Guide []string
	Lang  string
	JSON  bool

	rates meter
}

const lineEvery = 5 * time.Second

func (l *Lines) attach(w *watch) { w.onAlert = l.alert }

func (l *Lines) alert(a *pb.Alert) {
	if l.JSON {
		_, _ = l.Out.Write(append(alert.AppendJSON(nil, a, offsetOf(a)), '\n'))
		return
	}
	text := strings.ReplaceAll(textOf(a, l.Lang), "**", "")
	fmt.Fprintf(l.Out, "%s  %s\n", event.FormatDay(a.Day), strings.ReplaceAll(text, "\n", " "))
}

// offsetOf is the demo bank's: it knows no summer time.
func offsetOf(*pb.Alert) int32 { return 8 * 3600 }

func (l *Lines) run(ctx context.Context, t *theatre) error {
	w := languages[l.Lang]
	for _, g := range l.Guide {
		fmt.Fprintln(l.Err, g)
	}
	tick := time.NewTicker(lineEvery)
	defer tick.Stop()
	for {
		v, err := t.view(&l.rates)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s  %s  %s %s (%s%s)  %s %s %s  %s %s %s", v.now, w.phases[v.phase],
			w.log, thousands(v.records), thousands(v.inRate), w.perSecond,
			w.fold, w.behind, thousands(v.g.foldLag), w.warehouse, w.behind, thousands(v.g.chLag))
		if v.g.stopped > 0 {
			line += "  " + w.stopped + thousands(v.g.stopped)
		}
		if v.phase != Live {
			line += fmt.Sprintf("  %.0f %%", 100*v.done)
		}
		fmt.Fprintln(l.Err, line)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

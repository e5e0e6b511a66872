package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

// showPolicies lists what was published, with the days of being in force.
func showPolicies(out io.Writer, t *control.Table, cal *event.Calendar) error {
	list := t.Policies()
	if len(list) == 0 {
		fmt.Fprintln(out, "no policy was published: `tierwatch policy publish FILE`")
		return nil
	}
	written := t.Time
	if written == nil {
		written = &pb.TimeProgress{}
	}
	waiting := map[uint32]bool{}
	for _, p := range t.Publications(written.ControlNext) {
		if p.Policy != nil {
			waiting[p.Policy.Version] = true
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POLICY\tVERSION\tASKED FOR FROM\tIN FORCE FROM\tSTATE\tBYTES")
	for _, p := range list {
		asked := "as soon as possible"
		if p.EffectiveDay > 0 {
			asked = event.FormatDay(p.EffectiveDay)
		}
		from, state := inForce(written, p.Version, waiting[p.Version])
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\n", p.Name, p.Version, asked, from, state, len(p.Yaml))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print policies: %w", err)
	}
	fmt.Fprintln(out, clockOf(written, cal))
	return nil
}

// inForce is since when a version is in force, and whether it is now.
func inForce(t *pb.TimeProgress, version uint32, waiting bool) (from, state string) {
	i := slices.IndexFunc(t.Policies, func(p *pb.PolicyDay) bool { return p.Version == version })
	switch {
	case i < 0 && waiting:
		return "-", "waits to be written into the log"
	case i < 0 && len(t.Policies) > 0 && version > t.Policies[0].Version:
		return "-", "never: not newer than the one before it"
	case i < 0:
		return "-", "not recorded: written by an older program"
	}
	// The fold takes them in their order: one waits for those before it.
	day := func(k int) int32 {
		first := int32(0)
		for _, p := range t.Policies[:k+1] {
			first = max(first, p.EffectiveDay)
		}
		return first
	}
	from = event.FormatDay(day(i))
	// A version comes with the CLOSE of the day before its own; of two that come with
	// one CLOSE the later is in force. A log without a clock has one policy.
	begun := func(k int) bool { return t.TickAt == 0 || day(k) <= t.LastClose+1 }
	switch next := i + 1; {
	case !begun(i):
		return from, "to come"
	case next < len(t.Policies) && begun(next):
		return from, "until " + event.FormatDay(day(next)-1)
	}
	return from, "in force"
}

// clockOf is how far the log is.
func clockOf(t *pb.TimeProgress, cal *event.Calendar) string {
	text := "The log has no clock."
	if t.TickAt > 0 {
		text = "The log's clock: " + time.Unix(cal.Local(t.TickAt), 0).UTC().Format("2006-01-02 15:04")
		if t.LastClose > 0 {
			text += ", days closed through " + event.FormatDay(t.LastClose)
		}
		text += "."
	}
	return text
}

package main

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestPublicationsGoByTheLogsClock: a log that was loaded stands long before today. What
// cannot take effect is refused, and what takes effect on another day than the one named
// is warned of (rule R135).
func TestPublicationsGoByTheLogsClock(t *testing.T) {
	const june1, today = 20240, 20240 + 546
	loaded := &pb.TimeProgress{
		TickAt: int64(june1) * 86400, BusinessDay: june1, LastClose: june1 - 1, ControlNext: 5,
		Policies: []*pb.PolicyDay{{Version: 1, EffectiveDay: june1 - 100}},
	}
	coming := loaded.CloneVT()
	coming.Policies = append(coming.Policies, &pb.PolicyDay{Version: 2, EffectiveDay: june1 + 30})
	live := loaded.CloneVT()
	live.Live = true
	again := &pb.PolicyPublication{Version: 2, EffectiveDay: june1 + 30}
	for name, c := range map[string]struct {
		p             publication
		refused, when string
		notes         []string
	}{
		"a new deployment": {publication{version: 1, asked: june1, written: &pb.TimeProgress{}, today: today}, "", "from 2025-06-01", nil},
		"loaded, behind": {
			publication{version: 2, asked: june1 + 30, written: loaded, today: today},
			"", "from 2025-07-01, if",
			[]string{"the log's clock is at 2025-06-01, days are closed through 2025-05-31; a conductor (`tierwatch run`) started now puts it into force on 2026-11-30, the day after today, and every day before is closed under the rules there are; on 2025-07-01 it comes into force only if a `tierwatch load`"},
		},
		"behind, as soon as possible":   {publication{version: 2, written: loaded, today: today}, "", "as soon as possible", []string{"into force on 2026-11-30"}},
		"live, behind":                  {publication{version: 2, asked: june1 + 30, written: live, today: today}, "", "from 2025-07-01, if", []string{"under the rules there are"}},
		"not behind":                    {publication{version: 2, asked: june1 + 1, written: live, today: june1}, "", "from 2025-06-02, if", nil},
		"behind, a day still to come":   {publication{version: 2, asked: today + 1, written: loaded, today: today}, "", "from 2026-11-30, if", nil},
		"the demo's clock is the log's": {publication{version: 2, asked: june1 + 30, written: loaded}, "", "from 2025-07-01, if", nil},
		"a day that the log has begun":  {publication{version: 2, asked: june1, written: loaded, today: today}, "--from 2025-06-01: the log's clock is at 2025-06-01, days are closed through 2025-05-31; the first day that a policy can still begin on is 2025-06-02: name it", "", nil},
		"again while it waits": {
			publication{version: 2, asked: june1 + 60, written: loaded, today: june1, again: again, waits: true},
			"", "from 2025-07-31, if",
			[]string{"version 2 waited to be written into the log, effective from 2025-07-01: this publication takes its place"},
		},
		"again when it is in the log":       {publication{version: 2, asked: june1 + 60, written: coming, today: june1, again: again}, "version: 2: it is in the log already (first day 2025-07-01, to come), so it would be ignored: write version: 3", "", nil},
		"the next, before that is in force": {publication{version: 3, asked: june1 + 31, older: coming.Policies[1], written: coming, today: june1}, "", "from 2025-07-02, if", []string{"version 2 is still to come, on 2025-07-01"}},
		"in its place":                      {publication{version: 3, asked: june1 + 30, older: coming.Policies[1], written: coming, today: june1}, "", "from 2025-07-01, if", []string{"or in its place on that day"}},
		"before it":                         {publication{version: 3, asked: june1 + 29, older: coming.Policies[1], written: coming, today: june1}, "--from 2025-06-30: version 2 is still to come, on 2025-07-01, and no later version comes before it: name that day", "", nil},
	} {
		err := c.p.refused()
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want %q", name, err, c.refused)
		}
		if err != nil {
			continue
		}
		notes := c.p.notes()
		if len(notes) != len(c.notes) || !strings.HasPrefix(c.p.when(), c.when) {
			t.Errorf("%s: %s, %q, want %s, %d notes", name, c.p.when(), notes, c.when, len(c.notes))
			continue
		}
		for i, want := range c.notes {
			if !strings.Contains(notes[i], want) {
				t.Errorf("%s: note %q, want %q", name, notes[i], want)
			}
		}
	}
}

// Beside a log that was loaded, a version is published, again with another day while it
// waits, and not at all for a day that is closed.
func TestPublishingBesideALoadedLog(t *testing.T) {
	b := newRefusals(t)
	b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	b.write("v2.yaml", []byte(strings.Replace(historyPolicy, "version: 1", "version: 2", 1)))
	publish := func(code exit.Code, file, from string) string {
		out, errOut := b.run(int(code), "policy", "publish", file, "--from", from, "--data-dir", "data")
		return out + errOut
	}
	tells(t, publish(exit.Usage, "v2.yaml", "2025-01-04"), "--from 2025-01-04: the log's clock is at 2025-01-0", "name it or a later one")
	tells(t, publish(exit.OK, "v2.yaml", "2025-02-01"), "policy small version 2, effective from 2025-02-01, if it is written", "a conductor (`tierwatch run`) started now puts it into force on 20", "on 2025-02-01 it comes into force only if")
	tells(t, publish(exit.OK, "v2.yaml", "2025-03-01"), "effective from 2025-02-01: this publication takes its place", "effective from 2025-03-01")
	tells(t, publish(exit.Usage, "policy.yaml", "2025-03-01"), "version 2 is published, so this one would be ignored", "write version: 3")
	b.write("v3.yaml", []byte(strings.Replace(historyPolicy, "version: 1", "version: 3", 1)))
	tells(t, publish(exit.Usage, "v3.yaml", "2025-02-28"), "--from 2025-02-28: version 2 is still to come, on 2025-03-01, and no later version comes before it")
	b.write("more.csv", []byte("id,date,customer,kind,amount,currency\n9,2025-03-05,C1,N,10.00,CNY\n"))
	b.run(0, "load", "--mapping", "core.yaml", "--data-dir", "data", "more.csv")
	tells(t, publish(exit.Usage, "v2.yaml", "2025-04-01"), "version: 2: it is in the log already (first day 2025-03-01, in force), so it would be ignored: write version: 3")
}

package main

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// The second version is one that may follow the first, and differs in all that it is for:
// a tier is gone, a scheme has come, two thresholds are others.
func TestTheSecondPolicy(t *testing.T) {
	first, err := policy.Compile("first", demo.Policy, policy.Options{BaseCurrency: currency})
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := policy.Check("second", []byte(reformed()), policy.Options{BaseCurrency: currency, Previous: first})
	if err != nil {
		t.Fatal(err)
	}
	tiers := func(p *policy.Plan, scheme string) (list []string) {
		for i := range p.Schemes {
			for _, tier := range p.Schemes[i].Tiers {
				if p.Schemes[i].Name == scheme {
					list = append(list, tier.Name)
				}
			}
		}
		return list
	}
	for scheme, want := range map[string]struct{ before, after string }{
		"card":  {"mass gold platinum diamond private", "mass gold diamond private"},
		"class": {"c b a", "c b a"},
		"club":  {"", "guest member friend"},
	} {
		if before, after := strings.Join(tiers(first, scheme), " "), strings.Join(tiers(second, scheme), " "); before != want.before || after != want.after {
			t.Errorf("%s has the tiers %q, and then %q; want %q and %q", scheme, before, after, want.before, want.after)
		}
	}
	if second.Version != 2 || !strings.Contains(reformed(), "from: 60_000,") || !strings.Contains(reformed(), "from: 35%") {
		t.Errorf("version %d:\n%s", second.Version, reformed())
	}
}

// The kill comes when a partition has committed that it is amid the policy's drain, not that
// of a CLOSE or of another record, and else when all are behind it.
func TestAmidThePolicysDrain(t *testing.T) {
	row := func(at int64, p *pb.Progress) kadm.OffsetResponse {
		raw, err := p.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		o := kadm.OffsetResponse{}
		o.At, o.Metadata = at, progress.NotDraining+base64.StdEncoding.EncodeToString(raw)
		return o
	}
	at := map[int32]int64{0: 10, 1: 20, 2: 30, 3: 40}
	for _, c := range []struct {
		name       string
		second     kadm.OffsetResponse // of partition 1
		amid, done bool
	}{
		{"before the CLOSE", row(20, &pb.Progress{}), false, false},
		{"in the drain of the CLOSE", row(21, &pb.Progress{Draining: true, ControlOffset: 20, Stage: 1}), false, false},
		{"in that of the policy", row(25, &pb.Progress{Draining: true, ControlOffset: 20, Stage: 2}), true, false},
		{"behind it", row(21, &pb.Progress{}), false, true},
		{"in that of another record", row(31, &pb.Progress{Draining: true, ControlOffset: 30, Stage: 2}), false, true},
	} {
		rows := map[int32]kadm.OffsetResponse{0: row(11, &pb.Progress{}), 1: c.second, 2: row(31, &pb.Progress{}), 3: row(41, &pb.Progress{})}
		if amid, done := (&watched{at: at}).look(rows); amid != c.amid || done != c.done {
			t.Errorf("%s: amid %t, done %t", c.name, amid, done)
		}
	}
}

// Idle customers come once, on the first day, most with a tier; later some have a booking.
// They are the same each time, and of a seed of their own.
func TestIdleCustomers(t *testing.T) {
	cal, err := event.NewCalendar(timeZone, "24:00", currency)
	if err != nil {
		t.Fatal(err)
	}
	const first, n = 20_112, 1_000
	days := func(seed uint64) (list [][]string) {
		d := newIdle(seed, n, first, cal)
		for day := range int32(3) {
			var texts []string
			for _, r := range d.day(first + day) {
				if r.at < cal.Cut(first+day-1) || r.at >= cal.Cut(first+day) || r.nature != good {
					t.Errorf("due at %d on %s: %s", r.at, event.FormatDay(first+day), r.value)
				}
				texts = append(texts, string(r.value))
			}
			list = append(list, texts)
		}
		return list
	}
	got := days(7)
	count := func(day int, what string) (k int) {
		for _, text := range got[day] {
			if strings.Contains(text, what) {
				k++
			}
		}
		return k
	}
	if b, s := count(0, `"record":"balance"`), count(0, `"record":"seed"`); b != n || s < n/2 || s == n || b+s != len(got[0]) {
		t.Errorf("of %d customers there are %d balances and %d tiers among %d rows", n, b, s, len(got[0]))
	}
	if k := count(1, `"event_id":"core:idle-`); k == 0 || k > n/10 || k != len(got[1]) {
		t.Errorf("on the second day there are %d bookings among %d rows", k, len(got[1]))
	}
	if count(0, `"tier":"platinum"`) == 0 {
		t.Error("nobody has the tier that the second version of the policy has not")
	}
	same := func(a, b [][]string) bool { return slices.EqualFunc(a, b, slices.Equal[[]string]) }
	if !same(got, days(7)) || same(got, days(8)) {
		t.Error("a seed gives other customers, or two the same")
	}
}

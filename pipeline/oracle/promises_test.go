package oracle_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// fed is a fold that has taken a log, and its last closed day.
func fed(t *rapid.T, l *gen.Log, chunk int) (*folded, int32) {
	f := newFold()
	f.chunk = chunk
	last := int32(0)
	for i, r := range l.Records {
		if err := f.Apply(int64(i), r); err != nil {
			t.Fatalf("record %d: %v\n%s", i, err, l)
		}
		if r.Close != nil {
			last = r.Close.Day
		}
	}
	return f, last
}

// promise is a projected fall.
type promise struct {
	customer, scheme string
	on               int32
	to               string
	from             int
}

func promises(f *folded) []promise {
	var out []promise
	for _, id := range []string{"C1", "C2", "C3"} {
		x, ok := f.p.Explain(id)
		if !ok {
			continue
		}
		for i := range x.Schemes {
			s := &x.Schemes[i]
			if s.Projection.On != 0 {
				out = append(out, promise{id, s.Name, s.Projection.On, x.Plan.Schemes[i].Tiers[s.Projection.To].Name, int(s.State.Tier)})
			}
		}
	}
	return out
}

// TestPromisedDay: with no further record but TICK and CLOSE the tier changes on
// exactly the projected day.
func TestPromisedDay(t *testing.T) {
	for _, c := range without {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				f := c.f
				f.MaxDays, f.Seeded = 90, true
				l := gen.Draw(t, f)
				v, last := fed(t, l, 1000)
				if !keeps(t, v, last, promises(v)) {
					t.Fatalf("%s", l)
				}
			})
		})
	}
}

// keeps plays the days on and looks for the first lower tier of each promise.
func keeps(t *rapid.T, f *folded, last int32, made []promise) bool {
	end := last
	for _, p := range made {
		end = max(end, p.on-1)
	}
	kept := make([]bool, len(made))
	broken := false
	for d := last + 1; d <= end; d++ {
		for _, r := range (&gen.Log{}).Close(d).Records {
			if err := f.Apply(int64(d)*10, r); err != nil {
				t.Fatal(err)
			}
		}
		for _, ch := range f.last.changes {
			i := slices.IndexFunc(made, func(p promise) bool { return p.customer == ch.CustomerId && p.scheme == ch.Scheme })
			fell := ch.Kind == pb.ChangeKind_DOWNGRADED || ch.Kind == pb.ChangeKind_DOWN_PROPOSED
			if i < 0 || kept[i] || !fell || int(ch.ToRank) >= made[i].from {
				continue
			}
			kept[i] = true
			if ch.EffectiveDay != made[i].on || ch.To != made[i].to {
				t.Logf("promised %s %s on %s to %s, came %s on %s to %s", made[i].customer, made[i].scheme, gen.Date(made[i].on),
					made[i].to, ch.Kind, gen.Date(ch.EffectiveDay), ch.To)
				broken = true
			}
		}
	}
	for i, p := range made {
		if !kept[i] {
			t.Logf("promised %s %s on %s to %s, nothing came", p.customer, p.scheme, gen.Date(p.on), p.to)
			broken = true
		}
	}
	return !broken
}

// openAlert finds an open alert that says that the open period will be missed.
func openAlert(f *folded, customer string) *pb.Alert {
	for _, a := range f.cases {
		risk := a.Code == "MISS_PROJECTED" || a.Code == "VALUE_DOWNGRADE_PROJECTED"
		if a.Customer.GetId() == customer && risk && a.State == pb.AlertState_OPEN && a.Money.GetReachable() {
			return a
		}
	}
	return nil
}

// TestTopUpClears: paying what the projection asks makes the open period qualify
// at the next CLOSE; one minor unit less does not.
func TestTopUpClears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := gen.Draw(t, gen.Features{MaxDays: 80, Seeded: true, Pure: true, NoHeals: true, NoSide: true, NoPolicies: true})
		v, last := fed(t, l, 1000)
		x, s := v.scheme("C1", "card")
		if s == nil || openAlert(v, "C1") == nil || s.Money.TopUp == 0 || x.Day != last+1 || x.Day == s.PeriodEnd {
			return
		}
		id := openAlert(v, "C1").AlertId
		for less := range int64(2) {
			again := &gen.Log{Records: slices.Clone(l.Records)}
			again.Book("C1", "deposit", x.Day, s.Money.TopUp-less, gen.ID("deposit"))
			again.Close(x.Day)
			v, _ := fed(t, again, 1000)
			a := openAlert(v, "C1")
			_, after := v.scheme("C1", "card")
			// Almost enough may keep the period after this one: a lesser alert takes over.
			open := a != nil && (a.AlertId == id || less == 1)
			if miss := after.Reached < after.State.Tier; open != (less == 1) || miss != (less == 1) {
				t.Fatalf("deposit of %d of %d on %s: alert open %v, period misses %v\n%s", s.Money.TopUp-less, s.Money.TopUp,
					gen.Date(x.Day), open, miss, l)
			}
		}
	})
}

// TestAnyChunking: outputs per customer and topic are the same bytes however a drain is cut
// up, and whether or not customer records come into it.
func TestAnyChunking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := gen.Draw(t, gen.Features{MaxDays: 70})
		whole, _ := fed(t, l, 1000)
		for _, chunk := range []int{1, 2, -1} {
			other, _ := fed(t, l, chunk)
			finish(t, other)
			for id := range other.raw {
				if whole.raw[id] == nil {
					t.Fatalf("%s, chunks of %d\n%s\n%s", id, chunk, firstOther(nil, other.raw[id]), l)
				}
			}
			for id, lines := range whole.raw {
				if !slices.Equal(lines, other.raw[id]) {
					t.Fatalf("%s, chunks of %d\n%s\n%s", id, chunk, firstOther(lines, other.raw[id]), l)
				}
			}
		}
	})
}

// finish ends a drain that was left open.
func finish(t *rapid.T, f *folded) {
	f.outs.Reset()
	for f.p.Draining() {
		f.p.Drain(1, &f.outs)
	}
	if err := f.take(); err != nil {
		t.Fatal(err)
	}
}

func firstOther(a, b []string) string {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			got := "nothing"
			if i < len(b) {
				got = b[i]
			}
			return "whole:   " + a[i] + "\nchunked: " + got
		}
	}
	return "chunked has more"
}

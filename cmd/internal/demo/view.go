package demo

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	example "github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/sources/event"
)

// view is one look at a demo, for a display.
type view struct {
	p       Params
	phase   Phase
	resumed bool
	now     string // the bank's time
	today   int32  // and its business day; 0 before live play
	records int64  // of this run
	inRate  float64
	done    float64 // 0 … 1 of the history or the catching up
	left    time.Duration
	g       gauges
	seen    seen
	tiers   []Tier
	first   map[string]uint64
	lead    string // the scheme about money
	names   map[string]policy.Tier
}

// view takes a look; m keeps what rates are made from between two looks.
func (t *theatre) view(m *meter) (view, error) {
	t.mu.Lock()
	v := view{p: t.p, phase: t.phase, resumed: t.resumed, tiers: t.tiers, first: t.first, seen: t.out.seen()}
	playing := t.live
	t.mu.Unlock()
	if err := v.g.read(t.d.Metrics); err != nil {
		return v, err
	}
	v.records = t.hist.Written.Load()
	stands, done := progressOf(v.phase, t.hist.Day.Load(), t.p.Bank.Start, t.p.Bank.LastHistoryDay(), t.stood)
	v.now, v.done = event.FormatDay(stands), done
	if playing != nil {
		v.records += playing.Sent.Load()
		now := playing.clock.Now().Unix()
		v.today = t.d.Calendar.BusinessDay(now)
		at := t.d.Calendar.Local(now)
		v.now = time.Unix(at, 0).UTC().Format("2006-01-02 15:04")
	}
	v.inRate = m.rate(v.records)
	if v.phase == Folding {
		v.done = m.catchUp(v.g.foldLag)
	}
	v.left = m.remaining(v.phase, v.done)
	v.lead, v.names = t.policy()
	v.tiers = withEmpty(v.tiers, t.order)
	return v, nil
}

// progressOf is the day of the bank, and how much of a phase is done. A bank that lives
// through days which are in the log stands where it stood when it was stopped.
func progressOf(p Phase, day, first, last, stood int32) (stands int32, done float64) {
	if p == Remembering && stood >= first {
		return stood, historyDone(day, first, stood)
	}
	return max(day, first), historyDone(day, first, last)
}

// historyDone is the share of the history up to a day. A demo that is resumed may
// have played live for long: its day lies behind the history.
func historyDone(day, first, last int32) float64 {
	return float64(min(max(0, day-first), last-first+1)) / float64(last-first+1)
}

// policy gives the names of the first policy's tiers, and its first scheme.
func (t *theatre) policy() (lead string, names map[string]policy.Tier) {
	t.naming.Do(func() {
		t.names = map[string]policy.Tier{}
		plan, err := policy.Compile("demo/policy.yaml", example.Policy, t.d.PolicyOptions())
		if err != nil {
			return // names are missing then; the history has failed on it already
		}
		t.lead = plan.Schemes[0].Name
		for _, s := range plan.Schemes {
			for rank, tier := range slices.Backward(s.Tiers) {
				t.order = append(t.order, Tier{Scheme: s.Name, Tier: tier.Name, Rank: int16(rank)})
				t.names[s.Name+"/"+tier.Name] = tier
			}
		}
	})
	return t.lead, t.names
}

// withEmpty adds the tiers of order that nobody is in, in the census'
// order: they are told too. Nothing is added to no answer.
func withEmpty(list, order []Tier) []Tier {
	if len(list) == 0 {
		return list
	}
	whole := slices.Clone(list)
	for _, t := range order {
		same := func(have Tier) bool { return have.Scheme == t.Scheme && have.Tier == t.Tier }
		if slices.ContainsFunc(list, same) {
			continue
		}
		whole = append(whole, t)
	}
	slices.SortStableFunc(whole, func(a, b Tier) int {
		return cmp.Or(strings.Compare(a.Scheme, b.Scheme), int(b.Rank)-int(a.Rank))
	})
	return whole
}

// name is a tier's in the language, its own when the policy has none.
func (v view) name(t Tier, lang string) string {
	n := v.names[t.Scheme+"/"+t.Tier]
	switch {
	case lang == "zh" && n.Zh != "":
		return n.Zh
	case lang == "en" && n.En != "":
		return n.En
	}
	return t.Tier
}

// meter makes rates and remaining times from successive looks.
type meter struct {
	at    time.Time
	last  int64
	speed float64

	phase Phase
	began time.Time
	from  float64
	most  float64
}

// memory is how far back a rate looks, in seconds.
const memory = 2.0

func (m *meter) rate(total int64) float64 {
	now := time.Now()
	if !m.at.IsZero() {
		if d := now.Sub(m.at).Seconds(); d > 0 {
			m.speed += (1 - math.Exp(-d/memory)) * (float64(total-m.last)/d - m.speed)
		}
	}
	m.at, m.last = now, total
	return max(0, m.speed)
}

// catchUp is the share of the largest lag seen that is worked off.
func (m *meter) catchUp(lag float64) float64 {
	if m.most = max(m.most, lag); m.most == 0 {
		return 1
	}
	return 1 - lag/m.most
}

// remaining is the time a phase takes on at its mean speed; 0: not known yet.
func (m *meter) remaining(p Phase, done float64) time.Duration {
	if p != m.phase {
		m.phase, m.began, m.from = p, time.Now(), done
	}
	gone := time.Since(m.began)
	if done-m.from < 0.01 || p == Live {
		return 0
	}
	return time.Duration(float64(gone) * (1 - done) / (done - m.from))
}

package script

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// form is how a value is written.
type form uint8

const (
	// aDate is a date, or never.
	aDate form = iota + 1
	// money is base currency.
	money
	count
	// ofMisses is used/allowed, or only used.
	ofMisses
	// word is compared without regard to case.
	word
	// bare stands alone.
	bare
	share
	// raw is compared when the plan is known: the unit of a metric is its own.
	raw
)

// expectation says what a kind of expect line may ask.
type expectation struct {
	// name tells that a word follows the customer: code, kind or cause.
	name bool
	keys map[string]form
	// other is the form of keys that are names of the policy; 0: there are none.
	other form
}

var expectations = map[string]expectation{
	"tier": {keys: map[string]form{
		"watch": bare, "no_watch": bare, "misses": ofMisses, "since": aDate, "guarantee": aDate, "proposed": bare,
	}, other: word},
	"alert": {name: true, keys: map[string]form{
		"state": word, "severity": word, "scheme": word, "from": word, "lands_on": word, "falls_on": aDate, "act_by": aDate,
		"misses": ofMisses, "top_up": money, "shortfall": money, "daily": money, "hold_after": money, "estimate": money,
		"threshold": money, "at_risk": money, "reachable": word, "lever": word, "reason": word, "reason_share": share,
		"reason_amount": money, "revision": count, "mode": word, "opened": aDate, "quality": word, "missing": word,
		"wait_on": aDate, "wait_top_up": money, "wait2_on": aDate, "wait2_top_up": money,
	}},
	"project": {keys: map[string]form{
		"scheme": word, "down_on": aDate, "lands_on": word, "top_up": money, "shortfall": money, "daily": money,
		"hold_after": money, "estimate": money, "threshold": money, "at_risk": money, "reachable": word, "lever": word,
	}},
	"change": {name: true, keys: map[string]form{
		"scheme": word, "from": word, "to": word, "decided": aDate, "effective": aDate, "supersedes": aDate,
		"misses": count, "value": money, "threshold": money, "period": aDate,
	}},
	"metric":  {other: raw},
	"score":   {other: share},
	"average": {keys: map[string]form{"on": aDate}, other: money},
	"verdict": {name: true, keys: map[string]form{"cause": word, "day": aDate, "event": word, "account": word, "amount": count}},
	"reject":  {name: true, keys: map[string]form{"event": word}},
}

// expect reads: expect [no] [WHAT] CUSTOMER ….
func (p *parser) expect(w *words) (Action, error) {
	first, err := w.want("what to expect")
	if err != nil {
		return nil, err
	}
	e := Expect{What: "tier", Customer: first}
	if first == "no" {
		e.Not = true
		if first, err = w.want("what not to expect"); err != nil {
			return nil, err
		}
	}
	if _, known := expectations[first]; known && first != "tier" {
		e.What = first
		if e.Customer, err = w.want("the customer"); err != nil {
			return nil, err
		}
	} else if e.Not {
		return nil, fmt.Errorf("no %s cannot be expected; write no alert, change, verdict or reject", first)
	}
	x := expectations[e.What]
	if e.Not && !x.name {
		return nil, fmt.Errorf("no %s cannot be expected; write no alert, change, verdict or reject", e.What)
	}
	if x.name {
		if err := e.named(w); err != nil {
			return nil, err
		}
	}
	if e.Args, err = p.args(w, x); err != nil {
		return nil, err
	}
	if len(e.Args) == 0 && !x.name {
		return nil, errors.New("nothing is expected; write what must hold, such as card=gold")
	}
	return e, nil
}

// codes are the names that can follow the customer; causes are free.
var codes = map[string]map[string]bool{
	"alert": set("MISS_PROJECTED", "VALUE_DOWNGRADE_PROJECTED", "WATCH_ENTERED", "GRACE_LAST_MONTH", "TIER_DOWNGRADED",
		"TIER_UPGRADED", "TIER_RESTORED", "TIER_CORRECTED", "NEAR_UPGRADE", "LARGE_OUTFLOW", "ACTIVITY_SILENCE"),
	"change":  enum(pb.ChangeKind_value, "CHANGE_KIND_UNSPECIFIED", ""),
	"verdict": enum(pb.VerdictKind_value, "VERDICT_KIND_UNSPECIFIED", "VERDICT_"),
}

// named reads the code, kind or cause; with no it may be left out.
func (e *Expect) named(w *words) error {
	if e.Not && (len(w.list) == 0 || strings.Contains(w.list[0], "=")) {
		return nil
	}
	s, err := w.want("which " + e.What)
	if err != nil {
		return err
	}
	if e.What == "reject" {
		e.Name = strings.ToLower(s)
		return nil
	}
	e.Name = strings.ToUpper(s)
	if !codes[e.What][e.Name] {
		return fmt.Errorf("there is no %s %q; use %s", e.What, s, keysOf(codes[e.What]))
	}
	return nil
}

// args reads what must hold.
func (p *parser) args(w *words, x expectation) ([]Arg, error) {
	var args []Arg
	for len(w.list) > 0 {
		got := w.next()
		key, value, assigned := strings.Cut(got, "=")
		f, known := x.keys[key]
		if !known {
			f = x.other
		}
		if f == 0 {
			return nil, fmt.Errorf("%q is not known here; use %s", got, keysOf(x.keys))
		}
		if assigned != (f != bare) || (assigned && value == "") {
			return nil, fmt.Errorf("%q is not complete; write %s", got, map[bool]string{true: key, false: key + "=…"}[f == bare])
		}
		want, err := p.canonical(f, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		args = append(args, Arg{Key: key, Want: want})
	}
	return args, nil
}

// canonical writes an expected value as got values are written.
func (p *parser) canonical(f form, s string) (string, error) {
	switch f {
	case aDate:
		if s == "never" || s == "none" {
			return day.String(day.None), nil
		}
		d, err := readDate(s)
		return day.String(d), err
	case money:
		v, err := p.amount(s, p.script.Base)
		n, _ := policy.MinorDigits(p.script.Base)
		return decimal(v, n), err
	case share:
		v, err := policy.Decimal(strings.TrimSuffix(s, "%"), 2)
		if err != nil || !strings.HasSuffix(s, "%") {
			return "", fmt.Errorf("%q is no percent; write it like 44%%", s)
		}
		return decimal(v, 2) + "%", nil
	case count:
		v, err := policy.Decimal(s, 0)
		if err != nil {
			return "", fmt.Errorf("%q is no whole number", s)
		}
		return decimal(v, 0), nil
	case ofMisses:
		for part := range strings.SplitSeq(s, "/") {
			if v, err := policy.Decimal(part, 0); err != nil || v < 0 || strings.Count(s, "/") > 1 {
				return "", fmt.Errorf("%q are no misses; write them like 1/3", s)
			}
		}
		return s, nil
	case word:
		return strings.ToLower(s), nil
	case bare:
		return "yes", nil
	case raw:
	}
	return s, nil
}

func set(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

func enum(values map[string]int32, none, prefix string) map[string]bool {
	out := map[string]bool{}
	for name := range values {
		if name != none {
			out[strings.TrimPrefix(name, prefix)] = true
		}
	}
	return out
}

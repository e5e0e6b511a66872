package alert

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
)

var update = flag.Bool("update", false, "rewrite testdata")

// TestScripts plays testdata/*.txt: what each moment makes of the alerts is the
// indented text below it. Facts stand until changed.
//
//	rules CODE key=N ...        set a rule: within cooldown expires dwell hold critical, off=1
//	facts word key=value ...    change the facts (see factWords)
//	event|tick DAY HH:MM        judge at an event or TICK of that day
//	close DAY                   judge at CLOSE(DAY)
//	handover DAY                HANDOVER after CLOSE(DAY)
//	due                         print what NextDue and Timer say
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := newPlayer(t).play(want)
			if *update {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs, -update shows how:\n%s", name, got)
			}
		})
	}
}

type player struct {
	t     *testing.T
	rules policy.Alerts
	f     Facts
	cases []Case
	names map[uint64]string
	out   bytes.Buffer
}

func newPlayer(t *testing.T) *player {
	return &player{t: t, names: map[uint64]string{}, f: Facts{Active: true, Judged: true}}
}

func (p *player) play(script []byte) []byte {
	sc := bufio.NewScanner(bytes.NewReader(script))
	for sc.Scan() {
		line := sc.Text()
		if strings.HasPrefix(line, "  ") {
			continue
		}
		fmt.Fprintln(&p.out, line)
		if w := strings.Fields(line); len(w) > 0 && w[0] != "#" {
			p.step(w[0], w[1:])
		}
	}
	return p.out.Bytes()
}

func (p *player) step(verb string, args []string) {
	switch verb {
	case "rules":
		p.setRule(args)
	case "facts":
		for _, a := range args {
			k, v, _ := strings.Cut(a, "=")
			p.fact(k, v)
		}
	case "event", "tick":
		p.at(args[0], args[1])
		p.f.AtClose = false
		p.judge()
	case "close":
		p.at(args[0], "24:00")
		p.f.Day, p.f.AtClose = p.f.Day+1, true
		p.judge()
	case "handover":
		p.at(args[0], "24:00")
		p.f.Day, p.f.AtClose = p.f.Day+1, false
		Relive(&p.f, p.cases, p.show)
	case "due":
		due, timer := "never", "none"
		if d := NextDue(p.cases, &p.rules, &p.f); d != Never {
			due = day.String(d)
		}
		if s := Timer(p.cases); s != 0 {
			timer = time.Unix(s, 0).UTC().Format("2006-01-02 15:04")
		}
		fmt.Fprintf(&p.out, "  due %s, timer %s, cases kept %d\n", due, timer, len(p.cases))
	default:
		p.t.Fatalf("unknown verb %q", verb)
	}
}

func (p *player) judge() {
	p.cases = Judge(&p.rules, 7, &p.f, p.cases, p.show)
	p.f.Moves, p.f.Outflow = nil, nil
}

func (p *player) show(r Revision) {
	c := r.Case
	if p.names[c.ID] == "" {
		p.names[c.ID] = fmt.Sprintf("#%d", len(p.names)+1)
	}
	states := [...]string{Open: "OPEN", AutoResolved: "AUTO_RESOLVED", Expired: "EXPIRED", Inhibited: "INHIBITED"}
	severities := [...]string{Info: "INFO", Warning: "WARNING", Critical: "CRITICAL"}
	fmt.Fprintf(&p.out, "  %s rev %d %s %s %s, tier %d", p.names[c.ID], c.Revision, c.Code, states[c.State], severities[c.Severity], c.From)
	if c.FallsOn != 0 {
		fmt.Fprintf(&p.out, " to %d on %s", c.LandsOn, day.String(c.FallsOn))
	}
	if c.Code.risk() {
		fmt.Fprintf(&p.out, ", %d misses", c.Misses)
	}
	if c.TopUp != 0 {
		fmt.Fprintf(&p.out, ", money %d", c.TopUp)
	}
	if r.Supersedes != 0 {
		fmt.Fprintf(&p.out, ", in place of %s", p.names[r.Supersedes])
	}
	fmt.Fprintln(&p.out)
}

func (p *player) at(date, clock string) {
	d := p.day(date)
	h, m, _ := strings.Cut(clock, ":")
	p.f.Day, p.f.Now = d, int64(d)*86400+p.num(h)*3600+p.num(m)*60
	if p.f.Outflow != nil {
		p.f.Outflow.At = p.f.Now
	}
}

func (p *player) day(s string) int32 {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		p.t.Fatal(err)
	}
	return int32(t.Unix() / 86400)
}

func (p *player) num(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p *player) code(s string) Code {
	for c := MissProjected; c <= ActivitySilence; c++ {
		if c.String() == s {
			return c
		}
	}
	p.t.Fatalf("no code %q", s)
	return 0
}

func (p *player) setRule(args []string) {
	r := ruleOf(&p.rules, p.code(args[0]))
	for _, a := range args[1:] {
		k, v, _ := strings.Cut(a, "=")
		n := int32(p.num(v))
		switch k {
		case "within":
			r.WithinDays = n
		case "cooldown":
			r.CooldownDays = n
		case "expires":
			r.ExpiresDays = n
		case "dwell":
			r.DwellMinutes = n
		case "hold":
			r.HoldMinutes = n
		case "critical":
			r.CriticalDays = n
		case "off":
			r.Off = n == 1
		default:
			p.t.Fatalf("no setting %q", k)
		}
	}
}

// fact: words are true or, with "no-" before them, false. fall=none,
// fall=DAY:TIER, wait=none or DAY:AMOUNT[,DAY:AMOUNT], move=CODE:FROM:TO:DAY,
// outflow=AMOUNT:ASSETS, misses=USED/ALLOWED.
func (p *player) fact(k, v string) {
	f := &p.f
	words := map[string]*bool{
		"active": &f.Active, "judged": &f.Judged, "miss": &f.MissProjected, "last": &f.LastChance, "watch": &f.Watch,
		"later": &f.LaterCounts, "near": &f.NearUpgrade, "silence-known": &f.SilenceKnown, "silent": &f.Silent,
		"lever": &f.Money.HasLever, "reachable": &f.Money.Reachable,
	}
	if b := words[strings.TrimPrefix(k, "no-")]; b != nil {
		*b = !strings.HasPrefix(k, "no-")
		return
	}
	part := func(i int) string { return strings.FieldsFunc(v, func(r rune) bool { return r == ':' || r == '/' })[i] }
	switch k {
	case "tier":
		f.Tier = uint8(p.num(v))
	case "next":
		f.NextTier = uint8(p.num(v))
	case "gap":
		f.NextTopUp = p.num(v)
	case "misses":
		f.Misses, f.Allowed = uint8(p.num(part(0))), uint8(p.num(part(1)))
	case "fall":
		if f.FallsOn, f.LandsOn = 0, 0; v != "none" {
			f.FallsOn, f.LandsOn = p.day(part(0)), uint8(p.num(part(1)))
		}
	case "threshold":
		f.Money.Threshold = p.num(v)
	case "shortfall":
		f.Money.Shortfall = p.num(v)
	case "topup":
		f.Money.TopUp = p.num(v)
	case "wait":
		f.Money.WaitOn, f.Money.WaitTopUp = [2]int32{}, [2]int64{}
		for i, w := range strings.Split(v, ",") {
			if d, amount, ok := strings.Cut(w, ":"); ok {
				f.Money.WaitOn[i], f.Money.WaitTopUp[i] = p.day(d), p.num(amount)
			}
		}
	case "silent-since":
		f.SilentSince = p.day(v)
	case "move":
		f.Moves = append(f.Moves, Move{Code: p.code(part(0)), From: uint8(p.num(part(1))), To: uint8(p.num(part(2))), EffectiveDay: p.day(part(3))})
	case "outflow":
		f.Outflow = &Outflow{AmountMinor: p.num(part(0)), AssetsMinor: p.num(part(1)), EventID: "core:1:1"}
	default:
		p.t.Fatalf("no fact %q", k)
	}
}

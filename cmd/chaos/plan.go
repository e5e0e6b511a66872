package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// kind is a kind of fault.
type kind string

const (
	kill     kind = "kill"     // SIGKILL, and another start
	pause    kind = "pause"    // SIGSTOP, and SIGCONT
	stop     kind = "stop"     // SIGTERM, and another start
	handover kind = "handover" // SIGKILL of the conductor in office, and another start
	add      kind = "add"      // one more fold process
	remove   kind = "remove"   // SIGTERM of a fold process, without another start
	repeat   kind = "repeat"   // records of the source once more
	blackout kind = "blackout" // SIGKILL of all that are up at once, and another start
)

// fault is one thing that happens to the program.
type fault struct {
	At     time.Duration `json:"at"` // after the load has begun
	Kind   kind          `json:"kind"`
	Target string        `json:"target"`
	For    time.Duration `json:"for,omitempty"`     // until it is over
	N      int           `json:"records,omitempty"` // to repeat
}

func (f fault) String() string {
	text := fmt.Sprintf("%6.2fs %s %s", f.At.Seconds(), f.Kind, f.Target)
	if f.For > 0 {
		text += fmt.Sprintf(" for %.2fs", f.For.Seconds())
	}
	if f.N > 0 {
		text += fmt.Sprintf(" %d", f.N)
	}
	return text
}

// The targets. Engines and the source have one name; the members of a role are
// numbered.
const (
	kafkaEngine      = "broker"
	clickhouseEngine = "clickhouse"
	source           = "source"
	inOffice         = "conductor"
)

// Members by role; folds beyond the first two are added later.
var (
	ingests    = []string{"ingest-1", "ingest-2"}
	conductors = []string{"conductor-1", "conductor-2"}
	folds      = []string{"fold-1", "fold-2", "fold-3", "fold-4"}
	warehouses = []string{"warehouse-1", "warehouse-2"}
)

const firstFolds = 2

// Lengths of the faults. A pause of a role is longer than the session timeout, 10 s.
var (
	downtime    = span{0, 3 * time.Second}
	rolePause   = span{10500 * time.Millisecond, 14 * time.Second}
	enginePause = span{time.Second, 6 * time.Second}
	between     = span{100 * time.Millisecond, 1800 * time.Millisecond}
)

const (
	// calm is how long a run goes on before the first fault.
	calm = 2 * time.Second
	// together is the share of faults that come with the one before.
	together = 0.2
)

type span struct{ from, to time.Duration }

func (s span) draw(r *rand.Rand) time.Duration {
	return s.from + time.Duration(r.Int64N(int64(s.to-s.from)))
}

// planner draws faults. It knows who is busy with one, so that a fault never meets a
// target that is down already, and which folds there are.
type planner struct {
	r    *rand.Rand
	end  time.Duration
	busy map[string]time.Duration
	live []string // folds
}

// draw makes the faults of a run, in their order. It hangs on its arguments only.
func draw(seed uint64, duration time.Duration) []fault {
	p := &planner{
		r:   rand.New(rand.NewPCG(seed, 0x7469657277617463)), //nolint:gosec // reproducible on purpose
		end: duration, busy: map[string]time.Duration{}, live: slices.Clone(folds[:firstFolds]),
	}
	var list []fault
	for at := calm; at < duration; {
		if f, ok := p.fault(at); ok {
			list = append(list, f)
		}
		if p.r.Float64() >= together {
			at += between.draw(p.r)
		}
	}
	return list
}

// choices are the faults by weight.
var choices = []struct {
	weight int
	make   func(*planner, time.Duration) (fault, bool)
}{
	{18, killOf(func(p *planner) []string { return p.live })},
	{10, killOf(func(*planner) []string { return ingests })},
	{5, killOf(func(*planner) []string { return conductors })},
	{10, killOf(func(*planner) []string { return warehouses })},
	{9, killOf(func(*planner) []string { return []string{kafkaEngine} })},
	{9, killOf(func(*planner) []string { return []string{clickhouseEngine} })},
	{5, (*planner).handover},
	{9, (*planner).pauseRole},
	{3, (*planner).pauseEngine},
	{5, (*planner).stop},
	{6, (*planner).addFold},
	{5, (*planner).removeFold},
	{6, (*planner).repeat},
	{3, (*planner).blackout},
}

func (p *planner) fault(at time.Duration) (fault, bool) {
	sum := 0
	for _, c := range choices {
		sum += c.weight
	}
	n := p.r.IntN(sum)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			f, ok := c.make(p, at)
			f.At = at
			return f, ok
		}
	}
	return fault{}, false
}

// pick takes one of list that is not busy, and makes it so until f is over.
func (p *planner) pick(at time.Duration, list []string, f fault) (fault, bool) {
	free := slices.DeleteFunc(slices.Clone(list), func(name string) bool { return p.busy[name] > at })
	if len(free) == 0 || f.Kind == pause && at+f.For > p.end {
		return f, false
	}
	f.Target = free[p.r.IntN(len(free))]
	f.For = min(f.For, p.end-at)
	// A start takes its time: who was just started is left alone for a moment.
	p.busy[f.Target] = at + f.For + time.Second
	return f, true
}

func killOf(of func(*planner) []string) func(*planner, time.Duration) (fault, bool) {
	return func(p *planner, at time.Duration) (fault, bool) {
		return p.pick(at, of(p), fault{Kind: kill, For: downtime.draw(p.r)})
	}
}

func (p *planner) roles() []string {
	return slices.Concat(ingests, conductors, warehouses, p.live)
}

func (p *planner) pauseRole(at time.Duration) (fault, bool) {
	return p.pick(at, p.roles(), fault{Kind: pause, For: rolePause.draw(p.r)})
}

func (p *planner) pauseEngine(at time.Duration) (fault, bool) {
	return p.pick(at, []string{kafkaEngine, clickhouseEngine}, fault{Kind: pause, For: enginePause.draw(p.r)})
}

func (p *planner) stop(at time.Duration) (fault, bool) {
	return p.pick(at, p.roles(), fault{Kind: stop, For: downtime.draw(p.r)})
}

func (p *planner) addFold(at time.Duration) (fault, bool) {
	f, ok := p.pick(at, slices.DeleteFunc(slices.Clone(folds), p.isLive), fault{Kind: add})
	if ok {
		p.live = append(p.live, f.Target)
	}
	return f, ok
}

func (p *planner) removeFold(at time.Duration) (fault, bool) {
	if len(p.live) == 1 {
		return fault{}, false
	}
	f, ok := p.pick(at, p.live, fault{Kind: remove})
	if ok {
		p.live = slices.DeleteFunc(p.live, func(name string) bool { return name == f.Target })
	}
	return f, ok
}

func (p *planner) isLive(name string) bool { return slices.Contains(p.live, name) }

// handover takes both conductors: which of them is in office is known only then.
func (p *planner) handover(at time.Duration) (fault, bool) {
	f := fault{Kind: handover, Target: inOffice, For: min(downtime.draw(p.r), p.end-at)}
	for _, name := range conductors {
		if p.busy[name] > at {
			return f, false
		}
	}
	for _, name := range conductors {
		p.busy[name] = at + f.For + time.Second
	}
	return f, true
}

// blackout takes everybody who is not busy.
func (p *planner) blackout(at time.Duration) (fault, bool) {
	f := fault{Kind: blackout, For: min(downtime.draw(p.r), p.end-at)}
	all := slices.DeleteFunc(append(p.roles(), kafkaEngine, clickhouseEngine), func(name string) bool { return p.busy[name] > at })
	for _, name := range all {
		p.busy[name] = at + f.For + 2*time.Second
	}
	f.Target = strings.Join(all, " ")
	return f, len(all) > 1
}

func (p *planner) repeat(time.Duration) (fault, bool) {
	return fault{Kind: repeat, Target: source, N: 20 + p.r.IntN(400)}, true
}

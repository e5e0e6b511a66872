package main

import (
	"cmp"
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
	reform   kind = "reform"   // SIGKILL of all folds when the second policy comes into force, and another start

	// Of a cluster, whichever node that is when the fault comes: SIGKILL, and another start.
	killLeader      kind = "kill-leader"      // of the node that leads a partition of the log
	killCoordinator kind = "kill-coordinator" // of the node that holds a transaction or the group of a role
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
	kafkaEngine      = "broker" // of a cluster each node is numbered
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
	spread      = span{0, 400 * time.Millisecond}
	reformDown  = 50 * time.Millisecond
	volleyDown  = span{0, time.Second}
)

const (
	// javaStart is what the start of a node takes on a busy machine, and what it waits for
	// its old session to end.
	javaStart = 10 * time.Second
	// calm is how long a run goes on before the first fault.
	calm = 2 * time.Second
	// together is the share of faults that come with the one before.
	together = 0.2
	// spared is the share of processes that a volley leaves alone.
	spared = 0.15
)

type span struct{ from, to time.Duration }

func (s span) draw(r *rand.Rand) time.Duration {
	return s.from + time.Duration(r.Int64N(int64(s.to-s.from)))
}

// scene is what shapes a plan beside the seed and the duration.
type scene struct {
	brokers []string
	// comeback is how long the start of a broker takes.
	comeback time.Duration
	// volleys is the mean time between volleys, 0 for none.
	volleys time.Duration
	// reform is when the second version of the policy is published, 0 for never.
	reform time.Duration
}

// planner draws faults. It knows who is busy with one, so that a fault never meets a
// target that is down already, and which folds there are.
type planner struct {
	scene
	r    *rand.Rand
	end  time.Duration
	busy map[string]time.Duration
	live []string // folds
}

// draw makes the faults of a run, in their order. It hangs on its arguments only.
func draw(seed uint64, duration time.Duration, s scene) []fault {
	p := &planner{
		scene: s,
		r:     rand.New(rand.NewPCG(seed, 0x7469657277617463)), //nolint:gosec // reproducible on purpose
		end:   duration, busy: map[string]time.Duration{}, live: slices.Clone(folds[:firstFolds]),
	}
	usual := scene{}.weights()
	var list []fault
	for at, next := calm, calm+s.volleys; at < duration; {
		if s.volleys > 0 && at >= next {
			list = append(list, p.volley(at)...)
			next = at + span{s.volleys * 3 / 4, s.volleys * 5 / 4}.draw(p.r)
		}
		if f, ok := p.fault(at); ok {
			list = append(list, f)
		}
		if p.r.Float64() >= together {
			at += between.draw(p.r) * time.Duration(usual) / time.Duration(s.weights())
		}
	}
	if s.reform > 0 {
		list = append(list, fault{At: s.reform, Kind: reform, Target: "fold", For: duration - s.reform})
	}
	slices.SortStableFunc(list, func(a, b fault) int { return cmp.Compare(a.At, b.At) })
	return list
}

// choices are the faults by weight.
var choices = []struct {
	weight int
	broker bool
	make   func(*planner, time.Duration) (fault, bool)
}{
	{18, false, killOf(func(p *planner) []string { return p.live })},
	{10, false, killOf(func(*planner) []string { return ingests })},
	{5, false, killOf(func(*planner) []string { return conductors })},
	{10, false, killOf(func(*planner) []string { return warehouses })},
	{9, true, (*planner).killBroker},
	{9, false, (*planner).killClickHouse},
	{5, false, (*planner).handover},
	{9, false, (*planner).pauseRole},
	{3, false, (*planner).pauseEngine},
	{5, false, (*planner).stop},
	{6, false, (*planner).addFold},
	{5, false, (*planner).removeFold},
	{6, false, (*planner).repeat},
	{3, false, (*planner).blackout},
}

// weights is the sum of all weights in a scene.
func (s scene) weights() (sum int) {
	for _, c := range choices {
		sum += s.weight(c.weight, c.broker)
	}
	return sum
}

// weight is more for kills of brokers where one takes long to come back: most that are
// drawn come while it does.
func (s scene) weight(usual int, broker bool) int {
	if broker && s.comeback > 0 {
		return usual * 4
	}
	return usual
}

func (p *planner) fault(at time.Duration) (fault, bool) {
	n := p.r.IntN(p.weights())
	for _, c := range choices {
		if n -= p.weight(c.weight, c.broker); n < 0 {
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

func (p *planner) killClickHouse(at time.Duration) (fault, bool) {
	return p.pick(at, []string{clickhouseEngine}, fault{Kind: kill, For: downtime.draw(p.r)})
}

// killBroker takes, of a cluster, a node by its number, by what it leads or by what it
// coordinates.
func (p *planner) killBroker(at time.Duration) (fault, bool) {
	f, ok := p.pick(at, p.brokers, fault{Kind: kill, For: downtime.draw(p.r)})
	if ok && len(p.brokers) > 1 {
		f.Kind = []kind{kill, killLeader, killCoordinator}[p.r.IntN(3)]
	}
	p.hold(f)
	return f, ok
}

// hold leaves all nodes of a cluster alone until the one that f meets is back: two of
// three must be up.
func (p *planner) hold(f fault) {
	if !slices.Contains(p.brokers, f.Target) {
		return
	}
	until := p.busy[f.Target] + p.comeback
	for _, name := range p.brokers {
		p.busy[name] = max(p.busy[name], until)
	}
}

func (p *planner) roles() []string {
	return slices.Concat(ingests, conductors, warehouses, p.live)
}

func (p *planner) pauseRole(at time.Duration) (fault, bool) {
	return p.pick(at, p.roles(), fault{Kind: pause, For: rolePause.draw(p.r)})
}

func (p *planner) pauseEngine(at time.Duration) (fault, bool) {
	f, ok := p.pick(at, append(slices.Clone(p.brokers), clickhouseEngine), fault{Kind: pause, For: enginePause.draw(p.r)})
	p.hold(f)
	return f, ok
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

// volley kills most processes of the roles, within a moment and for a moment.
func (p *planner) volley(at time.Duration) (list []fault) {
	for _, name := range p.roles() {
		when := at + spread.draw(p.r)
		if p.r.Float64() < spared || p.busy[name] > at || when >= p.end {
			continue
		}
		f := fault{At: when, Kind: kill, Target: name, For: min(volleyDown.draw(p.r), p.end-when)}
		p.busy[name] = when + f.For + time.Second
		list = append(list, f)
	}
	return list
}

// blackout takes everybody who is not busy, of a cluster one node.
func (p *planner) blackout(at time.Duration) (fault, bool) {
	f := fault{Kind: blackout, For: min(downtime.draw(p.r), p.end-at)}
	broker := p.brokers[0]
	if len(p.brokers) > 1 {
		broker = p.brokers[p.r.IntN(len(p.brokers))]
	}
	all := slices.DeleteFunc(append(p.roles(), broker, clickhouseEngine), func(name string) bool { return p.busy[name] > at })
	for _, name := range all {
		p.busy[name] = at + f.For + 2*time.Second
		p.hold(fault{Target: name})
	}
	f.Target = strings.Join(all, " ")
	return f, len(all) > 1
}

func (p *planner) repeat(time.Duration) (fault, bool) {
	return fault{Kind: repeat, Target: source, N: 20 + p.r.IntN(400)}, true
}

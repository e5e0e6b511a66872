package crew

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Crew are the processes of all roles. One that ends by itself is started again, as
// any service manager does.
type Crew struct {
	// Members by name: the role, a dash and a number.
	Members map[string]*Member

	mu sync.Mutex
	// wanted are those that should run; who is paused or between two lives is.
	wanted map[string]bool
	exits  []Exit
	again  sync.WaitGroup
	over   context.Context //nolint:containedctx // ends the restarts
}

// Exit is the end of a process that nobody here had ended.
type Exit struct {
	Member string `json:"member"`
	Words  string `json:"words"`
	// Began tells that its role ran. Who finds no engine at his start may give up;
	// a role that runs waits.
	Began bool `json:"began,omitempty"`
}

// restartAfter is the pause of a service manager.
const restartAfter = time.Second

// Options of a Crew. All are required.
type Options struct {
	// Program is the path of tierwatch, Logs a directory for what its processes say.
	Program, Logs string
	// Names of the members.
	Names []string
	// Args are those of a member's process.
	Args func(role, name string) []string
}

// New makes the members; nobody runs yet. When ctx ends, nobody is started again.
func New(ctx context.Context, o Options) *Crew {
	c := &Crew{Members: map[string]*Member{}, wanted: map[string]bool{}, over: ctx}
	for _, name := range o.Names {
		role, _, _ := strings.Cut(name, "-")
		c.Members[name] = &Member{name: name, path: o.Program, logs: o.Logs, args: o.Args(role, name), gone: c.gone}
	}
	return c
}

// gone notes an end and begins the next life.
func (c *Crew) gone(e Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over.Err() != nil {
		return
	}
	c.exits = append(c.exits, e)
	c.again.Go(func() {
		select {
		case <-c.over.Done():
		case <-time.After(restartAfter):
			if c.wants(e.Member) {
				_ = c.Members[e.Member].Start() // a fault may have started it meanwhile
			}
		}
	})
}

func (c *Crew) wants(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wanted[name]
}

func (c *Crew) want(name string, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted[name] = yes
}

// Start runs a member, unless it runs.
func (c *Crew) Start(name string) error {
	c.want(name, true)
	if err := c.Members[name].Start(); err != nil && !errors.Is(err, ErrRuns) {
		return err
	}
	return nil
}

// Boss is the one of the conductors that took office last, the first if none has.
func (c *Crew) Boss(conductors []string) string {
	newest, name := time.Time{}, conductors[0]
	for _, n := range conductors {
		m := c.Members[n]
		m.mu.Lock()
		if m.life != nil && m.office.After(newest) {
			newest, name = m.office, n
		}
		m.mu.Unlock()
	}
	return name
}

// Stop asks members to end, all at once.
func (c *Crew) Stop(names ...string) error {
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		c.want(name, false)
		wg.Go(func() {
			if err := c.Members[name].Stop(); err != nil && !errors.Is(err, ErrNotRunning) {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Running lists the members that should run, of some roles.
func (c *Crew) Running(of ...[]string) (list []string) {
	for _, name := range slices.Concat(of...) {
		if c.wants(name) {
			list = append(list, name)
		}
	}
	return list
}

// KillAll ends everything at once; the context of New must have ended.
func (c *Crew) KillAll() {
	for _, m := range c.Members {
		_ = m.Kill() // who does not run is no concern
	}
	c.again.Wait()
}

// Ends are those that nobody here had asked for.
func (c *Crew) Ends() []Exit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.exits)
}

// Alarms is what processes have said that no run is a reason for.
func (c *Crew) Alarms() (list []string) {
	for _, name := range slices.Sorted(maps.Keys(c.Members)) {
		m := c.Members[name]
		m.mu.Lock()
		list = append(list, m.alarms...)
		m.mu.Unlock()
	}
	return list
}

// Lives is how many processes there have been.
func (c *Crew) Lives() (n int) {
	for _, m := range c.Members {
		m.mu.Lock()
		n += m.n
		m.mu.Unlock()
	}
	return n
}

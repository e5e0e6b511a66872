package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// crew are the processes of all roles. One that ends by itself is started again, as
// any service manager does.
type crew struct {
	members map[string]*member

	mu sync.Mutex
	// wanted are those that should run; who is paused or between two lives is.
	wanted map[string]bool
	exits  []exit
	again  sync.WaitGroup
	over   context.Context //nolint:containedctx // ends the restarts
}

// exit is the end of a process that nobody here had ended.
type exit struct {
	Member string `json:"member"`
	Words  string `json:"words"`
	// Began tells that its role ran. Who finds no engine at his start may give up;
	// a role that runs waits.
	Began bool `json:"began,omitempty"`
}

// restartAfter is the pause of a service manager.
const restartAfter = time.Second

// newCrew makes the members; args are what `tierwatch run` gets beside the role.
func newCrew(ctx context.Context, path, logs string, args func(role, member string) []string) *crew {
	c := &crew{members: map[string]*member{}, wanted: map[string]bool{}, over: ctx}
	for _, name := range slices.Concat(ingests, conductors, folds, warehouses) {
		role, _, _ := strings.Cut(name, "-")
		c.members[name] = &member{name: name, path: path, logs: logs, args: args(role, name), gone: c.gone}
	}
	return c
}

// gone notes an end and begins the next life.
func (c *crew) gone(e exit) {
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
				_ = c.members[e.Member].start() // a fault may have started it meanwhile
			}
		}
	})
}

func (c *crew) wants(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wanted[name]
}

func (c *crew) want(name string, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted[name] = yes
}

// start runs a member, unless it runs.
func (c *crew) start(name string) error {
	c.want(name, true)
	if err := c.members[name].start(); err != nil && !errors.Is(err, errRuns) {
		return err
	}
	return nil
}

// boss is the conductor that took office last.
func (c *crew) boss() string {
	newest, name := time.Time{}, conductors[0]
	for _, n := range conductors {
		m := c.members[n]
		m.mu.Lock()
		if m.life != nil && m.office.After(newest) {
			newest, name = m.office, n
		}
		m.mu.Unlock()
	}
	return name
}

// stop asks members to end, all at once.
func (c *crew) stop(names ...string) error {
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		c.want(name, false)
		wg.Go(func() {
			if err := c.members[name].stop(); err != nil && !errors.Is(err, errNotRunning) {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// running lists the members that should run, of some roles.
func (c *crew) running(of ...[]string) (list []string) {
	for _, name := range slices.Concat(of...) {
		if c.wants(name) {
			list = append(list, name)
		}
	}
	return list
}

// killAll ends everything at once; c.over has ended.
func (c *crew) killAll() {
	for _, m := range c.members {
		_ = m.kill() // who does not run is no concern
	}
	c.again.Wait()
}

func (c *crew) ends() []exit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.exits)
}

// String counts the lives.
func (c *crew) String() string {
	n := 0
	for _, m := range c.members {
		n += m.n
	}
	return fmt.Sprintf("%d processes", n)
}

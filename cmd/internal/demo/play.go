package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// Phase is what the demo is doing.
type Phase uint8

// The phases, in order.
const (
	Remembering Phase = iota + 1 // the bank lives through days that are in the log
	Writing                      // history into the log
	Folding                      // the fold catches up
	Live
)

// theatre is a demo that runs, as a display looks at it.
type theatre struct {
	d    *wire.Deployment
	p    Params
	hist *history
	// resumed: the history was played by an earlier run.
	resumed bool
	// stood is the last day that was closed then.
	stood int32

	out *watch
	ask *census

	mu    sync.Mutex
	phase Phase
	live  *live
	tiers []Tier
	first map[string]uint64 // customers by scheme and tier when live play began

	naming sync.Once
	lead   string
	names  map[string]policy.Tier
	order  []Tier // of the policy, as the census orders them
}

func (t *theatre) enter(p Phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = p
}

// Display shows a demo until ctx ends.
type Display interface {
	run(ctx context.Context, t *theatre) error
}

// Play plays the history that is missing and then live days, until ctx ends: that is
// no error once it is live, and that of ctx before.
// The deployment's topics and schema exist.
func Play(ctx context.Context, d *wire.Deployment, p Params, show Display) error {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	t := &theatre{d: d, p: p, phase: Remembering}
	if t.ask, err = newCensus(d); err != nil {
		return err
	}
	defer func() { _ = t.ask.close() }()
	stand, err := look(ctx, d, p.Bank)
	if err != nil {
		return err
	}
	if t.resumed = stand.live || stand.handed; t.resumed {
		t.stood = stand.lastClose
	}
	bank := synth.New(p.Bank)
	if t.hist, err = newHistory(d, bank, p.Bank); err != nil {
		return err
	}
	if t.out, err = newWatch(ctx, d); err != nil {
		return err
	}
	if s, ok := show.(interface{ attach(*watch) }); ok {
		s.attach(t.out)
	}
	roles := lifecycle.NewGroup(ctx)
	if err := pipeline(d, roles); err != nil {
		return err
	}
	roles.Go("alerts", t.out.run)
	roles.Go("census", t.census)
	roles.Go("display", func(ctx context.Context) error { return show.run(ctx, t) })
	err = t.play(roles, kadm.NewClient(client), bank, stand)
	if err != nil {
		roles.Stop()
	}
	failed := roles.Wait()
	if ctx.Err() == nil {
		if failed != nil && errors.Is(err, context.Canceled) {
			return failed // it ended the rest
		}
		return errors.Join(err, failed)
	}
	if err != nil { // not live yet
		return errors.Join(ctx.Err(), err, failed)
	}
	return failed
}

// play starts what is next when what was before is done; it returns when live
// play has begun.
func (t *theatre) play(roles *lifecycle.Group, admin *kadm.Client, bank *synth.Bank, stand where) error {
	ctx := roles.Context()
	lastClose := t.p.Bank.LastHistoryDay()
	if t.resumed {
		lastClose = max(lastClose, stand.lastClose)
		for day := t.p.Bank.Start; day <= lastClose; day++ {
			t.hist.Day.Store(day)
			if err := skip(ctx, bank, day); err != nil {
				return err
			}
		}
	} else {
		t.enter(Writing)
		if err := t.hist.play(ctx); err != nil {
			return err
		}
	}
	t.enter(Folding)
	ends, err := progress.Ends(ctx, admin, t.d.Namespace)
	if err != nil {
		return err
	}
	if err := progress.WaitFolded(ctx, admin, t.d.Namespace, ends); err != nil {
		return err
	}
	if err := makeSource(ctx, admin); err != nil {
		return err
	}
	l, err := goLive(t.d, bank, t.p, lastClose, startOf(t.d.Calendar, lastClose, stand.clock), roles)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.live, t.phase = l, Live
	t.mu.Unlock()
	return nil
}

const censusEvery = 2 * time.Second

// census asks ClickHouse for the tiers now and then. It may be busy or away: the
// last answer stands.
func (t *theatre) census(ctx context.Context) error {
	tick := time.NewTicker(censusEvery)
	defer tick.Stop()
	for {
		list, err := t.ask.tiers(ctx)
		if err == nil {
			t.note(list)
		} else if ctx.Err() == nil {
			t.d.Log.Warn().Err(err).Msg("tiers not counted")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (t *theatre) note(list []Tier) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tiers = list
	if t.phase == Live && t.first == nil {
		t.first = map[string]uint64{}
		for _, tier := range list {
			t.first[tier.Scheme+"/"+tier.Tier] = tier.Customers
		}
	}
}

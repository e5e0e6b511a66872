package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// trial is a run under way.
type trial struct {
	options
	report  *report
	found   findings
	dir     string
	config  string
	engines *engines
	crew    *crew.Crew
	bank    *bank
	began   time.Time       // of the load
	life    context.Context //nolint:containedctx // of the crew, in run's hands
}

// run makes a run from its start to its report.
func run(ctx context.Context, o options) *report {
	r := &report{
		Seed: o.seed, Duration: o.duration.Seconds(), Kafka: o.kafka, Volleys: o.volleys.Seconds(), Consult: o.consult,
		Customers: o.customers, Idle: o.idle, Day: o.day.Seconds(), Plan: draw(o.seed, o.duration, o.scene()),
	}
	dir, err := os.MkdirTemp("", "tierwatch-chaos-")
	if err != nil {
		r.Failure = err.Error()
		return r
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	t := &trial{options: o, report: r, dir: dir, life: life}
	err = t.course(ctx)
	if err != nil && ctx.Err() == nil && t.crew != nil {
		t.autopsy()
	}
	end()
	err = errors.Join(err, t.close())
	r.Differences, r.First = t.found.n, t.found.first
	r.end(err)
	if (r.sound() || r.skipped()) && !o.keep {
		_ = os.RemoveAll(dir) // a directory that stays is no difference
	} else {
		r.Data = dir
		say("data and logs of the processes: %s", dir)
	}
	return r
}

func (t *trial) course(ctx context.Context) error {
	if err := t.set(ctx); err != nil {
		return err
	}
	if err := t.disturb(ctx); err != nil {
		return err
	}
	if err := settle(ctx, t.crew, t.bank); err != nil {
		return err
	}
	if err := t.check(ctx); err != nil {
		return err
	}
	say("stopping")
	return t.crew.Stop(t.crew.Running(folds, warehouses)...)
}

// set starts engines and crew.
func (t *trial) set(ctx context.Context) error {
	logs := filepath.Join(t.dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	out, err := os.Create(filepath.Join(logs, "engines.log"))
	if err != nil {
		return fmt.Errorf("make log: %w", err)
	}
	say("starting the engines in %s", t.dir)
	if t.engines, err = startEngines(ctx, t.dir, t.kafka, zerolog.New(out).With().Timestamp().Logger()); err != nil {
		return err
	}
	if t.config, err = t.configure(); err != nil {
		return err
	}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	return t.openBank(ctx)
}

// lead is how long the bank's first day is away when the crew starts.
const lead = 5 * time.Second

const dayOf = 24 * time.Hour

func (t *trial) openBank(ctx context.Context) error {
	cal, err := event.NewCalendar(timeZone, "24:00", currency)
	if err != nil {
		return err
	}
	out, err := newSender(t.engines.brokers, sourceTopic)
	if err != nil {
		return err
	}
	p := world(t.seed, t.customers)
	start, factor := time.Unix(cal.Cut(p.Start-1), 0), float64(dayOf)/float64(t.day)
	t.began = time.Now().Add(lead)
	clock := fmt.Sprintf("%s,%s,%g", start.Format(time.RFC3339Nano), t.began.Format(time.RFC3339Nano), factor)
	t.bank = &bank{
		synth: synth.New(p), idle: newIdle(t.seed, t.idle, p.Start, cal), first: p.Start, clock: control.ScaledSince(start, t.began, factor), cal: cal, out: out,
		kafka: []kgo.Opt{kgo.SeedBrokers(t.engines.brokers...)}, asked: make(chan int, 64),
		reform: p.Start + t.reformAfter(),
		r:      rand.New(rand.NewPCG(t.seed, 2)), //nolint:gosec // reproducible on purpose
	}
	t.crew = crew.New(t.life, crew.Options{
		Program: t.program, Logs: filepath.Join(t.dir, "logs"), Names: slices.Concat(ingests, conductors, folds, warehouses),
		Args: func(role, _ string) []string {
			return []string{"run", "-c", t.config, "--roles", role, "--demo-clock", clock}
		},
	})
	for _, list := range [][]string{warehouses, folds[:firstFolds], conductors, ingests} {
		for _, name := range list {
			if err := t.crew.Start(name); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// disturb plays the bank and carries the faults out, until both are over.
func (t *trial) disturb(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	played := make(chan error, 1)
	go func() {
		err := t.bank.play(ctx, t.began.Add(t.duration))
		if err != nil {
			cancel(err)
		}
		played <- err
	}()
	second := func(ctx context.Context) (bool, error) { return inForce(ctx, t.bank.kafka) }
	i := &injector{engines: t.engines, crew: t.crew, done: map[string]int{}, inForce: second, repeat: func(n int) {
		select {
		case t.bank.asked <- n:
		default: // the bank waits for the broker
		}
	}}
	i.run(ctx, t.began, t.report.Plan)
	err := <-played
	t.note(i)
	return errors.Join(append(i.errs, err)...)
}

// note takes over what was done.
func (t *trial) note(i *injector) {
	r := t.report
	r.Faults, r.Missed = i.done, i.missed
	for name, n := range i.done {
		if strings.HasPrefix(name, string(kill)) || strings.HasPrefix(name, string(handover)) {
			r.Kills += n
		}
	}
	r.AtWork = map[string]int{}
	for name, m := range t.crew.Members {
		role, _, _ := strings.Cut(name, "-")
		r.AtWork[role] += m.KilledAtWork()
	}
	r.FirstDay, r.LastDay = event.FormatDay(t.bank.first), event.FormatDay(t.bank.last)
	r.Resent, r.Repeated, r.Forged = t.bank.out.resent, t.bank.repeat, t.bank.forged
}

// check compares everything with everything.
func (t *trial) check(ctx context.Context) (err error) {
	r := t.report
	say("tierwatch verify")
	if r.Audit, err = verify(ctx, t.program, t.config, &t.found); err != nil {
		return err
	}
	say("source, log, outputs and tables")
	book, err := readLogbook(ctx, t.bank.kafka, &t.found)
	if err != nil {
		return err
	}
	r.Outputs = book.outputs
	s := &sources{found: &t.found, book: book, bank: t.bank, tally: &r.Tally}
	if err := s.check(ctx); err != nil {
		return err
	}
	if r.hours, err = clocks(book, t.bank, &t.found); err != nil {
		return err
	}
	if r.Tables, err = tables(ctx, t.engines.clickhouse, book, &t.found); err != nil {
		return err
	}
	say("what is saved")
	if r.Restored, err = restored(ctx, t.bank.kafka, book, &t.found); err != nil {
		return err
	}
	say("the oracle")
	began := time.Now()
	var stands standings
	if r.consultation, stands, err = consult(ctx, book, currency, t.consult, &t.found); err != nil {
		return err
	}
	if r.Standings, err = dashboards(ctx, t.engines.clickhouse, &stands, &t.found); err != nil {
		return err
	}
	r.Consulting = time.Since(began).Seconds()
	say("asked the oracle for %.1f s", r.Consulting)
	return nil
}

// close ends what still runs.
func (t *trial) close() error {
	if t.crew != nil {
		t.crew.KillAll()
		t.report.Exits = t.crew.Ends()
		for _, e := range t.report.Exits {
			if e.Began {
				t.found.add("process %s ended by itself: %s", e.Member, e.Words)
			}
		}
		t.report.Lives = t.crew.Lives()
		for _, words := range t.crew.Alarms() {
			t.found.add("%s", words)
		}
	}
	if t.bank != nil {
		t.bank.out.close()
	}
	if t.engines == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), crew.StopTimeout)
	defer cancel()
	return t.engines.stop(ctx)
}

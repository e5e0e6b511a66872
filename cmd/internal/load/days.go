package load

import (
	"context"
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
)

// opening is what a new log begins with.
func (l *Load) opening() (*control.Opening, error) {
	first := l.o.Policy
	if first == nil {
		if list := l.topic.Table().Policies(); len(list) > 0 {
			p := list[0]
			first = &pb.PolicyActivation{Name: p.Name, Version: p.Version, Yaml: p.Yaml}
		}
	}
	if first == nil {
		return nil, nil //nolint:nilnil // an open log needs none
	}
	if _, err := policy.Compile(first.Name, first.Yaml, l.d.PolicyOptions()); err != nil {
		return nil, fmt.Errorf("compile the first policy: %w", err)
	}
	first = first.CloneVT()
	first.EffectiveDay = l.first
	o := &control.Opening{Engine: l.d.Engine(), Policy: first}
	if l.clock() != "event" {
		o.At = l.d.Calendar.Cut(l.first - 1)
	}
	return o, nil
}

func (l *Load) clock() string { return string(l.d.Config.Deployment.Clock) }

// publication lets `tierwatch policy show` and the check of a successor know the
// policy that opened the log.
func (l *Load) publication() *pb.PolicyPublication {
	p := l.o.Policy
	if p == nil {
		return nil
	}
	return &pb.PolicyPublication{Name: p.Name, Version: p.Version, EffectiveDay: l.first, Yaml: p.Yaml}
}

// days writes time: each business day is opened, rated and closed. A day that is not
// over is not closed (rule R156): its files have not passed it.
type days struct {
	l     *Load
	b     *control.Backfill
	open  int32 // the day that is open, 0: none yet
	rates []*pb.Rates
	note  func(context.Context) error
}

// reach closes every day before day that is over and opens the next. Entries of days
// that are closed are late and go in as they are, as do those of tomorrow.
func (d *days) reach(ctx context.Context, day int32) error {
	if d.open == 0 {
		if err := d.begin(ctx); err != nil {
			return err
		}
	}
	for d.open < min(day, d.l.today) {
		if err := d.close(ctx); err != nil {
			return err
		}
		if err := d.b.OpenDay(ctx, d.open); err != nil {
			return err
		}
	}
	return nil
}

// begin opens the day after the last one closed, with the rates of the days
// before: they value opening balances.
func (d *days) begin(ctx context.Context) error {
	d.open = min(d.b.LastClose()+1, d.l.today)
	if err := d.b.OpenDay(ctx, d.open); err != nil {
		return err
	}
	return d.ratesBefore(ctx, d.open)
}

func (d *days) ratesBefore(ctx context.Context, day int32) error {
	for len(d.rates) > 0 && d.rates[0].Day < day {
		if err := d.b.Rates(ctx, d.rates[0]); err != nil {
			return err
		}
		d.rates = d.rates[1:]
	}
	return nil
}

// close ends the open day, with the policies that begin on the next.
func (d *days) close(ctx context.Context) error {
	if err := d.ratesBefore(ctx, d.open+1); err != nil {
		return err
	}
	for _, p := range d.beginning() {
		a := &pb.PolicyActivation{Name: p.Name, Version: p.Version, EffectiveDay: p.EffectiveDay, Yaml: p.Yaml}
		if err := d.b.Policy(ctx, a); err != nil {
			return err
		}
	}
	if err := d.note(ctx); err != nil {
		return err
	}
	if err := d.b.CloseDay(ctx, d.open); err != nil {
		return err
	}
	d.open++
	return nil
}

// beginning are the policies that begin on the day behind the open one. A version does not
// overtake an older one that waits (rule R178): one without a day waits for the conductor.
func (d *days) beginning() (list []*pb.PolicyPublication) {
	newest := d.b.NewestPolicy()
	for i, p := range d.l.topic.Table().Policies() {
		switch {
		case i == 0 || p.Version <= newest: // opened the log, is in it, or comes too late
		case p.EffectiveDay != d.open+1:
			return list
		default:
			list, newest = append(list, p), p.Version
		}
	}
	return list
}

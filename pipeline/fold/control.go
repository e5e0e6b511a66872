package fold

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// control folds a record of the writer of time. All but TICK wait for a drain in
// progress, so it is finished first; a TICK too where HoldsTicks says so.
func (p *Partition) control(r *pb.LogRecord) error {
	err := p.obey(r)
	p.rememberPast(p.offset)
	return err
}

func (p *Partition) obey(r *pb.LogRecord) error {
	if r.Tick != nil {
		if p.HoldsTicks() {
			p.finishDrain()
		}
		if p.obeys(r.Tick.Term) {
			p.tick(r.Tick)
		}
		return nil
	}
	p.finishDrain()
	switch {
	case r.Term != nil:
		if p.obeys(r.Term.Term) {
			p.term, p.clock.Term, p.clock.Mode = r.Term.Term, r.Term.Term, r.Term.Mode
		}
	case r.Close != nil:
		if p.obeys(r.Close.Term) {
			p.closeDay(r.Close)
		}
	case r.Handover != nil:
		if p.obeys(r.Handover.Term) {
			p.clock.Mode = pb.Mode_LIVE
			p.relive = true
			p.beginAll(drainHandover)
		}
	case r.Rates != nil:
		if p.obeys(r.Rates.Term) {
			p.setRates(r.Rates)
		}
	case r.Policy != nil:
		if p.obeys(r.Policy.Term) {
			return p.policy(r.Policy)
		}
	case r.Engine != nil:
		if p.obeys(r.Engine.Term) {
			return p.setEngine(r.Engine)
		}
	case r.CutOffs != nil:
		// Percentile schemes are not part of engine version 1.
		p.stats.Ignored++
	default:
		return fmt.Errorf("record at offset %d has no known kind: %w", p.offset, ErrPoison)
	}
	return nil
}

// obeys tells whether a control record's writer is the present one.
func (p *Partition) obeys(term int64) bool {
	if term < p.term {
		p.stats.Ignored++
		return false
	}
	return true
}

func (p *Partition) tick(t *pb.Tick) {
	if t.At <= p.clock.TickAt || t.BusinessDay > lastDay {
		p.stats.Ignored++
		return
	}
	p.clock.TickAt, p.clock.TickDay = t.At, max(p.clock.TickDay, t.BusinessDay)
	p.offsetUTC = t.UtcOffset
	p.fireTimers()
}

func (p *Partition) setEngine(e *pb.Engine) error {
	if e.Version > EngineVersion {
		return fmt.Errorf("log asks for engine %d at offset %d, this program knows %d: upgrade it: %w",
			e.Version, p.offset, EngineVersion, ErrPoison)
	}
	if p.store.Len() == 0 && p.plans.active == nil && e.BaseCurrency != "" {
		p.rates = ledger.NewRates(e.BaseCurrency)
	}
	p.engine = e
	p.note(&pb.LogRecord{Engine: e})
	p.beginAll(drainRecheck)
	return nil
}

// setRates takes the rates of a day while they may still change (semantics 4).
func (p *Partition) setRates(r *pb.Rates) {
	var kept []*pb.Rate
	for _, x := range r.Rates {
		lag := p.engine.NavLagDays
		if currency(x.Unit) {
			lag = p.engine.FxLagDays
		}
		fixed := p.clock.LastClose != 0 && r.Day+lag <= p.clock.LastClose
		// What is refused takes no place in the table of units.
		bad := fixed || x.RateE12 <= 0 || x.RateE12 > ledger.MaxRate || r.Day < 1 || r.Day > 65535 ||
			within(x.Unit, 1, maxUnit) != "" || !p.rates.Room(x.Unit)
		u := ledger.Base
		if !bad {
			u, _ = p.rates.Unit(x.Unit)
		}
		if u == ledger.Base {
			p.stats.RefusedRates++
			continue
		}
		p.rates.Set(u, r.Day, x.RateE12)
		kept = append(kept, x)
	}
	if len(kept) > 0 {
		p.note(&pb.LogRecord{Rates: &pb.Rates{Day: r.Day, Rates: kept}})
	}
}

func currency(unit string) bool {
	if len(unit) != 3 {
		return false
	}
	for i := range 3 {
		if unit[i] < 'A' || unit[i] > 'Z' {
			return false
		}
	}
	return true
}

// closeDay ends a business day and makes the due customers drain.
func (p *Partition) closeDay(c *pb.Close) {
	if c.Day <= p.clock.LastClose || c.Day > lastDay {
		p.stats.Ignored++
		return
	}
	if p.firstClose == 0 {
		p.firstClose = c.Day
	}
	p.clock.Cut = c.Cut
	p.clock.LastClose = c.Day
	p.drain.activations = 0
	p.beginClose(c.Day)
}

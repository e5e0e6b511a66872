package logrows

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// control is what table control_raw says of a record of the writer of time.
type control struct {
	kind          string
	term, at      int64
	day           int32
	name, mode    string
	number        uint32
	fxLag, navLag int32
	zone          string
}

// controlOf reads one; false for those that have no row.
func controlOf(r *pb.LogRecord) (control, bool) {
	switch {
	case r.Close != nil:
		return control{kind: "close", term: r.Close.Term, day: r.Close.Day, at: r.Close.Cut}, true
	case r.Handover != nil:
		return control{kind: "handover", term: r.Handover.Term, day: r.Handover.Day}, true
	case r.Term != nil:
		c := control{kind: "term", term: r.Term.Term, name: r.Term.Holder}
		if r.Term.Mode != pb.Mode_MODE_UNSPECIFIED {
			c.mode = r.Term.Mode.String()
		}
		return c, true
	case r.Engine != nil:
		e := r.Engine
		return control{
			kind: "engine", term: e.Term, name: e.BaseCurrency, number: e.Version,
			fxLag: e.FxLagDays, navLag: e.NavLagDays, zone: e.TimeZone,
		}, true
	case r.Policy != nil:
		p := r.Policy
		return control{kind: "policy", term: p.Term, day: p.EffectiveDay, name: p.Name, number: p.Version}, true
	}
	return control{}, false
}

// controls: the view shows the CLOSEs that counted.
var controls = &table[control]{
	name: "control_raw", view: "closes", part: true,
	columns: []column[control]{
		text("kind", func(c *control) string { return c.kind }),
		number("term", func(c *control) int64 { return c.term }),
		optionalDay("day", func(c *control) int32 { return c.day }),
		moment("at", func(c *control) int64 { return c.at }),
		text("name", func(c *control) string { return c.name }),
		number("number", func(c *control) uint32 { return c.number }),
		text("mode", func(c *control) string { return c.mode }),
		number("fx_lag_days", func(c *control) int32 { return c.fxLag }),
		number("nav_lag_days", func(c *control) int32 { return c.navLag }),
		text("time_zone", func(c *control) string { return c.zone }),
	},
	viewColumns: []column[control]{
		day("day", func(c *control) int32 { return c.day }),
		moment("at", func(c *control) int64 { return c.at }),
	},
}

// rate is a rate, and the unit's place in the table.
type rate struct {
	unit string
	day  int32
	term int64
	e12  int64
}

// one is the rate of the base currency, which stands on day 0.
const one = 1_000_000_000_000

// rates are in the table as partition 0 has them: all partitions carry the same.
var rates = &table[rate]{
	name: "rates_raw", everywhere: true, key: "unit",
	columns: []column[rate]{
		text("unit", func(r *rate) string { return r.unit }),
		day("day", func(r *rate) int32 { return r.day }),
		number("term", func(r *rate) int64 { return r.term }),
		number("rate_e12", func(r *rate) int64 { return r.e12 }),
	},
}

// ratesOf lists the rates of a record, which names a unit once.
func ratesOf(r *pb.LogRecord) (list []rate) {
	if e := r.Engine; e != nil {
		return []rate{{unit: e.BaseCurrency, term: e.Term, e12: one}}
	}
	if r.Rates == nil {
		return nil
	}
	for _, x := range r.Rates.Rates {
		list = append(list, rate{x.Unit, r.Rates.Day, r.Rates.Term, x.RateE12})
	}
	return list
}

package alert

import (
	"strconv"

	"github.com/tierwatch/tierwatch/pipeline/day"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func text(f func(*view, []byte) []byte) field { return field{text: f} }

func condition(f func(*view) bool) field { return field{cond: f} }

// member is a field that writes one of a group of texts; "" is not known.
func member(group string, name func(*view) string) field {
	return text(func(v *view, dst []byte) []byte { return v.member(dst, group, name(v)) })
}

// partyNames are those to whom money leaves the bank. Others are not told: where it
// went must be known to be said.
var partyNames = map[pb.CounterpartyType]string{
	pb.CounterpartyType_OTHER_BANK: "OTHER_BANK", pb.CounterpartyType_BROKER: "BROKER", pb.CounterpartyType_WALLET: "WALLET",
}

// fields are the facts and conditions that texts may name. One that is not known
// appends nothing.
var fields = map[string]field{
	// Who.
	"display":  text(func(v *view, b []byte) []byte { return append(b, v.ctx.Customer.GetDisplay()...) }),
	"customer": text(func(v *view, b []byte) []byte { return append(b, v.ctx.Customer.GetId()...) }),
	"tail":     text(func(v *view, b []byte) []byte { return append(b, v.ctx.Customer.GetPhoneTail()...) }),

	// What.
	"severity": member("severity", func(v *view) string { return severityNames[v.c.Severity] }),
	"title":    member("title", func(v *view) string { return v.c.Code.String() }),
	"from":     text(func(v *view, b []byte) []byte { return v.tier(b, v.c.From) }),
	"lands_on": text((*view).landsOn),
	"falls_on": text(func(v *view, b []byte) []byte { return v.date(b, v.c.FallsOn) }),
	"effective": text(func(v *view, b []byte) []byte {
		return v.date(b, v.c.FallsOn)
	}),

	// Money.
	"top_up": text(func(v *view, b []byte) []byte {
		if !v.lever() {
			return b
		}
		return v.amount(b, v.f.Money.TopUp, up)
	}),
	"keep_until":   text((*view).keepUntil),
	"wait_day1":    text(func(v *view, b []byte) []byte { return v.near(b, v.f.Money.WaitOn[0]) }),
	"wait_day2":    text(func(v *view, b []byte) []byte { return v.near(b, v.f.Money.WaitOn[1]) }),
	"wait_amount1": text(func(v *view, b []byte) []byte { return v.amount(b, v.f.Money.WaitTopUp[0], up) }),
	"wait_amount2": text(func(v *view, b []byte) []byte { return v.amount(b, v.f.Money.WaitTopUp[1], up) }),
	"threshold":    text(func(v *view, b []byte) []byte { return v.levels(b, v.f.Money.Threshold, v.f.Money.Estimate) }),
	"estimate":     text(func(v *view, b []byte) []byte { return v.levels(b, v.f.Money.Estimate, v.f.Money.Threshold) }),
	"hold_after":   text(func(v *view, b []byte) []byte { return v.level(b, v.f.Money.HoldAfter, up) }),
	"next_period":  text((*view).nextPeriod),
	"gap":          text((*view).gap),
	"next_top_up":  text(func(v *view, b []byte) []byte { return v.amount(b, v.c.TopUp, up) }),
	"missing":      text((*view).missingList),
	"m_name": text(func(v *view, b []byte) []byte {
		return append(b, measure(v.ctx.Plan, v.missing.Metric, v.missing.Score)...)
	}),
	"m_label": text(func(v *view, b []byte) []byte { return append(b, v.label(v.missing.Metric, v.missing.Score)...) }),
	"m_kind":  member("kind", (*view).kind),
	"m_have": text(func(v *view, b []byte) []byte {
		return v.number(b, v.missing.Metric, v.missing.Score, v.missing.Have, v.missing.Need)
	}),
	"m_need": text(func(v *view, b []byte) []byte {
		return v.number(b, v.missing.Metric, v.missing.Score, v.missing.Need, v.missing.Have)
	}),

	// Misses.
	"this_period": member("period", (*view).rhythm),
	"average":     member("average", (*view).average),
	"missed":      text((*view).missed),
	"nth": text(func(v *view, b []byte) []byte {
		if !v.f.Judged || !v.f.MissProjected || v.f.Allowed == 0 {
			return b
		}
		return strconv.AppendInt(b, int64(v.c.Misses)+1, 10)
	}),
	"used": text(func(v *view, b []byte) []byte {
		if v.c.Misses == 0 || v.f.Allowed == 0 {
			return b
		}
		return strconv.AppendInt(b, int64(v.c.Misses), 10)
	}),
	"allowed": text(func(v *view, b []byte) []byte { return strconv.AppendInt(b, int64(v.f.Allowed), 10) }),

	// Why.
	"reasons":  text((*view).reasons),
	"r_day":    text(func(v *view, b []byte) []byte { return v.date(b, v.reason.Day) }),
	"r_since":  text(func(v *view, b []byte) []byte { return v.date(b, v.since) }),
	"r_amount": text(func(v *view, b []byte) []byte { return v.amount(b, v.reason.AmountMinor, halfEven) }),
	"r_event":  text(func(v *view, b []byte) []byte { return v.amount(b, v.reason.EventMinor, halfEven) }),
	"r_to":     member("party", func(v *view) string { return partyNames[v.reason.Party] }),
	"r_before": text(func(v *view, b []byte) []byte { return v.around(b, v.reason.BeforeMinor, v.reason.AfterMinor) }),
	"r_after":  text(func(v *view, b []byte) []byte { return v.around(b, v.reason.AfterMinor, v.reason.BeforeMinor) }),
	"amount":   text(func(v *view, b []byte) []byte { return v.amount(b, v.c.TopUp, halfEven) }),
	"share": text(func(v *view, b []byte) []byte {
		share := sharePercent(v.c.TopUp, v.c.Threshold)
		if share == 0 {
			return b
		}
		return strconv.AppendInt(b, share, 10)
	}),
	// At the event itself the text's as_of says when.
	"outflow_end": text(func(v *view, b []byte) []byte {
		if v.f.Outflow != nil || v.c.Code != LargeOutflow || v.c.Shortfall == 0 {
			return b
		}
		return v.moment(b, v.c.Shortfall)
	}),
	"silent_since": text(func(v *view, b []byte) []byte { return v.date(b, v.c.FallsOn) }),
	"silence":      text(func(v *view, b []byte) []byte { return v.days(b, v.f.Silence) }),
	"norm":         text(func(v *view, b []byte) []byte { return v.days(b, v.f.NormTh) }),

	// What to do, and how good the facts are.
	"action":   member("action", func(v *view) string { return string(v.act) }),
	"advice":   member("advice", (*view).advice),
	"standing": text((*view).standing),
	"contact_days": text(func(v *view, b []byte) []byte {
		if v.ctx.LastContactDay == 0 || v.ctx.LastContactDay > v.today() {
			return b
		}
		return strconv.AppendInt(b, int64(v.today()-v.ctx.LastContactDay), 10)
	}),
	"version": text(func(v *view, b []byte) []byte { return strconv.AppendUint(b, uint64(v.version()), 10) }),
	// The clause is that of the higher tier: what it asks is what matters, going up or
	// down. The lowest asks nothing.
	"clause": text(func(v *view, b []byte) []byte {
		n := max(v.c.From, v.c.LandsOn)
		if v.scheme == nil || n == 0 {
			return b
		}
		return strconv.AppendUint(b, uint64(n), 10)
	}),
	"closed_day": text(func(v *view, b []byte) []byte { return v.date(b, v.f.Day-1) }),
	"as_of":      text((*view).asOf),
	"quality":    member("quality", func(v *view) string { return v.qual }),

	// Conditions.
	"?last":        condition(func(v *view) bool { return v.f.LastChance }),
	"?r_single":    condition(func(v *view) bool { return v.reason.single() }),
	"?unreachable": condition(func(v *view) bool { return v.f.Judged && v.f.Money.HasLever && !v.f.Money.Reachable }),
}

// sharePercent is 100 x part / whole, rounded down; 0: not known or nothing.
func sharePercent(part, whole int64) int64 {
	if part <= 0 || whole <= 0 {
		return 0
	}
	if part > whole/100*100 && part >= whole {
		return 100
	}
	if whole < 100 {
		return part * 100 / whole
	}
	return min(part/(whole/100), 100)
}

func (v *view) landsOn(dst []byte) []byte {
	if v.c.FallsOn == 0 && v.c.Code != NearUpgrade || v.c.unnamed() {
		return dst
	}
	return v.tier(dst, v.c.LandsOn)
}

// level writes an amount that is known only beside a threshold of money.
func (v *view) level(dst []byte, minor int64, r rounding) []byte {
	if !v.f.Judged || v.f.Money.Threshold == 0 {
		return dst
	}
	return v.money(dst, minor, r)
}

// levels is level of one of two that are read beside each other.
func (v *view) levels(dst []byte, minor, other int64) []byte {
	if !v.f.Judged || v.f.Money.Threshold == 0 {
		return dst
	}
	return v.beside(dst, minor, other)
}

// around writes the assets before or after a reason's event, beside the other.
func (v *view) around(dst []byte, minor, other int64) []byte {
	if v.reason.BeforeMinor == 0 && v.reason.AfterMinor == 0 {
		return dst
	}
	return v.beside(dst, minor, other)
}

func (v *view) days(dst []byte, n int32) []byte {
	if !v.f.SilenceKnown || !v.f.Silent || n <= 0 {
		return dst
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// keepUntil is the end of the open period; act_by is that too if it is the last
// chance, and nothing else of it is known.
func (v *view) keepUntil(dst []byte) []byte {
	if v.f.PeriodEnd == 0 && v.f.LastChance {
		return v.date(dst, v.f.ActBy)
	}
	return v.date(dst, v.f.PeriodEnd)
}

// nextPeriod opens the day after keepUntil: a month by its name, else the day. It
// matters only where money can help.
func (v *view) nextPeriod(dst []byte) []byte {
	end := v.f.PeriodEnd
	if end == 0 && v.f.LastChance {
		end = v.f.ActBy
	}
	if end == 0 || !v.lever() || v.f.Money.HoldAfter == 0 {
		return dst
	}
	if end+1 == day.MonthStart(end+1) && v.rhythm() == "month" {
		return v.l.month(dst, end+1, v.today())
	}
	return v.date(dst, end+1)
}

func (v *view) gap(dst []byte) []byte {
	switch {
	case v.c.Shortfall == 0 || v.scheme == nil:
		return dst
	case v.scheme.LeadScore >= 0:
		return v.number(dst, v.scheme.LeadScore, true, v.c.Shortfall, v.c.Shortfall)
	case v.moneyLead():
		return v.money(dst, v.c.Shortfall, up)
	}
	return v.number(dst, -1, false, v.c.Shortfall, v.c.Shortfall)
}

func (v *view) missingList(dst []byte) []byte {
	start := len(dst)
	for i := range v.f.Missing {
		v.missing = &v.f.Missing[i]
		if measure(v.ctx.Plan, v.missing.Metric, v.missing.Score) == "" {
			continue
		}
		dst = v.member(v.join(dst, start, "missing"), "", "missing")
	}
	return dst
}

// missed lists the missed periods by their months, or first days.
func (v *view) missed(dst []byte) []byte {
	start := len(dst)
	for _, d := range v.f.Missed {
		dst = v.join(dst, start, "missed")
		if v.rhythm() == "month" {
			dst = v.l.month(dst, d, v.today())
		} else {
			dst = v.date(dst, d)
		}
	}
	return dst
}

// reasons says since when they are summed with the first that is a sum: it is the same
// day for all (rule R133).
func (v *view) reasons(dst []byte) []byte {
	start, said := len(dst), false
	list := v.f.Reasons
	if v.c.Code == TierDowngraded {
		list = v.f.Lost
	}
	for i := range list {
		v.reason, v.since = &list[i], 0
		if !said {
			v.since = v.reason.Since
		}
		dst = v.member(v.join(dst, start, "reasons"), "reason", v.reason.Code.String())
		said = said || v.since != 0 && !v.reason.single()
	}
	return dst
}

// version is that of the policy whose threshold the message states.
func (v *view) version() uint32 {
	if v.f.Rules != 0 {
		return v.f.Rules
	}
	return v.ctx.Plan.Version
}

// advice follows the first reason, where the action is to call. Where no money is
// missing there is none: nothing has to be refilled or brought back.
func (v *view) advice() string {
	enough := v.f.Judged && v.f.Money.HasLever && v.f.Money.Reachable && v.f.Money.TopUp == 0
	if v.act != callToday && v.act != callThisWeek || len(v.f.Reasons) == 0 || !v.c.Code.risk() || enough {
		return ""
	}
	return v.f.Reasons[0].Code.String()
}

// standing is what is known of contacts, complaints and consent.
func (v *view) standing(dst []byte) []byte {
	start := len(dst)
	if v.ctx.LastContactDay != 0 {
		dst = v.member(dst, "", "contact")
	}
	if v.ctx.ComplaintsKnown {
		name := "none"
		if v.ctx.Complaints > 0 {
			name = "open"
		}
		dst = v.member(v.join(dst, start, "standing"), "complaint", name)
	}
	if v.ctx.ConsentKnown {
		name := "no"
		if v.ctx.Consent {
			name = "yes"
		}
		dst = v.member(v.join(dst, start, "standing"), "consent", name)
	}
	return dst
}

// asOf is the minute of an event or TICK where the deployment's offset is known;
// a CLOSE speaks as of the end of its day.
func (v *view) asOf(dst []byte) []byte {
	if v.f.AtClose {
		return v.member(dst, "", "day_end")
	}
	if !v.ctx.OffsetKnown {
		return v.date(dst, v.f.Day)
	}
	return v.moment(dst, v.f.Now)
}

// moment writes the minute of a UTC second; only the day, by UTC, where the
// deployment's offset is not known.
func (v *view) moment(dst []byte, at int64) []byte {
	local := at
	if v.ctx.OffsetKnown {
		local += int64(v.ctx.UTCOffset)
	}
	d, second := local/86400, local%86400
	if second < 0 {
		d, second = d-1, second+86400
	}
	dst = v.date(dst, int32(d))
	if !v.ctx.OffsetKnown {
		return dst
	}
	if !v.l.chinese {
		dst = append(dst, ' ')
	}
	h, m := byte(second/3600), byte(second/60%60)
	return append(dst, '0'+h/10, '0'+h%10, ':', '0'+m/10, '0'+m%10)
}

package alert

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// RenderContext is what an alert says beside the facts. Customer and Position go
// into the message as they are and are not written to.
type RenderContext struct {
	Plan     *policy.Plan
	Customer *pb.Customer
	Position *pb.Position
	Mode     pb.Mode
	// Currency is the base currency, MinorDigits its decimals (CNY 2, JPY 0), 0 … 6.
	Currency    string
	MinorDigits int
	// UTCOffset are the seconds east of UTC at the moment; OffsetKnown false: texts
	// say the day only.
	UTCOffset   int32
	OffsetKnown bool
	// LastContactDay is the day of the last contact, 0: not known.
	LastContactDay int32
	// Complaints are those open, Consent the consent to marketing, if Known.
	ComplaintsKnown, ConsentKnown bool
	Complaints                    int
	Consent                       bool
}

var severityNames = [...]string{Info: "INFO", Warning: "WARNING", Critical: "CRITICAL"}

// Render fills out with the whole message of a revision; what out held before is
// gone. Facts that are not known stay unset and their clauses are left out of the
// texts. It depends on its arguments only.
func Render(rev *Revision, ctx *RenderContext, out *pb.Alert) {
	c, f := &rev.Case, rev.Facts
	out.Reset()
	out.AlertId, out.Revision = FormatID(c.ID), uint32(c.Revision)
	if rev.Supersedes != 0 {
		out.Supersedes = FormatID(rev.Supersedes)
	}
	out.Code, out.State, out.Severity = c.Code.String(), pb.AlertState(c.State), pb.Severity(c.Severity)
	out.Mode, out.Customer, out.Log = ctx.Mode, ctx.Customer, ctx.Position
	out.AsOf, out.OpenedDay, out.Day = f.Now, c.OpenedDay, f.Day
	out.Quality = quality(f)
	v := view{c: c, f: f, ctx: ctx, qual: out.Quality}
	out.Policy = &pb.PolicyRef{Name: ctx.Plan.Name, Version: v.version()}
	if int(c.Scheme) < len(ctx.Plan.Schemes) {
		v.scheme = &ctx.Plan.Schemes[c.Scheme]
		renderTiers(&v, out)
	}
	if c.Code.risk() || c.Code == NearUpgrade {
		out.Basis, out.Prices = "NO_ACTIVITY", "FLAT"
	} else {
		out.Basis = "OBSERVED"
	}
	renderFacts(&v, out)
	if c.State == Open {
		a, suppressed := restrain(recommend(c, f), ctx)
		v.act = a
		out.Action = &pb.Action{Code: string(a), Suppressed: suppressed}
	}
	out.TextZh, out.TextEn = v.write(zh), v.write(en)
}

// quality says how good the facts are.
func quality(f *Facts) string {
	switch {
	case f.Gaps:
		return "GAPS"
	case f.Provisional:
		return "PROVISIONAL"
	}
	return "FINAL"
}

func renderTiers(v *view, out *pb.Alert) {
	c := v.c
	name := func(rank uint8) string {
		if int(rank) < len(v.scheme.Tiers) {
			return v.scheme.Tiers[rank].Name
		}
		return ""
	}
	out.Scheme, out.From = v.scheme.Name, name(c.From)
	out.Policy.Clause = name(max(c.From, c.LandsOn))
	if (c.Code == NearUpgrade || c.FallsOn != 0 && c.Code != ActivitySilence) && !c.unnamed() {
		out.LandsOn = name(c.LandsOn)
	}
	if c.Code != ActivitySilence {
		out.FallsOn = c.FallsOn
	}
}

// renderFacts fills misses, money, what is missing and why.
func renderFacts(v *view, out *pb.Alert) {
	c, f := v.c, v.f
	switch {
	case c.Code.risk():
		out.MissesUsed, out.MissesAllowed = uint32(c.Misses), uint32(f.Allowed)
		if !f.Judged || c.State == Expired {
			return
		}
		out.Money = renderMoney(f, v.ctx.Currency)
		if c.State != Open {
			return
		}
		if c.FallsOn != 0 {
			out.ActBy = f.ActBy
		}
		out.Missing = renderMissing(f, v.ctx.Plan)
		out.Reasons = renderReasons(f.Reasons)
	case c.Code == TierDowngraded && c.State == Open:
		out.Reasons = renderReasons(f.Lost)
	case c.Code == NearUpgrade && c.State == Open && v.moneyLead():
		out.Money = &pb.Money{
			Currency: v.ctx.Currency, ShortfallMinor: c.Shortfall, TopUpMinor: c.TopUp, Reachable: c.TopUp != 0,
		}
	case c.Code == LargeOutflow:
		out.Money = &pb.Money{Currency: v.ctx.Currency, AtRiskMinor: c.Threshold}
		r := &pb.Reason{Code: ExternalOutflow.String(), ShareBp: 10000, AmountMinor: c.TopUp}
		if f.Outflow != nil {
			r.EventId = f.Outflow.EventID
		}
		out.Reasons = []*pb.Reason{r}
	}
}

func renderMoney(f *Facts, currency string) *pb.Money {
	m := &f.Money
	out := &pb.Money{
		Currency: currency, ThresholdMinor: m.Threshold, AdbEstimateMinor: m.Estimate,
		AtRiskMinor: m.AtRisk, HasLever: m.HasLever,
	}
	if !m.HasLever {
		return out
	}
	out.ShortfallMinor, out.DailyNeededMinor, out.HoldAfterMinor = m.Shortfall, m.Daily, m.HoldAfter
	if out.Reachable = m.Reachable; !m.Reachable {
		return out
	}
	out.TopUpMinor = m.TopUp
	for i, d := range m.WaitOn {
		if d != 0 {
			out.Wait = append(out.Wait, &pb.Wait{OnDay: d, TopUpMinor: m.WaitTopUp[i]})
		}
	}
	return out
}

func renderMissing(f *Facts, p *policy.Plan) []*pb.Missing {
	var out []*pb.Missing
	for _, m := range f.Missing {
		if name := measure(p, m.Metric, m.Score); name != "" {
			out = append(out, &pb.Missing{Metric: name, Have: m.Have, Need: m.Need})
		}
	}
	return out
}

func renderReasons(reasons []Reason) []*pb.Reason {
	var out []*pb.Reason
	for _, r := range reasons {
		out = append(out, &pb.Reason{
			Code: r.Code.String(), ShareBp: r.ShareBP, AmountMinor: r.AmountMinor, EventId: r.EventID, Day: r.Day,
		})
	}
	return out
}

var closedNames = [...]string{AutoResolved: "AUTO_RESOLVED", Expired: "EXPIRED", Inhibited: "INHIBITED"}

// write renders the text of the case in a language.
func (v *view) write(l *language) string {
	v.l = l
	var buf [1024]byte
	group, name := "open", v.c.Code.String()
	if v.c.State != Open {
		group, name = "closed", closedNames[v.c.State]
	}
	return string(v.member(buf[:0], group, name))
}

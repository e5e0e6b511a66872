package oracle

import (
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// nearUpgrade judges that little is missing to the next tier (R55).
func (c *Customer) nearUpgrade(s *policy.Scheme, at occasion) {
	const code = "NEAR_UPGRADE"
	k := c.openCase(s.Name, code)
	gap, from, to, near := c.gap(s)
	switch {
	case c.rule(code).Off:
	case near && k == nil && !c.cools(s.Name, code, at.day):
		n := c.beginCase(s.Name, code, at, told{severity: pb.Severity_INFO, shortfall: text(gap), tier: from})
		c.tellNear(n, at, s, gap, from, to)
	case near && k != nil:
		now := told{severity: pb.Severity_INFO, shortfall: text(gap), tier: from}
		if now.tier != k.told.tier || !alike(k.told.shortfall, now.shortfall) {
			k.told = now
			c.tellNear(k, at, s, gap, from, to)
		}
	case k != nil:
		c.endCase(k, pb.AlertState_AUTO_RESOLVED, at)
	}
}

// tellNear tells what is missing to the next tier, and the deposit that fills it.
func (c *Customer) tellNear(k *kase, at occasion, s *policy.Scheme, gap *big.Int, from, to int) {
	c.tell(k, at, func(a *Alert) {
		a.From, a.To = s.Tiers[from].Name, s.Tiers[to].Name
		if c.o.plan.Metrics[s.Lead].Money {
			a.Amount = gap
		}
		if !c.o.plan.Metrics[s.Lead].Balancing() {
			return
		}
		if m := c.money(s, to, c.facing(s)); m.HasLever && m.Reachable {
			a.TopUp = m.TopUp
		}
	})
}

// gap is what the open period's projected value lacks of the next tier.
func (c *Customer) gap(s *policy.Scheme) (gap *big.Int, from, to int, near bool) {
	st := c.machine(s).state
	if st.Standing != pb.Standing_ACTIVE || st.Tier+1 >= len(s.Tiers) || s.Lead < 0 {
		return nil, 0, 0, false
	}
	from, to = st.Tier, st.Tier+1
	plan := c.o.plan
	end := c.facing(s).End
	at := moment{day: end, sec: c.o.cut + int64(end-c.o.lastClose)*86400}
	for i := range s.Tiers[to].Cond.Terms {
		t := &s.Tiers[to].Cond.Terms[i]
		if t.Metric != s.Lead {
			continue
		}
		missing := new(big.Int).Sub(big.NewInt(t.From), c.metric(plan, s.Lead, at))
		if missing.Sign() == 0 && !c.term(plan, t, at) {
			// Rounding hides it (R90).
			missing.SetInt64(1)
		}
		share := new(big.Int).Mul(big.NewInt(t.From), big.NewInt(int64(c.rule("NEAR_UPGRADE").ShareBP)))
		near = missing.Sign() > 0 && c.reached(plan, s, at) < to && new(big.Int).Mul(missing, big.NewInt(10_000)).Cmp(share) <= 0
		return missing, from, to, near
	}
	return nil, 0, 0, false
}

// flowAlerts judges what is about the customer himself.
func (c *Customer) flowAlerts(at occasion) {
	if at.atClose && c.departed() {
		for _, k := range c.cases {
			if k.scheme == "" && k.open() {
				c.endCase(k, pb.AlertState_AUTO_RESOLVED, at)
			}
		}
		return
	}
	if at.atClose {
		c.silence(at)
	} else {
		c.outflow(at)
	}
}

// departed tells that the customer has left all schemes (R35).
func (c *Customer) departed() bool {
	for i := range c.o.plan.Schemes {
		if c.machine(&c.o.plan.Schemes[i]).state.Standing != pb.Standing_LEFT {
			return false
		}
	}
	return true
}

// external is what an entry takes out of the bank (negative: brings in), base
// minor units.
func (c *Customer) external(e *entry) int64 {
	a := c.find(e.tx.AccountId)
	if !e.moves() || e.reversal() || e.tx.InternalTransfer || e.tx.SameOwner || a == nil || a.liability() {
		return 0
	}
	if e.tx.Direction == pb.Direction_DEBIT {
		return c.left(e)
	}
	return -c.left(e)
}

// outflow judges the net external outflow of 24 hours (R53, R64).
func (c *Customer) outflow(at occasion) {
	const code = "LARGE_OUTFLOW"
	rule := c.rule(code)
	if rule.Off || c.departed() {
		return
	}
	i := slices.IndexFunc(c.entries, func(e *entry) bool { return e.offset == c.o.offset })
	if i < 0 || c.entries[i].corrected {
		return
	}
	e := c.entries[i]
	if e.tx.Direction != pb.Direction_DEBIT || c.external(e) <= 0 {
		return
	}
	var out int64
	for _, x := range c.entries {
		if x.tx.EventTime <= e.tx.EventTime && x.tx.EventTime > e.tx.EventTime-86400 {
			out += c.external(x)
		}
	}
	assets := new(big.Int)
	for _, a := range c.accounts {
		if a.closed != 0 && at.day >= a.closed {
			continue
		}
		// As it stands, also where its first value day is still to come (R72).
		if n := c.rawBalance(a, at.day, true); !a.liability() && n > 0 {
			assets.Add(assets, new(big.Int).Mul(big.NewInt(n), c.o.rates.of(a.unit, c.o.base, at.day)))
		}
	}
	assets = divide(assets, e12)
	before := new(big.Int).Add(assets, big.NewInt(out))
	share := new(big.Int).Mul(before, big.NewInt(int64(rule.ShareBP)))
	large := out > 0 && out >= rule.LeastMinor && (rule.ShareBP > 0 && new(big.Int).Mul(big.NewInt(out), big.NewInt(10_000)).Cmp(share) >= 0 ||
		rule.AmountMinor > 0 && out >= rule.AmountMinor)
	if !large {
		return
	}
	severity := pb.Severity_WARNING
	if new(big.Int).Lsh(big.NewInt(out), 1).Cmp(before) >= 0 {
		severity = pb.Severity_CRITICAL
	}
	amounts := func(a *Alert) { a.Amount, a.Assets = big.NewInt(out), before }
	if k := c.sameOutflow(e); k != nil {
		if k.told.severity < severity {
			k.told.severity, k.event = severity, e.tx.EventTime
			c.tell(k, at, amounts)
		}
		return
	}
	for _, k := range c.cases {
		if k.code == code && at.day < k.opened+rule.CooldownDays {
			return
		}
	}
	k := c.beginCase("", code, at, told{severity: severity})
	k.event = e.tx.EventTime
	if rule.ExpiresDays > 0 {
		k.expires = at.day + rule.ExpiresDays
	}
	c.tell(k, at, amounts)
}

// sameOutflow is the open case about the outflow that this entry adds to: within
// its 24 hours.
func (c *Customer) sameOutflow(e *entry) *kase {
	for _, k := range c.cases {
		if k.code == "LARGE_OUTFLOW" && k.open() && k.event > e.tx.EventTime-86400 && k.event < e.tx.EventTime+86400 {
			return k
		}
	}
	return nil
}

// silence judges that the customer has been quiet for longer than he is used to
// (R54, R64).
func (c *Customer) silence(at occasion) {
	const code = "ACTIVITY_SILENCE"
	rule := c.rule(code)
	k := c.openCase("", code)
	if rule.Off {
		return
	}
	silent := c.silent(rule, at.closed)
	switch {
	case silent && k == nil && !c.cools("", code, at.day):
		c.tell(c.beginCase("", code, at, told{severity: pb.Severity_INFO}), at, nil)
	case !silent && k != nil:
		c.endCase(k, pb.AlertState_AUTO_RESOLVED, at)
	}
}

func (c *Customer) silent(rule *policy.Rule, d Day) bool {
	var days []Day
	for _, e := range c.entries {
		if e.moves() && !e.reversal() && !c.gone(e) && e.tx.Initiator == pb.Initiator_CUSTOMER && e.tx.BusinessDay <= d {
			days = append(days, e.tx.BusinessDay)
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	if len(days) == 0 {
		return false
	}
	last := days[len(days)-1]
	days = slices.DeleteFunc(days, func(x Day) bool { return x <= last-365 })
	if len(days) < 6 {
		return false
	}
	// The mean gap is (last - first) / (n - 1); three of them, in whole days.
	quiet := d - last
	return quiet >= max(3*(last-days[0])/Day(len(days)-1), rule.MinDays)
}

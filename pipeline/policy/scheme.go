package policy

const (
	// maxLag bounds assess_lag: a decision later than a month is of no use.
	maxLag = 31
	// minKeep is the least number of period results kept, maxKeep the greatest.
	minKeep, maxKeep = 14, 64
	// usualRestate is restate where nothing is said, in days.
	usualRestate = 10
)

var (
	upgrades = map[string]Upgrade{
		"at_close": AtClose, "next_period": NextPeriod, "when_secured": WhenSecured, "immediate": Immediate,
	}
	landings = map[string]Landing{"last": Last, "best": Best, "one_down": OneDown, "by_balance": ByBalance}
)

func (c *compiler) readSchemes(root value) {
	section, _ := root.get("schemes")
	for name, v := range section.pairs() {
		s := Scheme{Name: name.node.Value, Lead: -1, LeadScore: -1, Entry: FirstAssessment}
		by, subject := c.subjectOf(v)
		if by {
			s.Lead, s.LeadScore = subject.Metric, subject.Score
		}
		c.readTiers(v, &s, by, subject)
		c.timing(v, &s)
		c.protection(v, &s)
		s.Review = c.is(v, "on_down", "review")
		s.ResetMisses = c.is(v, "reset_misses", "true")
		c.readReplaced(v, &s)
		c.checkScheme(name, v, &s)
		c.plan.Schemes = append(c.plan.Schemes, s)
	}
}

// subjectOf reads by; ok is false if it is absent or unknown.
func (c *compiler) subjectOf(v value) (ok bool, t Term) {
	by, given := v.get("by")
	if !given {
		return false, Term{Metric: -1, Score: -1}
	}
	s, isText := by.text()
	if !isText {
		return false, Term{Metric: -1, Score: -1}
	}
	return c.subject(by, s)
}

// subject finds a metric or score by name and gives a term without threshold. An unknown
// name is reported and read as the one it was likely meant to be.
func (c *compiler) subject(v value, name string) (bool, Term) {
	if ok, t := c.named(name); ok {
		return true, t
	}
	known := make([]string, 0, len(c.plan.Metrics)+len(c.plan.Scores))
	for i := range c.plan.Metrics {
		known = append(known, c.plan.Metrics[i].Name)
	}
	for i := range c.plan.Scores {
		known = append(known, c.plan.Scores[i].Name)
	}
	return c.named(c.unknown(v, "metric or score", name, known))
}

// named finds a metric or score.
func (c *compiler) named(name string) (bool, Term) {
	if i, ok := c.metrics[name]; ok {
		c.used.metric(i)
		return true, Term{Metric: i, Score: -1}
	}
	if i, ok := c.scores[name]; ok {
		return true, Term{Metric: -1, Score: i}
	}
	return false, Term{Metric: -1, Score: -1}
}

// timing reads the period, its lag, restating, entry and upgrade.
func (c *compiler) timing(v value, s *Scheme) {
	s.Assess = AssessMonth
	if a, ok := v.get("assess"); ok {
		c.assess(a, s)
	}
	event := s.Assess == AssessEvent
	if lag, ok := v.get("assess_lag"); ok {
		if s.LagDays = c.inDays(lag, 0, maxLag); event && s.LagDays > 0 {
			c.problem(lag, "an assessment at every event cannot wait", "leave assess_lag out, or assess by day")
		}
	}
	if !event {
		s.RestateDays = usualRestate
	}
	if r, ok := v.get("restate"); ok {
		if s.RestateDays = c.inDays(r, 0, maxWindowDays); event && s.RestateDays > 0 {
			c.problem(r, "assessments at every event are not restated", "leave restate out, or assess by day")
		}
	}
	if c.is(v, "entry", "at_once") {
		s.Entry = AtOnce
	}
	s.SilentEntry = c.is(v, "lowest_entry", "silent")
	s.Upgrade = AtClose
	if event && !c.averages(s) {
		s.Upgrade = Immediate
	}
	if u, ok := v.get("upgrade"); ok {
		word, _ := u.text()
		if up := upgrades[word]; up != 0 {
			s.Upgrade = up
			c.checkUpgrade(u, s)
		}
	}
}

// assess reads the period: a word, a span of days, or {days: n}.
func (c *compiler) assess(v value, s *Scheme) {
	if n, ok := v.get("days"); ok {
		if days, ok := c.whole(n, 1, 366); ok {
			s.Assess, s.N = AssessDays, int32(days)
		}
		return
	}
	word, ok := v.text()
	if !ok {
		return
	}
	switch lower(word) {
	case "month":
	case "quarter":
		s.Assess = AssessQuarter
	case "day":
		s.Assess, s.N = AssessDays, 1
	case "event":
		s.Assess = AssessEvent
	default:
		sp, ok := readSpan(word)
		if !ok || sp.unit != days || sp.n < 1 || sp.n > 366 {
			c.problem(v, "is no period", "write month, quarter, day, event, or 1d to 366d")
			return
		}
		s.Assess, s.N = AssessDays, int32(sp.n)
	}
}

// protection reads the guarantee after a lift and the protection after entry.
func (c *compiler) protection(v value, s *Scheme) {
	monthsOf := func(v value) int32 {
		if m, ok := v.get("months"); ok {
			n, _ := c.whole(m, 0, 120)
			return int32(n)
		}
		return 0
	}
	if g, ok := v.get("guarantee"); ok {
		s.GuaranteeMonths, s.GuaranteeCounted = monthsOf(g), c.is(g, "misses", "counted")
	}
	if p, ok := v.get("protect"); ok {
		s.ProtectMonths = monthsOf(p)
	}
}

// shortest is the least number of days of a period, 0 for assessments by event.
func (s *Scheme) shortest() int32 {
	switch s.Assess {
	case AssessMonth:
		return 28
	case AssessQuarter:
		return 90
	case AssessDays:
		return s.N
	case AssessEvent:
	}
	return 0
}

// keep gives how many period results the scheme needs: what restating can reach
// and what counting misses asks.
func (s *Scheme) keep() int {
	reach := int32(0)
	if p := s.shortest(); p > 0 {
		reach = (s.RestateDays+s.LagDays+p-1)/p + 1
	}
	need := int32(0)
	for i := range s.Tiers {
		need = max(need, int32(s.Tiers[i].DownAfter))
	}
	return int(max(need, reach, minKeep))
}

func (c *compiler) readReplaced(v value, s *Scheme) {
	section, _ := v.get("replaced_by")
	ranks := map[string]int{}
	for i, t := range s.Tiers {
		ranks[t.Name] = i
	}
	for old, to := range section.pairs() {
		if _, still := ranks[old.node.Value]; still {
			c.problem(old, "the tier is still there", "take it out of replaced_by or of tiers")
			continue
		}
		if rank, ok := c.lookup(to, "tier", ranks); ok {
			if s.Replaced == nil {
				s.Replaced = map[string]int{}
			}
			s.Replaced[old.node.Value] = rank
		}
	}
}

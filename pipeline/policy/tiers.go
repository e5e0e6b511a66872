package policy

import "fmt"

func (c *compiler) readTiers(v value, s *Scheme, by bool, subject Term) {
	section, _ := v.get("tiers")
	seen := map[string]bool{}
	for i, tv := range section.list() {
		t := Tier{Lands: Last}
		if name, ok := tv.get("name"); ok {
			if t.Name, _ = name.text(); seen[t.Name] && t.Name != "" {
				c.problem(name, "another tier of the scheme has this name", "rename one of them")
			}
			seen[t.Name] = true
		}
		if zh, ok := tv.get("zh"); ok {
			t.Zh, _ = zh.text()
		}
		if en, ok := tv.get("en"); ok {
			t.En, _ = en.text()
		}
		if i == 0 {
			t.Lands = 0
			c.lowest(tv)
		} else {
			c.condition(tv, v, &t, by, subject)
			c.falling(tv, &t)
		}
		s.Tiers = append(s.Tiers, t)
	}
	if s.Lead < 0 && s.LeadScore < 0 {
		s.Lead, s.LeadScore = lead(s.Tiers)
	}
	c.ascending(section.list(), s.Tiers)
}

// lead is the subject of the first term of the lowest tier that asks something.
func lead(tiers []Tier) (metric, score int) {
	for _, t := range tiers {
		if len(t.Cond.Terms) > 0 {
			return t.Cond.Terms[0].Metric, t.Cond.Terms[0].Score
		}
	}
	return -1, -1
}

// lowest reports what the lowest tier may not have: everyone can be in it.
func (c *compiler) lowest(v value) {
	for _, key := range []string{"from", "any", "all"} {
		if k, ok := v.get(key); ok {
			c.problem(k, "the lowest tier asks for something, so some customers would have no tier", "put a tier that asks nothing before it")
		}
	}
	for _, key := range []string{"watch_after", "down_after", "lands_on"} {
		if k, ok := v.get(key); ok {
			c.problem(k, "nobody falls from the lowest tier", "take "+key+" out")
		}
	}
}

// condition reads from, any or all of a tier above the lowest.
func (c *compiler) condition(tv, scheme value, t *Tier, by bool, subject Term) {
	from, hasFrom := tv.get("from")
	anyOf, hasAny := tv.get("any")
	allOf, hasAll := tv.get("all")
	switch {
	case hasFrom && !hasAny && !hasAll:
		_, given := scheme.get("by")
		if !given {
			c.missing(from, "says a value, but the scheme does not say of what", "add by: to the scheme, or use any or all here")
		}
		if by {
			t.Cond.Terms = c.term(nil, from, subject)
		}
	case hasAny && !hasFrom && !hasAll:
		t.Cond.Any = true
		t.Cond.Terms = c.terms(anyOf)
	case hasAll && !hasFrom && !hasAny:
		t.Cond.Terms = c.terms(allOf)
	case hasFrom || hasAny || hasAll:
		c.problem(tv, "has more than one of from, any and all", "keep one of them")
	default:
		c.missing(tv, "asks nothing, but is not the lowest tier", "add from, any or all")
	}
}

func (c *compiler) terms(v value) []Term {
	var terms []Term
	for _, item := range v.list() {
		for name, level := range item.pairs() {
			if ok, subject := c.subject(name, name.node.Value); ok {
				terms = c.term(terms, level, subject)
			}
		}
	}
	return terms
}

// term adds the subject with its threshold.
func (c *compiler) term(terms []Term, v value, subject Term) []Term {
	var ok bool
	if subject.Score >= 0 {
		var bp int32
		bp, ok = c.share(v)
		subject.From = int64(bp)
	} else {
		subject.From, ok = c.level(v, c.plan.Metrics[subject.Metric].Unit())
	}
	if ok && subject.From <= 0 {
		c.problem(v, "everyone has that much", "write a threshold above 0")
		ok = false
	}
	for _, t := range terms {
		if t.Metric == subject.Metric && t.Score == subject.Score {
			c.problem(v, "is asked twice in one tier", "keep one threshold")
			ok = false
		}
	}
	if ok {
		terms = append(terms, subject)
	}
	return terms
}

// falling reads watch_after, down_after and lands_on.
func (c *compiler) falling(v value, t *Tier) {
	t.WatchAfter, t.DownAfter = 1, 1
	if d, ok := v.get("down_after"); ok {
		if n, ok := c.whole(d, 1, maxKeep); ok {
			t.DownAfter = uint8(n)
		}
	}
	if w, ok := v.get("watch_after"); ok {
		if n, ok := c.whole(w, 1, maxKeep); ok {
			t.WatchAfter = uint8(n)
			if t.WatchAfter > t.DownAfter {
				c.problem(w, fmt.Sprintf("the watch would begin after the fall, which comes after %d", t.DownAfter), "write at most down_after")
			}
		}
	}
	if l, ok := v.get("lands_on"); ok {
		word, _ := l.text()
		if landing := landings[word]; landing != 0 {
			t.Lands = landing
		}
	}
}

// ascending reports a tier that asks no more than one below it. Two of any, or two
// of all, are compared threshold by threshold; any and all cannot be compared.
func (c *compiler) ascending(places []value, tiers []Tier) {
	for i := 1; i < len(tiers); i++ {
		for j := i - 1; j > 0; j-- {
			higher, lower := tiers[i].Cond, tiers[j].Cond
			if len(higher.Terms) == 0 || len(lower.Terms) == 0 {
				continue
			}
			if c.descends(places[i], higher, lower, tiers[j].Name) {
				break
			}
		}
	}
}

func (c *compiler) descends(place value, higher, lower Cond, below string) bool {
	if sameCond(higher, lower) {
		c.problem(conditionAt(place), "asks the same as tier "+below+" below it", "raise it, or take one of the tiers out")
		return true
	}
	if higher.Any != lower.Any && len(higher.Terms) > 1 && len(lower.Terms) > 1 {
		return false
	}
	for _, h := range higher.Terms {
		for _, l := range lower.Terms {
			if h.Metric == l.Metric && h.Score == l.Score && h.From < l.From {
				c.problem(conditionAt(place), "asks less than tier "+below+" below it", "put the tiers in ascending order")
				return true
			}
		}
	}
	return false
}

func sameCond(a, b Cond) bool {
	if len(a.Terms) != len(b.Terms) || (a.Any != b.Any && len(a.Terms) > 1) {
		return false
	}
	for _, t := range a.Terms {
		found := false
		for _, u := range b.Terms {
			found = found || t == u
		}
		if !found {
			return false
		}
	}
	return true
}

// conditionAt is the place of a tier's condition.
func conditionAt(tier value) value {
	for _, key := range []string{"from", "any", "all"} {
		if v, ok := tier.get(key); ok {
			return v
		}
	}
	return tier
}

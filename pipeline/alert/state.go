package alert

// near settles NEAR_UPGRADE, judged at a CLOSE only (rule R55).
func (j *judge) near() {
	if !j.f.Judged || !j.f.AtClose {
		return
	}
	c, fresh := j.settle(NearUpgrade, nearHolds(j.rules.NearUpgrade.Off, j.f))
	if c == nil || !fresh && (j.stale(c) || c.From == j.f.Tier && c.LandsOn == j.f.NextTier && !moved(j.f.Gap, c.Shortfall)) {
		return
	}
	j.tellNear(c)
	j.publish(c, 0)
}

// tellNear takes the facts of the moment into a NEAR_UPGRADE.
func (j *judge) tellNear(c *Case) {
	c.From, c.LandsOn = j.f.Tier, j.f.NextTier
	c.Shortfall, c.TopUp = j.f.Gap, j.f.NextTopUp
}

// moved tells whether an amount differs from the one told by 1 % or more: a card
// payment is no news, ten are (rule R71).
func moved(now, told int64) bool {
	d := now - told
	return d != 0 && max(d, -d) >= told/100
}

func nearHolds(off bool, f *Facts) truth {
	if f.NearUpgrade && !off {
		return yes
	}
	return no
}

// silence settles ACTIVITY_SILENCE: it opens at a CLOSE and ends with the next
// entry of the customer's own (rule R54).
func (j *judge) silence() {
	if !j.f.SilenceKnown {
		return
	}
	if c, fresh := j.settle(ActivitySilence, silenceHolds(j.rules.Silence.Off, j.f)); fresh {
		c.From, c.FallsOn = j.f.Tier, j.f.SilentSince
		j.publish(c, 0)
	}
}

func silenceHolds(off bool, f *Facts) truth {
	if f.Silent && !off {
		return yes
	}
	return no
}

// settle opens or ends the one case of a code that stands for itself. It gives
// the case if its condition holds and it is open, and whether it is new: then the
// caller sets what it tells and publishes it.
func (j *judge) settle(code Code, t truth) (c *Case, fresh bool) {
	if i := j.live(code); i >= 0 {
		c = &j.cases[i]
		if j.clear(c, t); t != yes {
			return nil, false
		}
		return c, false
	}
	if t != yes || !j.f.AtClose || j.closedLater(code) || cooled(j.rules, j.f, j.cases, code) > j.f.Day {
		return nil, false
	}
	c = j.open(code, Info)
	return c, c != nil
}

package alert

// Relive publishes one further revision of each open case of the facts' scheme:
// at a HANDOVER what BACKFILL opened is told to people, as it stands now. Fresh
// facts are taken into risk cases and into NEAR_UPGRADE; what states an event is told
// as it was, and its text says when that was (rule R112). States do not change.
func Relive(f *Facts, cases []Case, emit func(Revision)) {
	j := judge{f: f, emit: emit}
	for i := range cases {
		c := &cases[i]
		if c.Scheme != f.Scheme || c.State != Open {
			continue
		}
		if c.Code.risk() && f.Active {
			j.tell(c)
		}
		if c.Code == NearUpgrade && f.NearUpgrade {
			j.tellNear(c)
		}
		due := c.Due
		if j.publish(c, 0); c.ClearSince != 0 {
			c.Due = due
		}
	}
}

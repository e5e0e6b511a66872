package oracle

import (
	"cmp"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// newsCodes are the changes that are told.
var newsCodes = map[pb.ChangeKind]string{
	pb.ChangeKind_DOWNGRADED: "TIER_DOWNGRADED", pb.ChangeKind_UPGRADED: "TIER_UPGRADED",
	pb.ChangeKind_WATCH_CLEARED: "TIER_RESTORED", pb.ChangeKind_RESTORED: "TIER_RESTORED",
	pb.ChangeKind_CORRECTED: "TIER_CORRECTED",
}

// void resolves news that the standing has overtaken.
func (c *Customer) void(s *policy.Scheme, at occasion) {
	st := c.machine(s).state
	for _, k := range c.cases {
		void := k.code == "TIER_DOWNGRADED" && st.Standing == pb.Standing_ACTIVE && st.Tier >= k.from
		switch st.Standing {
		case pb.Standing_LEFT:
			void = true
		case pb.Standing_NEW:
			// A correction took the tier (R89).
			void = k.code != "TIER_CORRECTED"
		case pb.Standing_ACTIVE, pb.Standing_STANDING_UNSPECIFIED:
		}
		if k.scheme == s.Name && k.open() && isNews(k.code) && void {
			c.endCase(k, pb.AlertState_AUTO_RESOLVED, at)
		}
	}
}

// news tells what happened to the tier (R49).
func (c *Customer) news(s *policy.Scheme, moves []Change, at occasion) {
	for _, ch := range moves {
		code, told_ := newsCodes[ch.Kind]
		if ch.Scheme != s.Name || !told_ || c.rule(code).Off || c.cools(s.Name, code, at.day) {
			continue
		}
		severity := pb.Severity_INFO
		if code == "TIER_DOWNGRADED" {
			severity = pb.Severity_WARNING
		}
		k := c.beginCase(s.Name, code, at, told{severity: severity})
		none := s.Tiers[0].Name // the lowest stands for it (R182)
		k.from = max(0, ch.FromRank)
		if n := c.rule(code).ExpiresDays; n > 0 {
			k.expires = at.day + n
		}
		c.tell(k, at, func(a *Alert) {
			a.From, a.To, a.FallsOn = cmp.Or(ch.From, none), cmp.Or(ch.To, none), ch.Effective
			if code == "TIER_DOWNGRADED" {
				a.Reasons = c.reasonsOfFall(s, k.from, at.day)
			}
		})
	}
}

func isNews(code string) bool {
	for _, c := range newsCodes {
		if c == code {
			return true
		}
	}
	return false
}

package cases

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Tiers are the cases about misses, landings and guarantees.
func Tiers() []*Case {
	return []*Case{
		guaranteed("ignored", "2026-06-01"), guaranteed("counted", "2026-03-01"),
		bohai(false), bohai(true), bohaiPrivate(), bohaiLift(), ccb(false), ccb(true), ccbNew(),
	}
}

func guaranteed(how, falls string) *Case {
	s := start("guarantee "+how, "semantics 5: guaranteed to 28 Feb 2026, short since Oct 2025",
		ladder("", "guarantee: {months: 12, misses: "+how+"}", three), "2025-09-30")
	s.Seed("C", "card", "gold", gen.Day("2025-03-01"), 0, gen.Day("2026-02-28"))
	s.Balance("C", "A", gen.Day("2025-09-30"), yuan(20_000))
	s.through("2025-09-30", "2025-12-31")
	s.want("falls_on", falls, "lands_on", "mass", "tier", "gold")
	s.through("2026-01-01", gen.Date(gen.Day(falls)-2))
	s.want("tier", "gold", "falls_on", falls)
	s.Close(gen.Day(falls) - 1)
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass "+falls)
	return s.c
}

const bohaiText = `policy: bohai
version: 1
classes:
  assets: {types: [DEMAND, TIME, NOTICE]}
metrics:
  aum: {kind: adb, over: month}
schemes:
  card:
    by: aum
    assess: month
    entry: first_assessment
    upgrade: next_period
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, watch_after: 1, down_after: 3, lands_on: last}
      - {name: platinum, from: 500_000, watch_after: 1, down_after: 3, lands_on: last}
      - {name: private, from: 6_000_000, watch_after: 1, down_after: 6, lands_on: last}
`

// month books what makes the balance of account A n yuan from a day on.
func (s *script) level(day string, from, to int64) *script {
	s.Book("C", "A", gen.Day(day), yuan(to-from))
	return s
}

func bohai(recovers bool) *Case {
	s := start(fmt.Sprintf("bohai gold, recovers %v", recovers),
		"deploy/examples/cbhb: three misses in a row, watch from January's close, down in April to March's tier; a good February resets",
		bohaiText, "2024-12-31")
	s.Seed("C", "card", "platinum", gen.Day("2024-06-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(30_000))
	s.through("2024-12-31", "2025-01-31")
	s.want("misses", "1", "watch", "true", "tier", "platinum", "falls_on", "2025-04-01", "lands_on", "mass",
		"top_up", "47000000", "changes", "WATCH platinum>platinum 2025-02-01")
	if recovers {
		s.level("2025-02-01", 30_000, 500_000)
		s.through("2025-02-01", "2025-02-28")
		s.want("misses", "0", "watch", "false", "tier", "platinum", "falls_on", "", "changes", "WATCH_CLEARED platinum>platinum 2025-03-01")
		return s.c
	}
	s.through("2025-02-01", "2025-02-28")
	s.want("misses", "2", "watch", "true", "changes", "", "act_by", "2025-03-31", "top_up", "47000000")
	s.level("2025-03-01", 30_000, 60_000)
	s.through("2025-03-01", "2025-03-31")
	s.want("tier", "gold", "misses", "0", "watch", "false", "changes", "DOWNGRADED platinum>gold 2025-04-01")
	return s.c
}

func bohaiPrivate() *Case {
	s := start("bohai private", "deploy/examples/cbhb: six misses, month 7, the tier of the sixth month", bohaiText, "2024-12-31")
	s.Seed("C", "card", "private", gen.Day("2024-06-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000_000))
	s.through("2024-12-31", "2025-05-31")
	s.want("misses", "5", "tier", "private", "falls_on", "2025-07-01", "lands_on", "platinum")
	s.level("2025-06-01", 5_000_000, 400_000)
	s.through("2025-06-01", "2025-06-30")
	s.want("tier", "gold", "changes", "DOWNGRADED private>gold 2025-07-01")
	return s.c
}

func bohaiLift() *Case {
	s := start("bohai lift", "deploy/examples/cbhb: qualifying in January upgrades on 1 February", bohaiText, "2024-12-31")
	s.Seed("C", "card", "mass", gen.Day("2024-06-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(50_000))
	s.through("2024-12-31", "2025-01-31")
	s.want("tier", "gold", "changes", "UPGRADED mass>gold 2025-02-01")
	return s.c
}

const ccbText = `policy: ccb
version: 1
classes:
  assets: {types: [DEMAND, TIME, NOTICE]}
metrics:
  aum: {kind: adb, over: month, day_count: 30, first_period: since_open}
schemes:
  card:
    by: aum
    assess: month
    entry: at_once
    upgrade: at_close
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, watch_after: 3, down_after: 6, lands_on: best}
      - {name: platinum, from: 500_000, watch_after: 3, down_after: 6, lands_on: best}
`

func ccb(recovers bool) *Case {
	s := start(fmt.Sprintf("ccb, recovers %v", recovers),
		"deploy/examples/ccb: January to March below: on watch from April; to June below: down in July to the best month; one good month clears",
		ccbText, "2024-12-31")
	s.Seed("C", "card", "platinum", gen.Day("2024-06-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(30_000))
	s.through("2024-12-31", "2025-02-28")
	s.want("misses", "2", "watch", "false")
	s.through("2025-03-01", "2025-03-31")
	s.want("misses", "3", "watch", "true", "changes", "WATCH platinum>platinum 2025-04-01", "falls_on", "2025-07-01", "lands_on", "mass")
	if recovers {
		s.level("2025-04-01", 30_000, 500_000)
		s.through("2025-04-01", "2025-04-30")
		s.want("misses", "0", "watch", "false")
		return s.c
	}
	s.level("2025-04-01", 30_000, 60_000)
	s.through("2025-04-01", "2025-04-30")
	s.want("misses", "4", "falls_on", "2025-07-01", "lands_on", "gold")
	s.level("2025-05-01", 60_000, 10_000)
	s.through("2025-05-01", "2025-06-30")
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2025-07-01")
	return s.c
}

func ccbNew() *Case {
	s := start("ccb new customer", "deploy/examples/ccb: a new customer at his first CLOSE, on the average since opening", ccbText, "2025-01-01")
	s.through("2025-01-01", "2025-01-15")
	s.Book("C", "A", gen.Day("2025-01-16"), yuan(60_000))
	s.want("standing", "NEW")
	s.Close(gen.Day("2025-01-16"))
	s.want("tier", "gold", "changes", "ENTERED >gold 2025-01-17")
	return s.c
}

package cases

import "strings"

// ladder is a policy with one scheme, card: an average over the month of all
// assets, mass < gold 50,000 < platinum 500,000. metric and scheme add keys.
func ladder(metric, scheme, tier string) string {
	more := func(s string) string {
		if s == "" {
			return ""
		}
		return ", " + s
	}
	return strings.NewReplacer("@metric", more(metric), "@tier", more(tier), "@scheme", scheme).Replace(`policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
  funds: {types: [FUND], value: nav}
metrics:
  aum: {kind: adb, over: month@metric}
schemes:
  card:
    by: aum
    assess: month
    @scheme
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000@tier}
      - {name: platinum, from: 500_000@tier}
`)
}

const three = "watch_after: 1, down_after: 3"

// byFlow is a policy with one scheme, card, by a metric without average.
func byFlow(metric, assess, gold string) string {
	return strings.NewReplacer("@metric", metric, "@assess", assess, "@gold", gold).Replace(`policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  lead: {kind: @metric}
schemes:
  card:
    by: lead
    @assess
    tiers:
      - {name: mass}
      - {name: gold, @gold}
`)
}

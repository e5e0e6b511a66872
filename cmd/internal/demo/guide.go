package demo

import (
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// Queries are three to try, on the views of the warehouse. Falls are asked for by
// code: a tier change has a day in falls_on too. What counts customers or money does
// so in one scheme: each of them is in all.
var Queries = []string{
	"SELECT tier, count(), sum(aum_minor)/100 AS money FROM customer_tiers WHERE scheme='card' AND standing='ACTIVE' GROUP BY tier ORDER BY money",
	"SELECT customer_id, display_name, from_tier, lands_on, falls_on, act_by, top_up_minor/100 AS top_up, day AS told_on FROM alerts WHERE state='OPEN' AND code IN ('VALUE_DOWNGRADE_PROJECTED','GRACE_LAST_MONTH','WATCH_ENTERED','MISS_PROJECTED') AND falls_on IS NOT NULL ORDER BY at_risk_minor DESC LIMIT 10",
	"SELECT toStartOfMonth(effective_day) AS month, countIf(kind='UPGRADED') AS up, countIf(kind='DOWNGRADED') AS down FROM tier_changes WHERE scheme='card' GROUP BY month ORDER BY month",
}

// addressLines are the first lines of a Guide: where the engines are. The rest says
// what to do there.
const addressLines = 2

// Guide tells how to reach the engines of a demo. metrics is the address of its
// metrics, "" for none.
func Guide(d *wire.Deployment, metrics, lang string) []string {
	if d.Addresses == nil {
		return nil
	}
	lines := Addresses(d.Addresses, metrics, lang)
	for _, q := range Queries {
		lines = append(lines, "  "+q)
	}
	return append(lines, "  tierwatch explain CUSTOMER_ID --data-dir "+d.Config.Embedded.DataDir)
}

// Addresses tell where the embedded engines that run are, who may read there, and how
// to ask. metrics is the address of the metrics, "" for none.
func Addresses(a *embedded.Engines, metrics, lang string) []string {
	w := languages[lang]
	var lines, rest []string
	if a.ClickHouseHTTP != "" {
		lines = append(lines, "ClickHouse native "+a.ClickHouseNative+" · HTTP http://"+a.ClickHouseHTTP+" · "+
			a.ClickHouseAnalyst+" · "+w.password+" "+a.AnalystPassword)
		// The shell takes the lines of the command as they stand.
		rest = []string{
			w.ask + ":",
			`  curl -u "` + a.ClickHouseAnalyst + `:$(cat ` + a.AnalystPassword + `)" \`,
			`    "http://` + a.ClickHouseHTTP + `/?database=` + a.ClickHouseDatabase + `&default_format=PrettyCompact" \`,
			`    -d "SELECT …"`,
		}
	}
	var other []string
	if a.Kafka != "" {
		other = append(other, "Kafka "+a.Kafka)
	}
	if metrics != "" {
		other = append(other, "metrics http://"+metrics+"/metrics")
	}
	if len(other) > 0 {
		lines = append(lines, strings.Join(other, " · "))
	}
	return append(lines, rest...)
}

// Interrupted is what a demo says that was stopped before it was live or done: what
// stands, and the command that goes on. Records of the day in work are written again.
func Interrupted(resume, lang string) string {
	w := languages[lang]
	return w.interrupted + w.again + w.same + resume
}

// Goodbye tells how to go on with a demo that was stopped: the commands that resume
// and audit it.
func Goodbye(resume, audit, lang string) string {
	w := languages[lang]
	return w.resume + " " + resume + "\n" + w.next + w.again + "\n" + w.audit + " " + audit + "\n"
}

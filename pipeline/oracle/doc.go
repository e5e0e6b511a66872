// Package oracle is a second, naive answer to what the fold computes. It is
// imported by tests, and by what tests the program from outside (cmd/chaos): they
// compare the fold with it, by package match.
//
// It was written from the semantics and docs/rules.md by someone who had not
// seen the fold. It keeps every record of a customer and works everything out
// anew, day by day, in math/big numbers and civil dates. It is slow, and it
// shares no code with the fold but the log's messages and the compiled plan.
//
// [New] makes the oracle of one partition, [Oracle.Apply] takes the log's records
// in order, [Oracle.Outcome] gives all that was decided, and the methods on
// [Customer] answer for any day.
//
// File map: oracle.go a record's way; compile.go its policies; dates.go, ledger.go and
// heard.go identity, account.go and heal.go balances, facts.go what is no transaction;
// rates.go, value.go sums, metric.go, standing.go, score.go, cond.go tier conditions,
// machine.go decisions; close.go and advance.go control records; restate.go; project.go;
// money.go the four amounts; alert.go cases, alert_risk.go, alert_hold.go, alert_news.go
// and alert_flow.go their beginning and end, alert_reason.go; outcome.go what was decided,
// points.go what was known of customers at each CLOSE, held.go what they held.
//
// Of alerts it judges neither skipped days, HANDOVER nor texts.
package oracle

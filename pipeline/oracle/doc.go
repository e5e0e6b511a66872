// Package oracle is a second, naive answer to what the fold computes. It is
// imported by tests, and by what tests the program from outside (cmd/chaos): they
// compare the fold with it, snapshots by package match.
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
// File map: dates, ledger and heard (identity), account and heal (balances), rates, value
// (sums), metric, standing, score, cond (tier conditions), machine (decisions),
// close, advance (control records), restate, project, money (the four amounts),
// alert (cases), alert_risk, alert_hold, alert_news, alert_flow (their beginning and
// end), alert_reason.
// Of alerts it judges neither skipped days, HANDOVER nor texts.
package oracle

// Package script runs the tests of a policy: lines that a banker can read, with
// what happened and what is then expected.
//
//	policy ../cbhb.yaml
//	seed C1 card=gold since=2024-06-01
//	2025-01-01 C1 A1 DEMAND CNY balance 30_000
//	close 2025-01-31
//	expect C1 card=gold watch misses=1/3
//	expect alert C1 WATCH_ENTERED
//	expect project C1 down_on=2025-04-01 lands_on=mass top_up=20_000
//
// [Parse] reads a script, [Run] plays one through the fold and compares. The
// language is described in docs/policy.md; the tables recordLines and
// expectations are its reference. Times of a script are UTC, and the bank's day
// ends at midnight.
package script

// Package metric computes a policy's metrics of one customer at a day, from his
// ledger alone: now with running totals ([Totals]), at any other day by scanning.
// One file per family: flows.go, balances.go, facts.go.
package metric

// Package ledger keeps what a customer's events left behind, without pointers:
// accounts with their movements (for balances and averages) and the activity
// entries (for windows, identity and reversals), in slabs owned by a partition.
//
// Types to know: [Store] owns the slabs; [Customer] is the fixed-size head;
// [Account] and its [Move]s give balances on any day; [Entry] is one event;
// [Rates] values holdings by prefix sums.
//
// Non-obvious: a slice obtained from an [Arena] is valid only until the next
// Grow of that arena's block; Refs, not pointers, are what state keeps. Entries
// are sorted by business day and, within a day, in log order.
package ledger

// Package fold is the pure core: one record of the log in, changed state of one
// partition and outputs out. No clock, no I/O, no randomness, no floating point;
// the same log gives the same sequence of outputs per customer, byte for byte.
//
// Types to know: [Partition] is the state, [Partition.Apply] folds a record,
// [Partition.Drain] visits the customers that a CLOSE, HANDOVER, ENGINE or policy
// activation makes due, [Partition.Save] and [Loading] keep and restore it,
// [Outputs] collects what is said, [Explanation] shows a customer with everything
// that a decision rests on.
//
// File map, in the order of an event's way:
//
//	partition.go    the state of a partition; its clock, customers and days
//	warm.go         what records will read, read ahead
//	apply.go        dispatch of a log record
//	transaction.go  identity: duplicates, versions, steps, conflicts
//	content.go      what two records of one id must share
//	heard.go        the same of records without an id
//	names.go        bounds of ids and names
//	booking.go      movements, entries, observations of balances
//	lag.go          how far apart an event's time and its business day lie
//	reversal.go     reversals, also before their original
//	side.go         profile, lifecycle, RM, credit, complaint
//	position.go     opening balances, tier seeds, overrides
//	control.go      TICK, CLOSE, rates, policies, terms
//	plans.go        policies in force, past and to come
//	formerly.go     the rules that decided a period
//	olderstate.go   results of older state made present; tiers that are none refused
//	drain.go        who is visited by a CLOSE, and when
//	roll.go         in which order
//	closing.go      a customer's CLOSE
//	dayorder.go     bookings of a day chained by their balances
//	view.go         a customer under one plan at one moment
//	assess.go       what a period reached; the machine
//	results.go      the decided periods that are kept; lifts.go the lifts between them
//	restate.go      corrections of closed periods
//	projection.go   the fall to come; money.go the money that prevents it
//	foresee.go      heals that are due, seen by a projection
//	decided.go      the period decided next: by which rules, in which tier, and whether a miss
//	reasons.go      what moved the value
//	judging.go      facts for alerts, their publication
//	behaviour.go    facts of the customer himself: silence, outflows
//	timer.go        alerts that wait for a second to pass
//	snapshot.go     snapshots; days.go many days of one customer in a record
//	again.go        days written again in turn; quiet.go how long they stay alike
//	output.go       what is said; causes.go of dead letters
//	stats.go        counts for metrics
//	explain.go      what is shown of a customer; explaining.go shows it
//	unsaved.go      who has changed; what a restored customer has behind him
//	save.go         state records; saves.go their memory; codehead.go what a
//	                customer's hold; parts.go what is too large for one
//	copy.go         all of them, as if nobody had been saved before
//	resort.go       copies of all partitions made into another number of them;
//	                resortknown.go what these must know alike; given.go the
//	                control records that a copy rests on
//	load.go         a partition from its state records; loaded.go when all are read
//
// Non-obvious: a *ledger.Customer and slices of the ledger are valid only until
// the store grows; functions take a slot where that may happen.
package fold

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
//	apply.go        dispatch of a log record
//	transaction.go  identity: duplicates, versions, steps, conflicts
//	content.go      what two records of one id must share
//	heard.go        the same of records without an id
//	names.go        bounds of ids and names
//	booking.go      movements, entries, observations of balances
//	reversal.go     reversals, also before their original
//	side.go         profile, lifecycle, RM, credit, complaint
//	position.go     opening balances, tier seeds, overrides
//	control.go      TICK, CLOSE, rates, policies, terms
//	drain.go        who is visited by a CLOSE, and when
//	roll.go         in which order
//	closing.go      a customer's CLOSE
//	dayorder.go     bookings of a day chained by their balances
//	assess.go       what a period reached; the machine
//	results.go      the decided periods that are kept
//	restate.go      corrections of closed periods
//	projection.go   the fall to come and its money
//	reasons.go      what moved the value
//	judging.go      facts for alerts, their publication
//	snapshot.go     snapshots
//	unsaved.go      who has changed; what a restored customer has behind him
//	save.go         state records; saves.go their memory; codehead.go what a
//	                customer's hold
//	copy.go         all of them, as if nobody had been saved before
//	resort.go       copies of all partitions made into another number of them;
//	                resortknown.go what these must know alike; given.go the
//	                control records that a copy rests on
//	load.go         a partition from its state records; loaded.go when all are read
//
// Non-obvious: a *ledger.Customer and slices of the ledger are valid only until
// the store grows; functions take a slot where that may happen.
package fold

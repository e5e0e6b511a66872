// Package pipeline is the way of an event, from the log to what is said about a
// customer. It holds no code: each room is a package.
//
// One record of the log, a booking, goes like this:
//
//	worker.partition    owns one partition: takes records in order, one goroutine
//	fold.Partition.Apply    reads the record's kind from its first tag
//	  transaction       duplicate, other version, step, conflict, or new?
//	  book              account found or made; movement and entry into the ledger;
//	                    balance observed, healed; reversals
//	  evaluate          schemes that lift at once; due dates
//	  judgeEvent        alerts that need no CLOSE: cases opened, changed, closed
//	fold.Outputs        alerts, tier changes, snapshots, verdicts, dead letters
//	worker.session      one transaction: outputs, positions
//
// A CLOSE makes customers due; [fold.Partition.Drain] visits them in ascending
// (hash, id), a chunk at a time:
//
//	closeDayOf          day's bookings chained by their balances; windows trimmed
//	  assessDue         periods that ended: metric, score, reached tier, the machine
//	  look              projection under no activity, money, reasons, alerts
//	  snapshot          the row of the day
//	  plan              the next day on which a decision of his can change
//
// The rooms, each of which knows only those before it:
//
//	day, wide     dates as integers; 128-bit sums
//	policy        YAML to a flat Plan, all problems at once
//	codec         state records: one description writes and reads
//	ledger        accounts, movements, entries, rates: pointer-free slabs
//	score, tier   curves and weights; the tier machine
//	metric        a policy's numbers from the ledger, at any day
//	project       the first fall to come, the money that prevents it
//	alert         cases, severities, texts
//	fold          one partition: all of it together
//	worker        the one room with input and output: groups, transactions, replay
//	script        tests of a policy that a banker can read, played through the fold
//	oracle        a second, naive answer to everything, for tests
//
// All rooms but worker are pure: no clock, no I/O, no randomness, no floating
// point, no map whose order could reach an output. The same log gives the same
// outputs per customer, byte for byte.
package pipeline

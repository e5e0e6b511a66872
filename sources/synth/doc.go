// Package synth is a seeded synthetic retail bank: a believable Chinese bank
// with base currency CNY whose customers earn, spend, save, borrow, leave and
// come back, day after day, as a stream of canonical log records.
//
// A Bank is made by New from Params and asked for consecutive business days
// with Bank.Day; it goes on for ever, so history and live play are the same
// call. The days' rates come from Bank.Rates, the truth about who leaks, leaves
// or grows from Bank.WriteTruth, the wire form of a record from AppendJSON.
//
// # Non-obvious
//
// A customer's life hangs on (seed, customer number, day) only: it is the same
// in a bank of ten and of a million customers. Everything is integer, so it is
// also the same on every machine.
//
// A day is generated customer by customer into a buffer of small events, sorted
// by the second of arrival and rendered into one record that is used again for
// every Item. Memory holds the customers and one day, whatever the history.
//
// Balances are the book balances in the order of arrival: every event that
// carries balance_after (trust ORDERED) continues the chain of its account, and
// late events, which carry none, are part of the chain from their arrival on. So
// a correct reader never has to heal.
//
// Late records keep their old event_time and booking date and arrive among the
// records of a later day, repeats some time after what they repeat; all others
// of a day come in event-time order.
//
// # File map
//
// params.go shapes a bank; bank.go drives a day; customer.go is one, rng.go his chances;
// event.go what a day is made of; life.go lists a customer's habits in order; income.go,
// spend.go, invest.go, debt.go, story.go and service.go are the habits; plan.go
// orders a customer's day and post.go books it; noise.go adds duplicates, late
// records and reversals, malformed.go breaks rows; emit.go and json*.go render;
// birth.go, names.go, furnish.go and opening.go make and introduce a customer; truth.go
// tells the stories; calendar.go, season.go and rates.go are the world outside.
package synth

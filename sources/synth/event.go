package synth

// kind is what an event becomes.
type kind uint8

const (
	booking kind = iota
	profileRecord
	lifecycleRecord
	rmRecord
	creditRecord
	complaintRecord
	openingBalance
)

// facts is a set of yes-or-no facts of an event.
type facts uint16

const (
	internal facts = 1 << iota
	// trusted: balance holds the balance after, in order.
	trusted
	// late: event_time and booking date are of an earlier day.
	late
	// duplicate repeats an earlier event byte for byte.
	duplicate
	// malformed is a broken row made of this event, which itself does not exist.
	malformed
	partial
	// failed: not covered, the booking moved nothing.
	failed
	// on is the truth of a complaint (open) and of an exit.
	on
)

// event is a record before it is rendered. Amounts are in smallest units.
type event struct {
	cust uint32
	// at is the second of the day on which it arrives.
	at    int32
	kind  kind
	slot  uint8
	typ   uint8
	debit bool
	init  uint8
	chann uint8
	party uint8
	// bank and mcc are indices into their tables, 0 none.
	bank, mcc uint8
	flags     facts
	// seq is the booking's number; of the number of the booking it reverses.
	seq, of uint32
	// day and second tell when it happened, booked and valued the other days.
	day, second      int32
	booked, valued   int32
	maturity         int32
	bp               int16
	amount, quantity int64
	base             int64
	// balance after the booking; for other kinds the record's own number (dpd …).
	balance int64
	// aux: limit, closing day and such of the records that are no booking.
	aux int64
}

// Package event turns drafts into validated records of the log. A draft is a
// pb.LogRecord in which zero means "not said"; Builder.Complete fills what
// follows from the rest (business day, value day, base amount, defaults) and
// checks every field, or returns a *Reject with a stable cause.
//
// Sources meet here: Row is what they read, Outcome what became of it, Fields
// the ordered table of everything a record can say, by its canonical name
// (docs/mapping.md). Calendar is the only place that knows a time zone.
//
// File map: row.go and reject.go are the contracts, head.go what routing needs of a
// record; calendar.go, zone.go, civil.go and daytext.go the time; currency.go, amount.go and ratebook.go the money; enum.go and
// fields*.go the vocabulary; complete*.go and check.go the validation; proto.go
// the canonical Protobuf.
//
// Non-obvious: strings of a draft may borrow the bytes of the Row they were read
// from. A record is valid only during the call that hands it over; marshal or
// clone it to keep it.
package event

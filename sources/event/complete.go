package event

import (
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Builder completes drafts for one deployment. It is safe for concurrent use if
// Rates is.
type Builder struct {
	Calendar *Calendar
	// Rates may be nil: then every foreign amount without its own base amount or
	// rate is rejected.
	Rates Rates
	// LastDay is the last business day that a record may have, days since 1970; a later
	// one is rejected as future_day. 0: any. It is for those who write the bank's time by
	// what they read; else the fold knows the time, and rejects (rule R3).
	LastDay int32
}

// Complete fills what follows from the rest of a draft and validates every
// field. The record is changed in place. Business day and value day that the
// draft names are kept. A draft with no record, several, or a control record is
// rejected: no source but the writer of time may write those.
func (b *Builder) Complete(r *pb.LogRecord) *Reject {
	if r.Transaction != nil {
		if !alone(r) {
			return manyRecords()
		}
		return b.transaction(r.Transaction)
	}
	if lone(r) != 1 {
		return manyRecords()
	}
	switch {
	case r.Profile != nil:
		return b.profile(r.Profile)
	case r.Lifecycle != nil:
		return b.lifecycle(r.Lifecycle)
	case r.Rm != nil:
		return b.rm(r.Rm)
	case r.Credit != nil:
		return b.credit(r.Credit)
	case r.Complaint != nil:
		return b.complaint(r.Complaint)
	case r.RmAction != nil:
		return b.rmAction(r.RmAction)
	case r.Balance != nil:
		return b.balance(r.Balance)
	case r.Seed != nil:
		return b.seed(r.Seed)
	case r.Override != nil:
		return b.override(r.Override)
	}
	return manyRecords()
}

func manyRecords() *Reject {
	return &Reject{NotCustomer, "", "want exactly one customer record"}
}

// alone tells that nothing is set beside the transaction, at the least price: most
// records are transactions.
func alone(r *pb.LogRecord) bool {
	return r.Profile == nil && r.Lifecycle == nil && r.Rm == nil && r.Credit == nil && r.Complaint == nil &&
		r.RmAction == nil && r.Balance == nil && r.Seed == nil && r.Override == nil &&
		r.Tick == nil && r.Close == nil && r.Handover == nil && r.Rates == nil && r.Policy == nil &&
		r.CutOffs == nil && r.Engine == nil && r.Term == nil
}

// lone counts the records set but for a transaction; a control record makes it more
// than one.
func lone(r *pb.LogRecord) int {
	if r.Tick != nil || r.Close != nil || r.Handover != nil || r.Rates != nil || r.Policy != nil ||
		r.CutOffs != nil || r.Engine != nil || r.Term != nil {
		return 99
	}
	n := 0
	for _, set := range [...]bool{
		r.Profile != nil, r.Lifecycle != nil, r.Rm != nil, r.Credit != nil, r.Complaint != nil,
		r.RmAction != nil, r.Balance != nil, r.Seed != nil, r.Override != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// head checks what all records share and dates the record.
func (b *Builder) head(customer string, at int64, day *int32) *Reject {
	if r := checkID("customer_id", customer); r != nil {
		return r
	}
	if r := checkTime("event_time", at); r != nil {
		return r
	}
	if *day == 0 {
		*day = b.Calendar.BusinessDay(at)
	}
	if r := checkDay("booking_date", *day); r != nil {
		return r
	}
	return b.Ahead(*day)
}

// Ahead rejects a business day behind LastDay; nil otherwise.
func (b *Builder) Ahead(day int32) *Reject {
	if b.LastDay == 0 || day <= b.LastDay {
		return nil
	}
	return &Reject{FutureDay, "booking_date", FormatDay(day) + " lies ahead: want " + FormatDay(b.LastDay) + ", which is tomorrow, or earlier"}
}

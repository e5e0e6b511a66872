package event

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// Head is what ordering and routing need of a customer record: the key of the
// log, the business day and the UTC second. A control record gives an empty
// customer.
func Head(r *pb.LogRecord) (customer string, day int32, at int64) {
	switch {
	case r.Transaction != nil:
		return r.Transaction.CustomerId, r.Transaction.BusinessDay, r.Transaction.EventTime
	case r.Profile != nil:
		return r.Profile.CustomerId, r.Profile.BusinessDay, r.Profile.EventTime
	case r.Lifecycle != nil:
		return r.Lifecycle.CustomerId, r.Lifecycle.BusinessDay, r.Lifecycle.EventTime
	case r.Rm != nil:
		return r.Rm.CustomerId, r.Rm.BusinessDay, r.Rm.EventTime
	case r.Credit != nil:
		return r.Credit.CustomerId, r.Credit.BusinessDay, r.Credit.EventTime
	case r.Complaint != nil:
		return r.Complaint.CustomerId, r.Complaint.BusinessDay, r.Complaint.EventTime
	case r.RmAction != nil:
		return r.RmAction.CustomerId, r.RmAction.BusinessDay, r.RmAction.EventTime
	case r.Balance != nil:
		return r.Balance.CustomerId, r.Balance.BusinessDay, r.Balance.EventTime
	case r.Seed != nil:
		return r.Seed.CustomerId, r.Seed.BusinessDay, r.Seed.EventTime
	case r.Override != nil:
		return r.Override.CustomerId, r.Override.BusinessDay, r.Override.EventTime
	}
	return "", 0, 0
}

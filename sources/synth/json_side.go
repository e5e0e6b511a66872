package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// appendSide renders the records that are no bookings: flat objects, too, whose
// first member record says what they are. A record that this bank never writes
// gives an empty object.
func appendSide(dst []byte, r *pb.LogRecord) []byte {
	o := append(object(dst), '{')
	switch {
	case r.Profile != nil:
		x := r.Profile
		o = o.head("profile", x.CustomerId, "", x.EventTime, x.BusinessDay, x.SourceSeq)
		o = o.str("display_name", x.DisplayName).str("phone_tail", x.PhoneTail).str("segment", x.Segment).str("region", x.Region)
		o = o.str("language", x.Language).yes("marketing_consent", x.MarketingConsent).date("since_date", x.SinceDay).yes("exited", x.Exited)
	case r.Lifecycle != nil:
		x := r.Lifecycle
		o = o.head("lifecycle", x.CustomerId, x.AccountId, x.EventTime, x.BusinessDay, x.SourceSeq)
		o = o.str("account_type", accountNames.of(int32(x.AccountType))).str("unit", x.Unit)
		o = o.date("opened_date", x.OpenedDay).date("closed_date", x.ClosedDay).date("maturity_date", x.MaturityDay)
		o = o.some("limit_minor", x.LimitMinor).yes("joint", x.Joint).str("product_code", x.ProductCode)
	case r.Rm != nil:
		x := r.Rm
		o = o.head("rm", x.CustomerId, "", x.EventTime, x.BusinessDay, x.SourceSeq).str("rm_id", x.RmId)
		o = append(o.key("branch_path"), '[')
		for i, p := range x.BranchPath {
			if i > 0 {
				o = append(o, ',')
			}
			o = appendString(o, p)
		}
		o = append(o, ']')
	case r.Credit != nil:
		x := r.Credit
		o = o.head("credit", x.CustomerId, x.AccountId, x.EventTime, x.BusinessDay, x.SourceSeq)
		o = o.str("account_type", accountNames.of(int32(x.AccountType))).num("dpd", int64(x.Dpd))
		o = o.str("five_class", x.FiveClass).some("limit_minor", x.LimitMinor)
	case r.Complaint != nil:
		x := r.Complaint
		o = o.head("complaint", x.CustomerId, "", x.EventTime, x.BusinessDay, x.SourceSeq).str("complaint_id", x.ComplaintId)
		o = o.boolean("open", x.Open)
	case r.Balance != nil:
		x := r.Balance
		o = o.head("balance", x.CustomerId, x.AccountId, x.EventTime, x.BusinessDay, x.SourceSeq)
		o = o.str("account_type", accountNames.of(int32(x.AccountType))).str("unit", x.Unit).date("date", x.Day).num("balance_minor", x.Balance)
	}
	return append(o, '}')
}

// head appends what all these records share.
func (o object) head(kind, customer, account string, at int64, day int32, seq int64) object {
	return o.str("record", kind).str("customer_id", customer).str("account_id", account).time("event_time", at).date("booking_date", day).some("source_seq", seq)
}

func (o object) boolean(name string, v bool) object {
	if v {
		return append(o.key(name), "true"...)
	}
	return append(o.key(name), "false"...)
}

package event

import (
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func (b *Builder) profile(p *pb.CustomerProfile) *Reject {
	return first(
		b.head(p.CustomerId, p.EventTime, &p.BusinessDay),
		checkText("display_name", p.DisplayName, maxText),
		checkText("phone_tail", p.PhoneTail, 8),
		checkText("segment", p.Segment, maxID),
		checkText("region", p.Region, maxID),
		checkText("language", p.Language, 35),
		checkDay("since_date", p.SinceDay),
		sequence(p.SourceSeq),
	)
}

func (b *Builder) lifecycle(l *pb.AccountLifecycle) *Reject {
	if r := first(
		b.head(l.CustomerId, l.EventTime, &l.BusinessDay),
		checkID("account_id", l.AccountId),
		checkEnum("account_type", accountTypes, int32(l.AccountType), false),
		checkUnit("unit", l.Unit),
		checkDay("opened_date", l.OpenedDay),
		checkDay("closed_date", l.ClosedDay),
		checkDay("maturity_date", l.MaturityDay),
		checkAmount("limit_minor", l.LimitMinor),
		checkText("product_code", l.ProductCode, maxID),
		sequence(l.SourceSeq),
	); r != nil {
		return r
	}
	if l.Unit == "" {
		return &Reject{MissingField, "unit", "is blank; want the account's currency or fund code"}
	}
	if l.OpenedDay != 0 && l.ClosedDay != 0 && l.ClosedDay < l.OpenedDay {
		return &Reject{DateRange, "closed_date", "lies before opened_date"}
	}
	return nil
}

func (b *Builder) rm(m *pb.RmAssignment) *Reject {
	if r := first(
		b.head(m.CustomerId, m.EventTime, &m.BusinessDay),
		checkText("rm_id", m.RmId, maxID),
		sequence(m.SourceSeq),
	); r != nil {
		return r
	}
	if len(m.BranchPath) > 16 {
		return &Reject{OutOfRange, "branch_path", strconv.Itoa(len(m.BranchPath)) + " levels; at most 16"}
	}
	for _, p := range m.BranchPath {
		if r := checkID("branch_path", p); r != nil {
			return r
		}
	}
	return nil
}

func (b *Builder) credit(c *pb.CreditStatus) *Reject {
	if r := first(
		b.head(c.CustomerId, c.EventTime, &c.BusinessDay),
		checkID("account_id", c.AccountId),
		checkEnum("account_type", accountTypes, int32(c.AccountType), false),
		checkRange("dpd", int64(c.Dpd), 0, 36_500),
		checkAmount("limit_minor", c.LimitMinor),
		sequence(c.SourceSeq),
	); r != nil {
		return r
	}
	class, r := fiveClass(c.FiveClass)
	if r == nil {
		c.FiveClass = class
	}
	return r
}

func (b *Builder) complaint(c *pb.Complaint) *Reject {
	return first(
		b.head(c.CustomerId, c.EventTime, &c.BusinessDay),
		checkID("complaint_id", c.ComplaintId),
		sequence(c.SourceSeq),
	)
}

func (b *Builder) rmAction(a *pb.RmAction) *Reject {
	return first(
		b.head(a.CustomerId, a.EventTime, &a.BusinessDay),
		checkID("alert_id", a.AlertId),
		checkID("action", a.Action),
		checkID("rm_id", a.RmId),
		checkText("note", a.Note, maxNote),
		sequence(a.SourceSeq),
	)
}

// balance dates a snapshot without a time at the last second of its day.
func (b *Builder) balance(s *pb.BalanceSnapshot) *Reject {
	if s.Day == 0 {
		return &Reject{MissingField, "date", "is blank"}
	}
	if r := checkDay("date", s.Day); r != nil {
		return r
	}
	if s.EventTime == 0 {
		s.EventTime = b.Calendar.Cut(s.Day) - 1
	}
	if s.BusinessDay == 0 {
		s.BusinessDay = s.Day
	}
	if s.Unit == "" {
		return &Reject{MissingField, "unit", "is blank; want the account's currency or fund code"}
	}
	return first(
		b.head(s.CustomerId, s.EventTime, &s.BusinessDay),
		checkID("account_id", s.AccountId),
		checkEnum("account_type", accountTypes, int32(s.AccountType), false),
		checkUnit("unit", s.Unit),
		checkBalance("balance_minor", s.Balance),
		sequence(s.SourceSeq),
	)
}

func (b *Builder) seed(s *pb.TierSeed) *Reject {
	return first(
		b.head(s.CustomerId, s.EventTime, &s.BusinessDay),
		checkID("scheme", s.Scheme),
		checkID("tier", s.Tier),
		stated("since_date", s.SinceDay),
		checkDay("guarantee_until", s.GuaranteeUntil),
		checkRange("misses", int64(s.Misses), 0, 255),
		sequence(s.SourceSeq),
	)
}

func (b *Builder) override(o *pb.TierOverride) *Reject {
	return first(
		b.head(o.CustomerId, o.EventTime, &o.BusinessDay),
		checkID("scheme", o.Scheme),
		checkID("tier", o.Tier),
		stated("until_date", o.UntilDay),
		checkText("reason", o.Reason, maxNote),
		sequence(o.SourceSeq),
	)
}

func stated(field string, day int32) *Reject {
	if day == 0 {
		return &Reject{MissingField, field, "is blank"}
	}
	return checkDay(field, day)
}

func sequence(v int64) *Reject { return checkRange("source_seq", v, 0, 1<<63-1) }

package letters

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

const unknownOriginal = "unknown_original"

// FieldName is the field at fault as docs/mapping.md names it: the fold names it as
// the log record does.
func (l *Letter) FieldName() string {
	if l.Stage != StageFold {
		return l.Field
	}
	switch l.Field {
	case "business_day":
		return "booking_date"
	case "value_day":
		return "value_date"
	case "opened_day":
		return "opened_date"
	case "closed_day":
		return "closed_date"
	case "day":
		return "date"
	}
	return strings.TrimSuffix(l.Field, "_minor")
}

// Explain is the detail of a letter: what was wrong, which values, and the remedy.
// Those of the fold are told from the record (rule R105); day is the log's when the
// letter was written, 0: not known.
func (l *Letter) Explain(day int32) string {
	if l.Stage != StageFold {
		return l.Detail
	}
	tell, ok := tellings[l.Cause]
	if !ok {
		return l.Detail
	}
	return tell(&telling{Letter: l, day: day, txn: l.Record.GetTransaction()})
}

// telling is what a detail is told from.
type telling struct {
	*Letter
	day int32
	txn *pb.Transaction // may be nil
}

// tellings are the details of the fold's causes.
var tellings = map[string]func(*telling) string{
	"invalid": func(t *telling) string {
		return fmt.Sprintf("%s %s: no record that came through a mapping looks so: find out what else writes into the log", t.FieldName(), cmp.Or(t.Detail, t.value()+" is out of its bounds"))
	},
	"future_day": func(t *telling) string {
		return fmt.Sprintf("%s lies more than a day ahead%s: mend the date at the source, or redrive when the day has come", t.dayOf(), t.stood())
	},
	"too_late": func(t *telling) string {
		return fmt.Sprintf("%s is more than 400 days old%s, and days so old are not held: tell what it did to the balance with a `balance` record", t.dayOf(), t.stood())
	},
	"late_unverifiable": func(t *telling) string {
		if t.Field == "reversal_of" {
			return fmt.Sprintf("its original %s is no longer held by itself, so the reversal cannot be taken off it: tell the balance with a `balance` record", cmp.Or(t.txn.GetReversalOf(), "booking"))
		}
		return fmt.Sprintf("single entries of %s are no longer held, so a repeat could not be told: say `unique: true` in the mapping if the source never repeats an id, and load the row again", t.dayOf())
	},
	"id_conflict": func(t *telling) string {
		if t.Field == "status" {
			return fmt.Sprintf("%s came with status %s, which cannot follow the one it has: ask the source in which order the statuses go", t.EventId, t.txn.GetStatus())
		}
		return fmt.Sprintf("%s was there already with another content; this one says %s: a correction needs a higher version, another booking an id of its own", t.EventId, t.booking())
	},
	"unit_mismatch": func(t *telling) string {
		return fmt.Sprintf("account %s is not held in %s: give its %s part an account_id of its own", t.text("account_id"), t.unit(), t.unit())
	},
	"balance_overflow": func(t *telling) string {
		return fmt.Sprintf("%s would take account %s beyond 10^16 smallest units: look at the amount and its decimals", t.booking(), t.text("account_id"))
	},
	"too_many_accounts": func(t *telling) string {
		return fmt.Sprintf("customer %s has as many accounts as one may have, 255: is account_id or customer_id mapped from the right column?", t.CustomerId)
	},
	"too_many_units": func(t *telling) string {
		return fmt.Sprintf("%s is one currency or fund too many for this log: is unit mapped from the right column?", t.unit())
	},
	"too_many_kinds": func(*telling) string {
		return "one combination too many of type, channel, initiator and the like for this log: map rare codes to UNKNOWN"
	},
	"too_many_complaints": func(t *telling) string {
		return fmt.Sprintf("customer %s has 65535 open complaints: are they ever closed (open: false)?", t.CustomerId)
	},
	"too_many_waiting": func(t *telling) string {
		return fmt.Sprintf("customer %s has 65535 reversals that wait for their originals: is reversal_of mapped to `source:txn_id`?", t.CustomerId)
	},
	"too_many_observations": func(t *telling) string {
		return fmt.Sprintf("customer %s has 65535 balances of days that are not closed: close the days, then redrive", t.CustomerId)
	},
	"original_not_posted": func(t *telling) string {
		return fmt.Sprintf("its original %s is not POSTED, there is nothing to take back: redrive when its posting has come", t.txn.GetReversalOf())
	},
	"already_reversed": func(t *telling) string {
		return fmt.Sprintf("its original %s was taken back before and nothing of it is left: ask the source why it comes twice", t.txn.GetReversalOf())
	},
	unknownOriginal: func(t *telling) string {
		return fmt.Sprintf("its original %s did not come within 400 days: what the reversal did to the balance stands, nothing else of it counts", cmp.Or(t.txn.GetReversalOf(), "booking"))
	},
	"unknown_account": func(t *telling) string {
		return fmt.Sprintf("nothing was heard of account %s of customer %s before: load its `lifecycle`, `balance` or bookings, then redrive", t.text("account_id"), t.CustomerId)
	},
	"unknown_scheme": func(t *telling) string { return t.noTier("the policy in force has no such scheme") },
	"unknown_tier":   func(t *telling) string { return t.noTier("the policy in force has no such tier in this scheme") },
	"no_policy":      func(t *telling) string { return t.noTier("no policy is in force yet") },
}

func (t *telling) noTier(why string) string {
	return fmt.Sprintf("%s: %s: `tierwatch policy show` lists the policies; mend the row, or publish the policy and redrive", t.Detail, why)
}

// stood says where the log's clock stood.
func (t *telling) stood() string {
	if t.day == 0 {
		return ""
	}
	return " (the log stood at " + event.FormatDay(t.day) + ")"
}

// dayOf is the day of the record that was refused.
func (t *telling) dayOf() string {
	if s := t.Record.GetBalance(); s != nil {
		return event.FormatDay(s.Day)
	}
	if _, day, _ := event.Head(orEmpty(t.Record)); day != 0 {
		return event.FormatDay(day)
	}
	return "its day"
}

func orEmpty(r *pb.LogRecord) *pb.LogRecord {
	if r == nil {
		return &pb.LogRecord{}
	}
	return r
}

// booking is a transaction as a person recognizes it.
func (t *telling) booking() string {
	x := t.txn
	if x == nil {
		return "a booking"
	}
	return fmt.Sprintf("%s %s %s on %s", x.Direction, decimals(x.AmountMinor, x.Currency), x.Currency, event.FormatDay(x.BusinessDay))
}

// decimals shows minor units of a currency.
func decimals(minor int64, currency string) string {
	n, ok := event.MinorUnits(currency)
	if !ok || n == 0 {
		return strconv.FormatInt(minor, 10)
	}
	s := fmt.Sprintf("%0*d", n+1, minor)
	return s[:len(s)-int(n)] + "." + s[len(s)-int(n):]
}

func (t *telling) unit() string {
	return cmp.Or(t.text("unit"), t.text("currency"), "this unit")
}

// text is a text of the record, "" if it has none of the name.
func (t *telling) text(name string) string {
	m := customerRecord(t.Record)
	if m == nil {
		return ""
	}
	f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil || f.Kind() != protoreflect.StringKind || f.IsList() {
		return ""
	}
	return event.Show(m.Get(f).String())
}

// value is what stands in the field at fault.
func (t *telling) value() string {
	m := customerRecord(t.Record)
	if m == nil {
		return "what it holds"
	}
	f := m.Descriptor().Fields().ByName(protoreflect.Name(t.Field))
	if f == nil || f.IsList() {
		return "what it holds"
	}
	return event.Show(fmt.Sprint(m.Get(f).Interface()))
}

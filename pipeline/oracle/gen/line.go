package gen

import (
	"fmt"
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Line writes a record as one line for people.
func Line(r *pb.LogRecord) string {
	switch {
	case r.Transaction != nil:
		return booking(r.Transaction)
	case r.Close != nil:
		return "close " + Date(r.Close.Day)
	case r.Tick != nil:
		return fmt.Sprintf("tick %s %d", Date(r.Tick.BusinessDay), r.Tick.At%86400)
	case r.Rates != nil:
		return fmt.Sprintf("rates %s %v", Date(r.Rates.Day), r.Rates.Rates)
	case r.Policy != nil:
		return fmt.Sprintf("policy v%d from %s\n%s", r.Policy.Version, Date(r.Policy.EffectiveDay), indent(string(r.Policy.Yaml)))
	case r.Engine != nil:
		return fmt.Sprintf("engine fx lag %d, nav lag %d", r.Engine.FxLagDays, r.Engine.NavLagDays)
	case r.Seed != nil:
		s := r.Seed
		return fmt.Sprintf("seed %s %s=%s since %s misses %d guarantee %s", s.CustomerId, s.Scheme, s.Tier, Date(s.SinceDay), s.Misses, Date(s.GuaranteeUntil))
	case r.Override != nil:
		o := r.Override
		return fmt.Sprintf("override %s %s=%s until %s", o.CustomerId, o.Scheme, o.Tier, Date(o.UntilDay))
	case r.Balance != nil:
		s := r.Balance
		return fmt.Sprintf("balance %s %s %s %s %d", s.CustomerId, s.AccountId, s.AccountType, Date(s.Day), s.Balance)
	case r.Lifecycle != nil:
		a := r.Lifecycle
		return fmt.Sprintf("account %s %s %s %s opened %s closed %s joint %v limit %d t=%d", a.CustomerId, a.AccountId, a.AccountType, a.Unit, Date(a.OpenedDay), Date(a.ClosedDay), a.Joint, a.LimitMinor, a.EventTime)
	case r.Profile != nil:
		return fmt.Sprintf("profile %s since %s exited %v", r.Profile.CustomerId, Date(r.Profile.SinceDay), r.Profile.Exited)
	}
	return r.String()
}

func booking(t *pb.Transaction) string {
	var b strings.Builder
	sign := "+"
	if t.Direction == pb.Direction_DEBIT {
		sign = "-"
	}
	fmt.Fprintf(&b, "%s %s %s %s v%d %s %s%d %s", Date(t.BusinessDay), t.CustomerId, t.AccountId, t.TxnId, t.Version, t.AccountType, sign, t.AmountMinor, t.Currency)
	if t.BaseAmountMinor != t.AmountMinor {
		fmt.Fprintf(&b, " base %d", t.BaseAmountMinor)
	}
	if t.BaseDerived {
		b.WriteString(" derived")
	}
	if t.Unit != "" {
		fmt.Fprintf(&b, " (%d %s)", t.Quantity, t.Unit)
	}
	fmt.Fprintf(&b, " %s %s", t.Status, t.TxnType)
	if t.ValueDay != t.BusinessDay {
		fmt.Fprintf(&b, " value %s", Date(t.ValueDay))
	}
	if t.ReversalOf != "" {
		fmt.Fprintf(&b, " reverses %s %s", t.ReversalOf, t.ReversalKind)
	}
	if t.BalanceKnown {
		fmt.Fprintf(&b, " after %d %s", t.BalanceAfter, t.BalanceTrust)
		if t.BalanceTolerance != 0 {
			fmt.Fprintf(&b, " within %d", t.BalanceTolerance)
		}
	}
	fmt.Fprintf(&b, " at %d", t.EventTime%86400)
	if t.InternalTransfer {
		b.WriteString(" internal")
	}
	return b.String()
}

func indent(s string) string {
	return "        " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n        ")
}

package script

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// seed reads: seed CUSTOMER SCHEME=TIER since=DATE [misses=N] [guarantee=DATE].
func (p *parser) seed(w *words) (Action, error) {
	customer, scheme, tier, err := w.standing()
	if err != nil {
		return nil, err
	}
	opts, err := w.options("since", "misses", "guarantee")
	if err != nil {
		return nil, err
	}
	s := &pb.TierSeed{CustomerId: customer, Scheme: scheme, Tier: tier, SourceSeq: int64(p.line)}
	if s.SinceDay, err = dateOption(opts, "since"); err != nil {
		return nil, err
	}
	if s.GuaranteeUntil, err = dateOption(opts, "guarantee"); err != nil {
		return nil, err
	}
	if m, ok := opts["misses"]; ok {
		n, err := policy.Decimal(m, 0)
		if err != nil || n < 0 || n > 255 {
			return nil, fmt.Errorf("misses=%s is no number of misses", m)
		}
		s.Misses = uint32(n)
	}
	if s.SinceDay == 0 {
		return nil, errors.New("since is missing; add since=DATE")
	}
	return Record{Log: &pb.LogRecord{Seed: s}}, nil
}

// hold reads: hold CUSTOMER SCHEME=TIER until=DATE.
func (p *parser) hold(w *words) (Action, error) {
	customer, scheme, tier, err := w.standing()
	if err != nil {
		return nil, err
	}
	opts, err := w.options("until")
	if err != nil {
		return nil, err
	}
	o := &pb.TierOverride{CustomerId: customer, Scheme: scheme, Tier: tier, SourceSeq: int64(p.line), Reason: "script"}
	if o.UntilDay, err = dateOption(opts, "until"); err == nil && o.UntilDay == 0 {
		err = errors.New("until is missing; add until=DATE")
	}
	return Record{Log: &pb.LogRecord{Override: o}}, err
}

// standing reads CUSTOMER SCHEME=TIER.
func (w *words) standing() (customer, scheme, tier string, err error) {
	if customer, err = w.want("the customer"); err != nil {
		return "", "", "", err
	}
	word, err := w.want("scheme=tier")
	if err != nil {
		return "", "", "", err
	}
	scheme, tier, ok := strings.Cut(word, "=")
	if !ok || scheme == "" || tier == "" {
		return "", "", "", fmt.Errorf("%q is no standing; write it like card=gold", word)
	}
	return customer, scheme, tier, nil
}

// open reads: open CUSTOMER ACCOUNT TYPE UNIT DATE [joint] [limit=AMOUNT].
func (p *parser) open(w *words) (Action, error) {
	var f [4]string
	var err error
	for i, what := range []string{"the customer", "the account", "the account type", "the unit"} {
		if f[i], err = w.want(what); err != nil {
			return nil, err
		}
	}
	kind, ok := pb.AccountType_value[strings.ToUpper(f[2])]
	if !ok || kind == 0 {
		return nil, fmt.Errorf("%q is no account type; write one such as DEMAND, TIME, FUND, LOAN", f[2])
	}
	a := &pb.AccountLifecycle{CustomerId: f[0], AccountId: f[1], AccountType: pb.AccountType(kind), Unit: f[3]}
	if a.OpenedDay, err = w.date(); err != nil {
		return nil, err
	}
	opts, err := w.options("joint", "limit")
	if err != nil {
		return nil, err
	}
	_, a.Joint = opts["joint"]
	if s, ok := opts["limit"]; ok {
		if a.LimitMinor, err = p.amount(s, a.Unit); err != nil {
			return nil, err
		}
	}
	return p.lifecycle(a), nil
}

// shut reads: shut CUSTOMER ACCOUNT DATE.
func (p *parser) shut(w *words) (Action, error) {
	a, err := p.account(w)
	if err != nil {
		return nil, err
	}
	if a.ClosedDay, err = w.date(); err != nil {
		return nil, err
	}
	return p.lifecycle(a), w.end()
}

// limit reads: limit CUSTOMER ACCOUNT AMOUNT.
func (p *parser) limit(w *words) (Action, error) {
	a, err := p.account(w)
	if err != nil {
		return nil, err
	}
	s, err := w.want("the limit")
	if err != nil {
		return nil, err
	}
	if a.LimitMinor, err = p.amount(s, a.Unit); err != nil {
		return nil, err
	}
	return p.lifecycle(a), w.end()
}

// account reads CUSTOMER ACCOUNT of an account seen before and gives a copy of
// what is known of it.
func (p *parser) account(w *words) (*pb.AccountLifecycle, error) {
	customer, err := w.want("the customer")
	if err != nil {
		return nil, err
	}
	account, err := w.want("the account")
	if err != nil {
		return nil, err
	}
	a := p.accounts[[2]string{customer, account}]
	if a == nil {
		return nil, fmt.Errorf("account %s of %s is not known; open it before", account, customer)
	}
	return a.CloneVT(), nil
}

func (p *parser) lifecycle(a *pb.AccountLifecycle) Action {
	a.SourceSeq = int64(p.line)
	p.accounts[[2]string{a.CustomerId, a.AccountId}] = a
	return Record{Log: &pb.LogRecord{Lifecycle: a.CloneVT()}}
}

// profile reads: profile CUSTOMER [since=DATE] [name=NAME] [phone=TAIL] [exited|stays].
func (p *parser) profile(w *words) (Action, error) {
	customer, err := w.want("the customer")
	if err != nil {
		return nil, err
	}
	opts, err := w.options("since", "name", "phone", "exited", "stays")
	if err != nil {
		return nil, err
	}
	c := p.profiles[customer]
	if c == nil {
		c = &pb.CustomerProfile{CustomerId: customer}
	}
	c = c.CloneVT()
	if since, err := dateOption(opts, "since"); err != nil {
		return nil, err
	} else if since != 0 {
		c.SinceDay = since
	}
	if s, ok := opts["name"]; ok {
		c.DisplayName = s
	}
	if s, ok := opts["phone"]; ok {
		c.PhoneTail = s
	}
	if _, ok := opts["exited"]; ok {
		c.Exited = true
	}
	if _, ok := opts["stays"]; ok {
		c.Exited = false
	}
	c.SourceSeq = int64(p.line)
	p.profiles[customer] = c
	return Record{Log: &pb.LogRecord{Profile: c.CloneVT()}}, nil
}

// rm reads: rm CUSTOMER RM [branch=HQ/NJ/NJ-03].
func (p *parser) rm(w *words) (Action, error) {
	customer, err := w.want("the customer")
	if err != nil {
		return nil, err
	}
	id, err := w.want("the relationship manager")
	if err != nil {
		return nil, err
	}
	opts, err := w.options("branch")
	if err != nil {
		return nil, err
	}
	a := &pb.RmAssignment{CustomerId: customer, RmId: id, SourceSeq: int64(p.line)}
	if b, ok := opts["branch"]; ok {
		a.BranchPath = strings.Split(b, "/")
	}
	return Record{Log: &pb.LogRecord{Rm: a}}, nil
}

// dpd reads: dpd CUSTOMER ACCOUNT DAYS.
func (p *parser) dpd(w *words) (Action, error) {
	a, err := p.account(w)
	if err != nil {
		return nil, err
	}
	s, err := w.want("days past due")
	if err != nil {
		return nil, err
	}
	n, err := policy.Decimal(s, 0)
	if err != nil || n < 0 || n > 36500 {
		return nil, fmt.Errorf("%q is no number of days past due", s)
	}
	c := &pb.CreditStatus{CustomerId: a.CustomerId, AccountId: a.AccountId, AccountType: a.AccountType, Dpd: int32(n), LimitMinor: a.LimitMinor, SourceSeq: int64(p.line)}
	return Record{Log: &pb.LogRecord{Credit: c}}, w.end()
}

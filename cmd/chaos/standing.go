package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// standing is a customer in a scheme at the end of the last day closed, as the oracle
// says and as a dashboard shows it.
type standing struct {
	customer, scheme string
	// is tells whether he has a tier: the rest is about it. next is that from the day
	// after, empty without one, tier the one in force on the day itself.
	is, tier, next string
	misses         int64
	watch          bool
	since          string
	// aum and sum are the assets of the day and the sum of those of the period so far, in
	// minor units and days.
	aum, sum int64
	// Of the oracle: inForce, it judges tier; money, it judges aum and sum.
	inForce, money bool
}

// standings are those of many customers on one day.
type standings struct {
	day  int32
	list []standing
}

// add takes a customer in; one partition that is behind the others is told elsewhere.
func (s *standings) add(o *opinion) {
	if o.closed > s.day {
		s.day, s.list = o.closed, nil
	}
	if o.closed == s.day {
		s.list = append(s.list, o.stands...)
	}
}

// standingsOf is what the oracle says of a customer when it has taken the whole log, of
// the last day closed. What it cannot tell of that day, since he came or left behind it,
// is not in the list.
func standingsOf(o *oracle.Oracle, customer, currency string) (closed int32, list []standing) {
	c := o.Customer(customer)
	closed, ok := o.LastClose()
	if c == nil || !ok || o.Plan() == nil {
		return closed, nil
	}
	// Rates that come behind a CLOSE move what other units are worth on its day.
	base := !slices.ContainsFunc(c.Accounts(closed), func(a oracle.AccountView) bool { return a.Unit != currency })
	for i := range o.Plan().Schemes {
		name := o.Plan().Schemes[i].Name
		q := c.PointOf(name, closed)
		if !q.Must {
			continue
		}
		s := standing{
			customer: customer, scheme: name, is: q.State.Standing.String(), tier: q.Tier, next: q.Tier,
			misses: int64(q.State.Misses), watch: q.State.Watch, since: date(q.State.Since), inForce: true,
		}
		if q.State.Since > closed {
			// The CLOSE gave him the tier of the day after.
			before := c.PointOf(name, closed-1)
			s.tier, s.inForce = before.Tier, before.Must
		}
		if q.Assets != nil && q.Sum != nil && base {
			s.aum, s.sum, s.money = q.Assets.Int64(), q.Sum.Int64(), true
		}
		list = append(list, s)
	}
	return closed, list
}

// line is the standing as far as by judges it.
func (s *standing) line(by *standing) string {
	active := pb.Standing_ACTIVE.String()
	if s.is != active || by.is != active {
		return strings.TrimSpace(s.is + " " + s.next)
	}
	line := fmt.Sprintf("%s since %s misses %d watch %t", s.next, s.since, s.misses, s.watch)
	if by.inForce {
		line += " in force " + s.tier
	}
	if by.money {
		line += fmt.Sprintf(" assets %d sum %d", s.aum, s.sum)
	}
	return line
}

// dashboards asks the view that dashboards read how customers stand at the end of the
// last day closed, once for all, and compares it with what the oracle says. It gives how
// many standings were compared.
func dashboards(ctx context.Context, at warehouse, want *standings, found *findings) (n int, err error) {
	conn, err := at.open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rows, err := conn.Query(ctx, fmt.Sprintf(`SELECT customer_id, scheme, toString(standing), toString(tier), toString(tier_next), toInt64(misses), watch,
		ifNull(toString(since_day), '-'), toInt64(aum_minor), toInt64(ifNull(adb_sum_minor, 0))
		FROM `+"`%s`"+`.customer_tiers_on(day = '%s')`, at.database, event.FormatDay(want.day)))
	if err != nil {
		return 0, fmt.Errorf("ask how customers stand: %w", err)
	}
	defer func() { _ = rows.Close() }() // read to its end
	var got []standing
	for rows.Next() {
		var s standing
		if err := rows.Scan(&s.customer, &s.scheme, &s.is, &s.tier, &s.next, &s.misses, &s.watch, &s.since, &s.aum, &s.sum); err != nil {
			return 0, fmt.Errorf("read how customers stand: %w", err)
		}
		got = append(got, s)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("read how customers stand: %w", err)
	}
	return want.compare(got, found), nil
}

// compare tells of each customer and scheme where the rows differ from what they should
// be, and gives how many there should be. Who has no tier yet may have no row.
func (s *standings) compare(rows []standing, found *findings) int {
	type key struct{ customer, scheme string }
	by := map[key]*standing{}
	for i := range rows {
		r := &rows[i]
		if by[key{r.customer, r.scheme}] != nil {
			found.add("customer_tiers_on: %s has two rows of %s", r.customer, r.scheme)
		}
		by[key{r.customer, r.scheme}] = r
	}
	n := 0
	for i := range s.list {
		want := &s.list[i]
		got := by[key{want.customer, want.scheme}]
		if got == nil && want.is == pb.Standing_NEW.String() {
			continue
		}
		n++
		if got == nil {
			found.add("oracle: customer_tiers_on of %s: no row of %s in %s, want %q", event.FormatDay(s.day), want.customer, want.scheme, want.line(want))
			continue
		}
		if d := got.sum - want.sum; want.money && (d == 1 || d == -1) {
			got.sum = want.sum // a row holds its sum rounded, and days without one are added to that
		}
		if a, b := got.line(want), want.line(want); a != b {
			found.add("oracle: customer_tiers_on of %s shows %s in %s as %q, want %q", event.FormatDay(s.day), want.customer, want.scheme, a, b)
		}
	}
	return n
}

package logrows

import (
	"context"
	"slices"
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// customer is what the log says of a customer, gathered as the view customers shows it.
type customer struct {
	newest          int64
	profile, rm     []string // of the last profile and the last assignment, nil: none
	profileAt, rmAt said
	since           int32 // the first day that was told last, 0: none
	sinceAt         said
	first, last     int32
	accounts        int // with bookings
}

func (p *Partition) customer(id string) *customer {
	p.buf = append(append(p.buf[:0], id...), 0) // keys have two parts: see keyed
	c := p.customers[string(p.buf)]
	if c == nil {
		c = new(customer)
		p.customers[string(p.buf)] = c
	}
	return c
}

func (c *customer) booked(day int32, newAccount bool) {
	if c.accounts == 0 {
		c.first, c.last = day, day
	}
	c.first, c.last = min(c.first, day), max(c.last, day)
	if newAccount {
		c.accounts++
	}
}

func (p *Partition) profiled(offset int64, m *pb.CustomerProfile) {
	if p.capture != nil {
		return
	}
	c := p.customer(m.CustomerId)
	was := *c
	p.unlessRefused(offset, func() { *c = was })
	c.newest = offset
	at := said{seconds(m.EventTime), m.SourceSeq, offset}
	if c.profile == nil || at.compare(c.profileAt) > 0 {
		c.profile, c.profileAt = textsOf(profileColumns, m), at
	}
	if m.SinceDay != 0 && (c.since == 0 || at.compare(c.sinceAt) > 0) {
		c.since, c.sinceAt = m.SinceDay, at
	}
}

func (p *Partition) assigned(offset int64, m *pb.RmAssignment) {
	if p.capture != nil {
		return
	}
	c := p.customer(m.CustomerId)
	was := *c
	p.unlessRefused(offset, func() { *c = was })
	c.newest = offset
	if at := (said{seconds(m.EventTime), m.SourceSeq, offset}); c.rm == nil || at.compare(c.rmAt) > 0 {
		c.rm, c.rmAt = textsOf(managerColumns, m), at
	}
}

// sinceColumn is the place of since_day, which a newer profile may leave out.
var sinceColumn = slices.IndexFunc(profileColumns, func(c column[pb.CustomerProfile]) bool { return c.name == "since_day" })

var customerCells = slices.Concat(cellsOf(profileColumns), cellsOf(managerColumns), []cell{
	{"first_day", "toString(first_day)"},
	{"last_day", "toString(last_day)"},
	{"accounts", "toString(accounts)"},
})

func (p *Partition) compareCustomers(ctx context.Context) error {
	_, err := compareKeyed(ctx, p, keyed[*customer]{
		where: "view customers", cells: customerCells, want: p.customers, of: (*customer).shown,
		label: func(a, _ string) (string, string) { return a, "customer" },
		query: "SELECT customer_id, '', toInt64(offset), %s FROM " + p.named("customers") + " WHERE partition = %d",
	})
	return err
}

// shown is the row of the view customers; none of whom nothing is known but what was refused.
func (c *customer) shown() (int64, []string) {
	profile, rm := c.profile, c.rm
	if profile == nil && rm == nil && c.accounts == 0 {
		return 0, nil
	}
	if profile == nil {
		profile = textsOf(profileColumns, new(pb.CustomerProfile))
	}
	if rm == nil {
		rm = textsOf(managerColumns, new(pb.RmAssignment))
	}
	profile = slices.Clone(profile)
	profile[sinceColumn] = string(profileColumns[sinceColumn].put(nil, &pb.CustomerProfile{SinceDay: c.since}))
	return c.newest, slices.Concat(profile, rm, []string{dateText(c.first), dateText(c.last), strconv.Itoa(c.accounts)})
}

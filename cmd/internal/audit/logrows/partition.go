package logrows

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/offsets"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Window is how many rows of a table are expected before they are looked for.
const Window = 1 << 20

// Options of New.
type Options struct {
	Conn     driver.Conn
	Database string
	// Partition of the log, From and End of what is compared of it.
	Partition int32
	From, End int64
	// Before is what was said before From, for partition 0; nil: it is not known, and the
	// view rates is not compared unless From is 0.
	Before *clickhouse.Beginning
	// Window is Window unless a test wants less.
	Window int
	// Record reads a record of the log again, to say what of a row differs.
	Record func(ctx context.Context, offset int64) (*pb.LogRecord, error)
	// Found is told of each difference.
	Found func(Difference)
}

// Difference is a row that is not as the log says.
type Difference struct {
	// Where is "table x" or "view x".
	Where    string
	Offset   int64
	Customer string
	What     string
}

// row is what a table must hold of a record.
type row struct {
	offset int64
	key    uint64 // tells rows of one record apart
	hash   uint64 // of the table's columns
	view   uint64 // of the view's
}

// expected are the rows of a table since the last look.
type expected struct {
	shape
	rows []row
	from int64 // where the window begins
	n    int64
	// Of a view that leaves rows out: what it must show, what it has shown, and what is
	// not in the table to be shown.
	must, shown, lost offsets.Set
}

// Partition gathers what a partition of the log makes of the tables, and compares.
type Partition struct {
	o      Options
	tables map[string]*expected
	order  []*expected
	buf    []byte
	// ids are the event ids of all transactions, hashed, in order of offset.
	ids []uint64
	judged
	accounts  map[string]*account
	customers map[string]*customer
	closing
	facts
	// capture takes the texts of one row instead.
	capture *capture
	// details is how many differences may still be looked into.
	details int
}

// details of a partition: each costs a question to broker and ClickHouse.
const details = 20

// New begins at Options.From.
func New(o Options) *Partition {
	if o.Window == 0 {
		o.Window = Window
	}
	p := &Partition{
		o: o, tables: map[string]*expected{}, details: details, judged: newJudged(),
		accounts: map[string]*account{}, customers: map[string]*customer{}, closing: newClosing(),
	}
	for _, s := range shapes() {
		if s.everywhere && o.Partition != 0 {
			continue
		}
		e := &expected{shape: s, from: o.From, must: offsets.Set{}, shown: offsets.Set{}, lost: offsets.Set{}}
		p.tables[s.name] = e
		p.order = append(p.order, e)
	}
	if o.Before != nil {
		p.begin(o.Before)
	}
	return p
}

// Record takes in a record of the log; they come in order. What r points into must stay
// until Record returns.
func (p *Partition) Record(ctx context.Context, offset int64, r *pb.LogRecord) error {
	p.take(offset, r)
	for _, e := range p.order {
		if len(e.rows) >= p.o.Window {
			if err := p.look(ctx, e, offset+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// take adds the rows of a record.
func (p *Partition) take(offset int64, r *pb.LogRecord) {
	switch {
	case r.Transaction != nil:
		t := r.Transaction
		p.buf = eventID(append(append(p.buf[:0], t.CustomerId...), 0), t)
		p.ids = append(p.ids, xxhash.Sum64(p.buf))
		add(p, events, offset, "", t)
		p.must(events.name, offset)
		p.booked(offset, t)
	case r.Profile != nil:
		add(p, customerFacts, offset, "", r.Profile)
		p.profiled(offset, r.Profile)
	case r.Lifecycle != nil:
		add(p, accountFacts, offset, "", r.Lifecycle)
		p.described(offset, r.Lifecycle)
	case r.Rm != nil:
		add(p, rmAssignments, offset, "", r.Rm)
		p.must(rmAssignments.name, offset)
		p.assigned(offset, r.Rm)
	case r.Balance != nil:
		add(p, openingBalances, offset, "", r.Balance)
		if p.opened(offset, r.Balance) {
			p.must(openingBalances.name, offset)
		}
	case r.Credit != nil:
		add(p, creditStatus, offset, "", r.Credit)
		p.must(creditStatus.name, offset)
		p.lent(offset, r.Credit)
	case r.Complaint != nil:
		add(p, complaints, offset, "", r.Complaint)
		p.must(complaints.name, offset)
	case r.RmAction != nil:
		add(p, rmActions, offset, "", r.RmAction)
	case r.Seed != nil:
		add(p, tierSeeds, offset, "", r.Seed)
	case r.Override != nil:
		add(p, tierOverrides, offset, "", r.Override)
	default:
		p.takeControl(offset, r)
	}
}

func (p *Partition) takeControl(offset int64, r *pb.LogRecord) {
	if c, ok := controlOf(r); ok {
		add(p, controls, offset, "", &c)
		if p.ruled(&c) {
			p.must(controls.name, offset)
		}
	}
	if p.o.Partition != 0 {
		return
	}
	list := ratesOf(r)
	for i := range list {
		add(p, rates, offset, list[i].unit, &list[i])
		p.rated(offset, &list[i])
	}
}

// add expects a row.
func add[M any](p *Partition, t *table[M], offset int64, key string, m *M) {
	if p.capture != nil {
		p.capture.offer(t.name, key, func() ([]string, []string) {
			have := textsOf(t.columns, m)
			if t.viewColumns == nil {
				return have, have
			}
			return have, textsOf(t.viewColumns, m)
		})
		return
	}
	p.buf = appendRow(p.buf[:0], t.columns, m)
	r := row{offset: offset, hash: xxhash.Sum64(p.buf)}
	r.view = r.hash
	if t.viewColumns != nil {
		p.buf = appendRow(p.buf[:0], t.viewColumns, m)
		r.view = xxhash.Sum64(p.buf)
	}
	if key != "" {
		r.key = xxhash.Sum64String(key)
	}
	e := p.tables[t.name]
	e.rows = append(e.rows, r)
	e.n++
}

// must has the view of a table show a row.
func (p *Partition) must(table string, offset int64) {
	if p.capture == nil {
		p.tables[table].must.Add(offset)
	}
}

// Finish compares what is left and returns the number of rows compared by table.
func (p *Partition) Finish(ctx context.Context) (map[string]int64, error) {
	rows := map[string]int64{}
	for _, e := range p.order {
		if err := p.look(ctx, e, p.o.End); err != nil {
			return nil, err
		}
		rows[e.name] = e.n
	}
	if err := p.judge(ctx); err != nil {
		return nil, err
	}
	shown := append([]string{events.name}, takenOnly...)
	if p.o.From == 0 { // behind a snapshot it is not known which balance was the first, and which CLOSE counted
		shown = append(shown, openingBalances.name, controls.name)
	}
	for _, name := range shown {
		p.compareShown(p.tables[name])
	}
	var err error
	if rows["accounts_raw"], err = p.compareAccounts(ctx); err != nil {
		return nil, err
	}
	if err := p.compareCustomers(ctx); err != nil {
		return nil, err
	}
	if p.o.Partition == 0 {
		if err := p.compareRates(ctx); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// IDs is the number of distinct event ids, at the end.
func (p *Partition) IDs() int64 {
	distinct := make(map[uint64]struct{}, len(p.ids))
	for _, id := range p.ids {
		distinct[id] = struct{}{}
	}
	return int64(len(distinct))
}

func (p *Partition) found(where string, offset int64, customer, format string, args ...any) {
	p.o.Found(Difference{Where: where, Offset: offset, Customer: customer, What: fmt.Sprintf(format, args...)})
}

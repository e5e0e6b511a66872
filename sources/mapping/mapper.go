package mapping

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// Mapper runs a Program over rows. One goroutine owns it.
type Mapper struct {
	program *Program
	builder *event.Builder
	times   *event.Calendar // for local times
	scanner *jsonscan.Scanner
	values  []jsonscan.Value
	cells   []int // cell by slot
	width   int   // of a row of cells
	drafts  []*pb.LogRecord
	chosen  []int
	scratch []byte
	max     int
	rec     *pb.LogRecord
	dates   []lastDate
	day     int64 // the last date set
}

// Mapper makes a mapper for one goroutine. Rows of cells need Bind first. The
// error says that the mapping's zone is unknown.
func (p *Program) Mapper(b *event.Builder) (*Mapper, error) {
	m := &Mapper{program: p, builder: b, times: b.Calendar, values: make([]jsonscan.Value, len(p.columns)+extraSlots), max: p.Format.MaxBytes}
	if m.max == 0 {
		m.max = event.DefaultMaxBytes
	}
	if p.Zone != "" && p.Zone != b.Calendar.Zone() {
		cal, err := b.Calendar.InZone(p.Zone)
		if err != nil {
			return nil, err
		}
		m.times = cal
	}
	if p.plan != nil {
		m.scanner = p.plan.Scanner(extraSlots)
		m.values = m.scanner.Values
	}
	m.dates = make([]lastDate, p.dates)
	for i := range p.outputs {
		m.drafts = append(m.drafts, event.NewDraft(p.outputs[i].kind))
	}
	return m, nil
}

// Bind finds the mapping's columns in a file's header. The error is Problems:
// every column that is not there, with its place in the mapping. JSON has no
// header and nothing to bind.
func (m *Mapper) Bind(header []string) error {
	if m.scanner != nil {
		return nil
	}
	at := make(map[string]int, len(header))
	for i, name := range header {
		if _, twice := at[name]; !twice {
			at[name] = i
		}
	}
	var missing Problems
	m.cells = m.cells[:0]
	m.width = len(header)
	for _, c := range m.program.columns {
		i, ok := at[c.name]
		if !ok && c.optional {
			i = -1
		} else if !ok {
			near := didYouMean(c.name, header)
			if c.word {
				near = "; a constant is written {const: " + c.name + "}"
			}
			missing.add(m.program.fileName, c.place, c.field, fmt.Sprintf("no column %q in the file; its columns are %q%s", c.name, header, near))
		}
		m.cells = append(m.cells, i)
	}
	if len(missing) > 0 {
		if p := m.wrongSeparator(header); p != nil {
			return p
		}
	}
	return missing.sorted()
}

var errUnbound = errors.New("map a row of cells: Bind the header first")

// Row maps one row: all of its records are built and valid before the first is
// given to emit. The records, and the texts in them, are valid only during the
// call of emit. The error is emit's own; then the row may be half emitted.
func (m *Mapper) Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	if row.Bad != nil {
		return rejected(row.Bad), nil
	}
	if m.scanner == nil && m.cells == nil {
		return event.Outcome{}, errUnbound
	}
	if rej := m.read(&row); rej != nil {
		return rejected(rej), nil
	}
	if out, ok := m.marked(); ok {
		return out, nil
	}
	if out := m.filter(); out.Verdict != 0 {
		return out, nil
	}
	if rej := m.build(&row); rej != nil {
		return rejected(rej), nil
	}
	if len(m.chosen) == 0 {
		return event.Outcome{Verdict: event.Filtered, Reason: "no_record"}, nil
	}
	for _, i := range m.chosen {
		if err := emit(m.drafts[i]); err != nil {
			return event.Outcome{}, err
		}
	}
	return event.Outcome{Verdict: event.Accepted, Records: len(m.chosen)}, nil
}

func rejected(r *event.Reject) event.Outcome {
	return event.Outcome{Verdict: event.Rejected, Reject: r}
}

// read fills the slots.
func (m *Mapper) read(row *event.Row) *event.Reject {
	m.scratch = m.scratch[:0]
	if m.scanner != nil {
		if len(row.Doc) > m.max {
			return event.TooLargeReject(len(row.Doc), m.max)
		}
		if err := m.scanner.Scan(row.Doc); err != nil {
			return scanReject(err)
		}
	} else {
		if len(row.Cells) != m.width {
			return &event.Reject{Cause: event.RowWidth, Detail: fmt.Sprintf("fields: %d; the header has %d", len(row.Cells), m.width)}
		}
		for slot, cell := range m.cells {
			if cell < 0 {
				m.values[slot] = jsonscan.Value{}
				continue
			}
			m.values[slot] = cellValue(&row.Cells[cell], m.program.trim)
		}
	}
	if !m.program.extras {
		return nil
	}
	n := len(m.program.columns)
	m.values[n+slotLine] = m.integer(row.Position)
	m.values[n+slotNumber] = m.integer(row.Number)
	m.values[n+slotPartition] = m.integer(int64(row.Partition))
	m.values[n+slotFile] = jsonscan.Value{Kind: jsonscan.String, Bytes: m.store(row.Name)}
	return nil
}

func scanReject(err *jsonscan.Error) *event.Reject {
	cause := event.MalformedJSON
	switch err.Fault {
	case jsonscan.BadUTF8:
		cause = event.InvalidUTF8
	case jsonscan.TooDeep:
		cause = event.TooDeep
	case jsonscan.Malformed:
	}
	return &event.Reject{Cause: cause, Detail: err.Error()}
}

func cellValue(c *event.Cell, trim bool) jsonscan.Value {
	switch {
	case c.Null:
		return jsonscan.Value{Kind: jsonscan.Null}
	case c.Nested:
		return jsonscan.Value{Kind: jsonscan.Compound, Bytes: c.Text}
	}
	text := c.Text
	if trim {
		text = trimSpace(text)
	}
	return jsonscan.Value{Kind: jsonscan.String, Bytes: text}
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

func (m *Mapper) integer(v int64) jsonscan.Value {
	from := len(m.scratch)
	m.scratch = strconv.AppendInt(m.scratch, v, 10)
	return jsonscan.Value{Kind: jsonscan.String, Bytes: m.scratch[from:len(m.scratch):len(m.scratch)]}
}

func (m *Mapper) store(text string) []byte {
	from := len(m.scratch)
	m.scratch = append(m.scratch, text...)
	return m.scratch[from:len(m.scratch):len(m.scratch)]
}

// filter applies the rules in their order; the first that decides, decides.
func (m *Mapper) filter() event.Outcome {
	for i := range m.program.rules {
		r := &m.program.rules[i]
		ok, rej := r.when.holds(m.values)
		if rej != nil {
			return rejected(rej)
		}
		switch {
		case r.verb == reject && ok:
			return rejected(&r.reject)
		case r.verb == drop && ok, r.verb == keep && !ok:
			return event.Outcome{Verdict: event.Filtered, Reason: r.reason}
		}
	}
	return event.Outcome{}
}

// build fills and completes the drafts of the outputs that apply.
func (m *Mapper) build(row *event.Row) *event.Reject {
	m.chosen = m.chosen[:0]
	for i := range m.program.outputs {
		o := &m.program.outputs[i]
		ok, rej := o.when.holds(m.values)
		if rej != nil {
			return rej
		}
		if !ok {
			continue
		}
		rec := m.drafts[i]
		origin := clean(rec)
		origin.Name, origin.Partition, origin.Position = row.Name, row.Partition, row.Position
		m.rec = rec
		rej = m.fill(o)
		if rej == nil {
			rej = m.builder.Complete(rec)
		}
		if rej != nil {
			return o.spelt(rej)
		}
		m.chosen = append(m.chosen, i)
		if m.program.first {
			break
		}
	}
	return nil
}

// spelt names the field at fault as the mapping does: an amount has two spellings.
func (o *output) spelt(rej *event.Reject) *event.Reject {
	for i := range o.ops {
		if f := o.ops[i].field; f.Name == rej.Field && o.ops[i].decimal {
			rej.Field = f.Decimal()
		}
	}
	return rej
}

// fill runs the ops that have something to do, in their order.
func (m *Mapper) fill(o *output) *event.Reject {
	if o.bySlot == nil {
		for j := range o.ops {
			if rej := m.do(o, j); rej != nil {
				return rej
			}
		}
		return nil
	}
	todo := o.always
	for _, slot := range m.scanner.Set {
		todo[0] |= o.bySlot[slot][0]
		todo[1] |= o.bySlot[slot][1]
	}
	for w, set := range todo {
		for ; set != 0; set &= set - 1 {
			if rej := m.do(o, w*64+bits.TrailingZeros64(set)); rej != nil {
				return rej
			}
		}
	}
	return nil
}

// clean empties a draft for the next row and returns its origin, which stays
// allocated.
func clean(r *pb.LogRecord) *pb.Origin {
	var o *pb.Origin
	switch {
	case r.Transaction != nil:
		o = r.Transaction.Origin
		*r.Transaction = pb.Transaction{Origin: o}
	case r.Profile != nil:
		o = r.Profile.Origin
		*r.Profile = pb.CustomerProfile{Origin: o}
	case r.Lifecycle != nil:
		o = r.Lifecycle.Origin
		*r.Lifecycle = pb.AccountLifecycle{Origin: o}
	case r.Rm != nil:
		o = r.Rm.Origin
		*r.Rm = pb.RmAssignment{Origin: o, BranchPath: r.Rm.BranchPath[:0]}
	case r.Credit != nil:
		o = r.Credit.Origin
		*r.Credit = pb.CreditStatus{Origin: o}
	case r.Complaint != nil:
		o = r.Complaint.Origin
		*r.Complaint = pb.Complaint{Origin: o}
	case r.RmAction != nil:
		o = r.RmAction.Origin
		*r.RmAction = pb.RmAction{Origin: o}
	case r.Balance != nil:
		o = r.Balance.Origin
		*r.Balance = pb.BalanceSnapshot{Origin: o}
	case r.Seed != nil:
		o = r.Seed.Origin
		*r.Seed = pb.TierSeed{Origin: o}
	case r.Override != nil:
		o = r.Override.Origin
		*r.Override = pb.TierOverride{Origin: o}
	}
	return o
}

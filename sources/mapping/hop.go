package mapping

import (
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// hop is the short way of an op: a constant, or a column's value as it is or as a map
// renames it, into its field. Most ops have one, and together they fit into a few cache
// lines, which the ops do not.
type hop struct {
	how     shortcut
	slot    int32
	date    int32       // place in Mapper.dates
	number  int32       // the constant
	enum    *event.Enum // the field's, or the map's
	setText func(*pb.LogRecord, string)
	setInt  func(*pb.LogRecord, int64)
}

// lastDate is the last date that an op read, or the date of its last time: nearly
// always the next one too.
type lastDate struct {
	text []byte
	day  int64
}

type shortcut uint8

const (
	_ shortcut = iota // none: always the long way
	shortText
	shortEnum
	shortInt
	shortDate
	shortInstant
	shortConst
)

// shorten finds the short way of a complete op.
func (p *Program) shorten(o *op) hop {
	s := hop{enum: o.field.Enum, setText: o.field.SetText, setInt: o.field.SetInt}
	if o.src.kind == fromConst {
		// The literal of a vocabulary or a flag, as setLiteral sets it.
		if l := o.src.other; l != nil && l.converted && l.num == int64(int32(l.num)) {
			s.how, s.number = shortConst, int32(l.num)
		}
		return s
	}
	if o.src.kind != fromSlot || o.nulls != nil {
		return s
	}
	s.slot = int32(o.src.slot)
	if o.dict != nil {
		if e := o.renamed(); e != nil {
			s.how, s.enum = shortEnum, e
		}
		return s
	}
	switch o.field.Type {
	case event.Text, event.EventID, event.EventRef:
		s.how = shortText
	case event.EnumText:
		s.how = shortEnum
	case event.Int, event.Money, event.BaseMoney, event.Units:
		if !o.decimal && o.sign == signNone && !o.negate {
			s.how = shortInt
		}
	case event.Date:
		s.how, s.date = shortDate, int32(p.dates)
		p.dates++
	case event.Instant:
		if o.layout.rfc && o.layout.next == nil {
			s.how, s.date = shortInstant, int32(p.dates)
			p.dates++
		}
	case event.Flag, event.Path:
	}
	return s
}

// renamed is the op's map as a vocabulary, nil unless all of its entries are numbers.
// What is not in it goes the long way.
func (o *op) renamed() *event.Enum {
	numbers := make([]int64, len(o.entries))
	for i := range o.entries {
		if !o.entries[i].converted {
			return nil
		}
		numbers[i] = o.entries[i].num
	}
	return event.Vocabulary(o.keys, numbers)
}

// do runs op i of an output, the short way if there is one and the value fits it.
func (m *Mapper) do(o *output, i int) *event.Reject {
	s := &o.short[i]
	if s.how == shortConst {
		s.setInt(m.rec, int64(s.number))
		return nil
	}
	v := &m.values[s.slot]
	if v.Kind == jsonscan.String || v.Kind == jsonscan.Number {
		switch s.how {
		case shortText:
			if len(v.Bytes) > 0 {
				s.setText(m.rec, borrow(v.Bytes))
				return nil
			}
		case shortEnum:
			if n, ok := s.enum.Number(v.Bytes); ok {
				s.setInt(m.rec, n)
				return nil
			}
		case shortInt:
			if n, ok := plainInt(v.Bytes); ok {
				s.setInt(m.rec, n)
				return nil
			}
		case shortDate:
			return m.sameDate(o, i, v)
		case shortInstant:
			if utc, ok := plainInstant(v.Bytes, &m.dates[s.date]); ok {
				s.setInt(m.rec, utc)
				return nil
			}
		case shortConst: // done above
		}
	}
	return m.run(&o.ops[i])
}

func (m *Mapper) sameDate(o *output, i int, v *jsonscan.Value) *event.Reject {
	s := &o.short[i]
	last := &m.dates[s.date]
	if len(v.Bytes) > 0 && string(v.Bytes) == string(last.text) {
		s.setInt(m.rec, last.day)
		return nil
	}
	m.day = 0
	rej := m.run(&o.ops[i])
	if m.day != 0 {
		last.text, last.day = append(last.text[:0], v.Bytes...), m.day
	}
	return rej
}

// plainInstant reads what nearly every time looks like: 2026-11-22T06:15:00Z, or with
// an offset as +08:00. What it does not take, layout.parse may.
func plainInstant(b []byte, last *lastDate) (utc int64, ok bool) {
	if len(b) != 20 && len(b) != 25 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	hour, minute, second, zone := two(b, 11), two(b, 14), two(b, 17), 0
	switch {
	case len(b) == 20 && b[19] == 'Z':
	case len(b) == 25 && b[22] == ':' && (b[19] == '+' || b[19] == '-'):
		h, m := two(b, 20), two(b, 23)
		if h > 18 || m > 59 {
			return 0, false
		}
		if zone = h*3600 + m*60; b[19] == '-' {
			zone = -zone
		}
	default:
		return 0, false
	}
	if hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	if string(b[:10]) != string(last.text) {
		day, ok := event.Day(two(b, 0)*100+two(b, 2), two(b, 5), two(b, 8))
		if !ok || day <= event.MinDay || day >= event.MaxDay { // the ends need a closer look
			return 0, false
		}
		last.text, last.day = append(last.text[:0], b[:10]...), int64(day)
	}
	return last.day*86400 + int64(hour*3600+minute*60+second-zone), true
}

// two reads two digits; more than 10,000 if they are none.
func two(b []byte, i int) int {
	high, low := b[i]-'0', b[i+1]-'0'
	if high > 9 || low > 9 {
		return 1 << 20
	}
	return int(high)*10 + int(low)
}

package mapping

import (
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// hop is the short way of an op: a column's value as it is into its field. Most
// ops have one, and together they fit into a few cache lines, which the ops do not.
type hop struct {
	how     shortcut
	slot    int32
	enum    *event.Enum
	setText func(*pb.LogRecord, string)
	setInt  func(*pb.LogRecord, int64)
	date    int32 // place in Mapper.dates
}

// lastDate is the last date that an op read: nearly always the next one too.
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
)

// shorten finds the short way of a complete op.
func (p *Program) shorten(o *op) hop {
	s := hop{enum: o.field.Enum, setText: o.field.SetText, setInt: o.field.SetInt}
	if o.src.kind != fromSlot || o.nulls != nil || o.dict != nil {
		return s
	}
	s.slot = int32(o.src.slot)
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
	case event.Flag, event.Instant, event.Path:
	}
	return s
}

// do runs op i of an output, the short way if there is one and the value fits it.
func (m *Mapper) do(o *output, i int) *event.Reject {
	s := &o.short[i]
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

package mapping

import (
	"errors"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/internal/decimal"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

func (m *Mapper) setNumber(o *op, v jsonscan.Value) *event.Reject {
	if !o.decimal {
		if n, ok := plainInt(v.Bytes); ok {
			return m.setSigned(o, n)
		}
	}
	d, err := decimal.Parse(v.Bytes, o.style)
	if err != nil {
		return numberReject(o, v.Bytes, err)
	}
	return m.setDecimal(o, d, v.Bytes)
}

// plainInt reads what nearly every integer looks like.
func plainInt(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

func numberReject(o *op, text []byte, err error) *event.Reject {
	switch {
	case errors.Is(err, decimal.ErrOverflow):
		return reject1(event.AmountOverflow, o, text, "is too large")
	case errors.Is(err, decimal.ErrPrecision):
		return reject1(event.TooPrecise, o, text, "has more decimals than its unit; say round in the mapping to allow it")
	}
	return reject1(event.BadNumber, o, text, "is no number")
}

// product multiplies the factors exactly, and scales and rounds once.
func (m *Mapper) product(o *op) *event.Reject {
	p := decimal.Decimal{Coef: 1}
	for _, f := range o.src.factors {
		d := f.value
		if f.slot >= 0 {
			v := m.values[f.slot]
			if blank(v) {
				return &event.Reject{Cause: event.MissingField, Field: o.field.Name, Detail: m.program.columns[f.slot].name + " is blank"}
			}
			if v.Kind > jsonscan.String || v.Kind < jsonscan.Number {
				return reject1(event.WrongType, o, v.Bytes, "is no number")
			}
			var err error
			if d, err = decimal.Parse(v.Bytes, o.style); err != nil {
				return numberReject(o, v.Bytes, err)
			}
		}
		var err error
		if p, err = p.Mul(d); err != nil {
			return numberReject(o, m.factors(o), err)
		}
	}
	return m.setDecimal(o, p, nil)
}

// factors shows what a product is of, as read and as the mapping has it; of each factor
// no more than a Detail shows of all.
func (m *Mapper) factors(o *op) []byte {
	var b []byte
	for i, f := range o.src.factors {
		if i > 0 {
			b = append(b, " × "...)
		}
		if f.slot < 0 {
			b = append(b, f.text...)
			continue
		}
		b = append(b, event.Show(textOf(m.values[f.slot]))...)
	}
	return b
}

// setDecimal scales and rounds. text is what a person is shown of the number, nil: the
// factors of a product, which are put together only for that.
func (m *Mapper) setDecimal(o *op, d decimal.Decimal, text []byte) *event.Reject {
	digits := int32(0)
	if o.decimal {
		var unknown string
		if digits, unknown = m.scale(o.field.Type); unknown != "" {
			return &event.Reject{Cause: event.UnknownCurrency, Field: "currency", Detail: "\"" + event.Show(unknown) + "\" is no ISO 4217 code"}
		}
	}
	n, err := d.Scaled(digits, o.round)
	if err != nil {
		if text == nil {
			text = m.factors(o)
		}
		return numberReject(o, text, err)
	}
	return m.setSigned(o, n)
}

// setSigned applies the sign rules.
func (m *Mapper) setSigned(o *op, n int64) *event.Reject {
	if o.negate {
		n = -n
	}
	if o.sign != signNone {
		debit := n < 0
		if o.sign == signDebit {
			debit = n >= 0
		}
		switch {
		case o.sign == signAbs:
		case debit:
			m.rec.Transaction.Direction = pb.Direction_DEBIT
		default:
			m.rec.Transaction.Direction = pb.Direction_CREDIT
		}
		n = max(n, -n)
	}
	o.field.SetInt(m.rec, n)
	return nil
}

package mapping

import (
	"encoding/json"
	"strings"
	"unsafe"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// run sets the op's field of m.rec from the row.
func (m *Mapper) run(o *op) *event.Reject {
	if o.src.kind == fromProduct {
		return m.product(o)
	}
	var v jsonscan.Value
	if o.src.kind == fromSlot { // nearly always
		v = m.values[o.src.slot]
	} else {
		var lit *literal
		var rej *event.Reject
		if v, lit, rej = m.source(&o.src, o.field.Name); rej != nil {
			return rej
		}
		if lit != nil {
			return m.setLiteral(o, lit)
		}
	}
	if o.nulls != nil && o.nulls.Find(v.Bytes) >= 0 {
		v = jsonscan.Value{Kind: jsonscan.Null}
	}
	if o.dict != nil && v.Kind != jsonscan.Compound {
		if i := o.dict.Find(textOf(v)); i >= 0 {
			return m.setLiteral(o, &o.entries[i])
		}
		if !blank(v) {
			if o.unmapped == nil {
				return reject1(event.UnmappedValue, o, v.Bytes, "is not in the map")
			}
			return m.setLiteral(o, o.unmapped)
		}
	}
	if blank(v) {
		switch {
		case o.blank != nil:
			return m.setLiteral(o, o.blank)
		case !o.required:
			return nil
		case o.field.Name == "customer_id":
			return &event.Reject{Cause: event.NoCustomer, Field: o.field.Name, Detail: "is blank"}
		}
		return &event.Reject{Cause: event.MissingField, Field: o.field.Name, Detail: "is blank"}
	}
	return m.set(o, v)
}

func reject1(cause event.Cause, o *op, value []byte, what string) *event.Reject {
	return &event.Reject{Cause: cause, Field: o.field.Name, Detail: "\"" + event.Show(value) + "\" " + what}
}

func (m *Mapper) setLiteral(o *op, l *literal) *event.Reject {
	switch {
	case l.converted:
		o.field.SetInt(m.rec, l.num)
	case l.number:
		return m.setDecimal(o, l.dec, []byte(l.text))
	case o.field.SetText != nil:
		o.field.SetText(m.rec, l.text)
	default:
		return m.set(o, jsonscan.Value{Kind: jsonscan.String, Bytes: []byte(l.text)})
	}
	return nil
}

// source finds the value: as read, or a literal of the mapping.
func (m *Mapper) source(s *source, field string) (jsonscan.Value, *literal, *event.Reject) {
	switch s.kind {
	case fromSlot:
		return m.values[s.slot], nil, nil
	case fromConst:
		return jsonscan.Value{}, s.other, nil
	case fromTemplate:
		return m.template(s, field)
	case fromCases:
		for i := range s.cases {
			ok, rej := s.cases[i].when.holds(m.values)
			if rej != nil {
				return jsonscan.Value{}, nil, rej
			}
			if ok {
				return jsonscan.Value{}, &s.cases[i].then, nil
			}
		}
		if s.strict {
			return jsonscan.Value{}, nil, &event.Reject{Cause: event.UnmappedValue, Field: field, Detail: "no case holds"}
		}
		return jsonscan.Value{}, s.other, nil
	case fromLookup:
		return m.lookup(s, field)
	case fromProduct:
	}
	return jsonscan.Value{}, nil, nil
}

// template joins texts and values; all of its values blank make a blank.
func (m *Mapper) template(s *source, field string) (jsonscan.Value, *literal, *event.Reject) {
	from := len(m.scratch)
	filled := false
	for _, p := range s.parts {
		if p.slot < 0 {
			m.scratch = append(m.scratch, p.text...)
			continue
		}
		v := m.values[p.slot]
		if v.Kind == jsonscan.Compound {
			return v, nil, &event.Reject{Cause: event.WrongType, Field: field, Detail: "an object or list has no text"}
		}
		filled = filled || !blank(v)
		m.scratch = append(m.scratch, textOf(v)...)
	}
	if !filled {
		m.scratch = m.scratch[:from]
		return jsonscan.Value{Kind: jsonscan.Null}, nil, nil
	}
	return jsonscan.Value{Kind: jsonscan.String, Bytes: m.scratch[from:len(m.scratch):len(m.scratch)]}, nil, nil
}

func (m *Mapper) lookup(s *source, field string) (jsonscan.Value, *literal, *event.Reject) {
	key, _, rej := m.source(s.key, field)
	if rej != nil {
		return key, nil, rej
	}
	if blank(key) {
		return jsonscan.Value{Kind: jsonscan.Null}, nil, nil
	}
	row, ok := s.table.rows[string(key.Bytes)]
	if !ok {
		if s.blank {
			return jsonscan.Value{Kind: jsonscan.Null}, nil, nil
		}
		return key, nil, &event.Reject{Cause: event.LookupMissing, Field: field, Detail: "\"" + event.Show(key.Bytes) + "\" is not in " + s.table.name}
	}
	return jsonscan.Value{Kind: jsonscan.String, Bytes: row[s.column]}, nil, nil
}

// borrow makes a string of bytes that live as long as the row.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// set converts a value that is not blank and sets the field.
func (m *Mapper) set(o *op, v jsonscan.Value) *event.Reject {
	if v.Kind == jsonscan.Compound {
		if o.field.Type == event.Path && v.Bytes[0] == '[' {
			return m.setList(o, v.Bytes)
		}
		return reject1(event.WrongType, o, v.Bytes, "is an object or list")
	}
	if (v.Kind == jsonscan.True || v.Kind == jsonscan.False) && o.field.Type != event.Flag {
		return reject1(event.WrongType, o, v.Bytes, "is a boolean")
	}
	switch o.field.Type {
	case event.Text, event.EventID, event.EventRef, event.Path:
		o.field.SetText(m.rec, borrow(v.Bytes))
		return nil
	case event.EnumText:
		n, ok := o.field.Enum.Number(v.Bytes)
		if !ok {
			return reject1(event.UnknownEnum, o, v.Bytes, "is none of "+strings.Join(o.field.Enum.Names(), ", "))
		}
		o.field.SetInt(m.rec, n)
		return nil
	case event.Flag:
		return m.setFlag(o, v)
	case event.Date, event.Instant:
		return m.setTime(o, v)
	case event.Int, event.Money, event.BaseMoney, event.Units:
		return m.setNumber(o, v)
	}
	return nil
}

func (m *Mapper) setFlag(o *op, v jsonscan.Value) *event.Reject {
	n, ok := flag(v)
	if !ok {
		return reject1(event.WrongType, o, v.Bytes, "is no boolean; want true or false, 1 or 0, yes or no, y or n")
	}
	o.field.SetInt(m.rec, n)
	return nil
}

func flag(v jsonscan.Value) (int64, bool) {
	if v.Kind == jsonscan.True || v.Kind == jsonscan.False {
		return int64(v.Kind - jsonscan.False), true
	}
	switch strings.ToLower(string(v.Bytes)) {
	case "true", "1", "yes", "y":
		return 1, true
	case "false", "0", "no", "n":
		return 0, true
	}
	return 0, false
}

// setList takes a JSON array of strings for a path; rare, so not hand-written.
func (m *Mapper) setList(o *op, raw []byte) *event.Reject {
	var names []string
	if err := json.Unmarshal(raw, &names); err != nil {
		return reject1(event.WrongType, o, raw, "is no list of texts")
	}
	for _, n := range names {
		if strings.Contains(n, "/") {
			return reject1(event.BadText, o, raw, "has a level with a slash")
		}
	}
	o.field.SetText(m.rec, strings.Join(names, "/"))
	return nil
}

func (m *Mapper) setTime(o *op, v jsonscan.Value) *event.Reject {
	t, err := o.layout.parse(v.Bytes)
	if err != nil {
		cause := event.BadDate
		if err == errRange { //nolint:errorlint // a value of this package, never wrapped
			cause = event.DateRange
		}
		return reject1(cause, o, v.Bytes, err.Error())
	}
	if o.field.Type == event.Date {
		day, err := t.date(m.times)
		if err != nil {
			return reject1(event.DateRange, o, v.Bytes, "is "+err.Error())
		}
		m.day = int64(day)
		o.field.SetInt(m.rec, m.day)
		return nil
	}
	utc, err := t.instant(m.times)
	if err != nil {
		return reject1(event.DateRange, o, v.Bytes, "is "+err.Error())
	}
	o.field.SetInt(m.rec, utc)
	return nil
}

// scale is the number of decimals of the smallest unit that a field is in.
func (m *Mapper) scale(t event.Type) (digits int32, unknown string) {
	code := ""
	switch r := m.rec; {
	case t == event.BaseMoney:
		code = m.builder.Calendar.Base()
	case r.Transaction != nil:
		code = r.Transaction.Currency
		if t == event.Units && r.Transaction.Unit != "" {
			code = r.Transaction.Unit
		}
	case r.Lifecycle != nil:
		code = r.Lifecycle.Unit
	case r.Balance != nil:
		code = r.Balance.Unit
	}
	if t == event.Units && code != "" {
		return event.UnitDecimals(code), ""
	}
	digits, ok := event.MinorUnits(code)
	if !ok {
		return 0, code
	}
	return digits, ""
}

package mapping

import (
	"bytes"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/internal/decimal"
	"github.com/tierwatch/tierwatch/sources/internal/words"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// when is a condition: any of its alternatives, each of which is all of its
// tests. The empty one holds.
type when [][]test

// test is one test of one value.
type test struct {
	slot   int
	column string
	op     testOp
	not    bool
	set    *words.Table
	text   []byte
	number decimal.Decimal
	style  decimal.Style
}

type testOp uint8

const (
	isIn testOp = iota + 1
	isBlank
	hasPrefix
	hasSuffix
	isBelow
	isAbove
	isAtLeast
	isAtMost
)

// holds evaluates a condition over the values of a row. Comparing a text that is
// no number with a number rejects the row: a filter must not hide bad data.
func (w when) holds(values []jsonscan.Value) (bool, *event.Reject) {
	if len(w) == 0 {
		return true, nil
	}
	for _, tests := range w {
		all := true
		for i := range tests {
			ok, rej := tests[i].holds(values[tests[i].slot])
			if rej != nil {
				return false, rej
			}
			if !ok {
				all = false
				break
			}
		}
		if all {
			return true, nil
		}
	}
	return false, nil
}

func (t *test) holds(v jsonscan.Value) (bool, *event.Reject) {
	var ok bool
	switch t.op {
	case isIn:
		ok = v.Kind != jsonscan.Compound && t.set.Find(textOf(v)) >= 0
	case isBlank:
		ok = blank(v)
	case hasPrefix:
		ok = bytes.HasPrefix(textOf(v), t.text)
	case hasSuffix:
		ok = bytes.HasSuffix(textOf(v), t.text)
	default:
		if blank(v) {
			return false, nil
		}
		d, err := decimal.Parse(v.Bytes, t.style)
		if err != nil {
			return false, &event.Reject{Cause: event.BadNumber, Field: t.column, Detail: "\"" + event.Show(v.Bytes) + "\" is compared with a number: " + err.Error()}
		}
		c := d.Cmp(t.number)
		ok = t.op == isBelow && c < 0 || t.op == isAbove && c > 0 || t.op == isAtLeast && c >= 0 || t.op == isAtMost && c <= 0
	}
	return ok != t.not, nil
}

func blank(v jsonscan.Value) bool {
	return v.Kind <= jsonscan.Null || v.Kind == jsonscan.String && len(v.Bytes) == 0
}

// textOf is the text of a scalar; a null's is empty.
func textOf(v jsonscan.Value) []byte {
	if v.Kind == jsonscan.Null {
		return nil
	}
	return v.Bytes
}

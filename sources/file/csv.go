package file

import (
	"bytes"
	"errors"
	"io"

	"github.com/tierwatch/tierwatch/sources/event"
)

// csvRows reads CSV as encoding/csv does (RFC 4180; quotes only around whole
// fields, \r\n in quotes becomes \n), without its allocations and with another
// end for a stray quote: where encoding/csv would swallow the rest of the file,
// one line becomes a bad row and the next line is read afresh.
type csvRows struct {
	lines     *lines
	separator byte
	cells     []event.Cell
	text      []byte // fields with quotes in them, unquoted
}

func (c *csvRows) next(row *event.Row) error {
	for {
		n, err := c.lines.peek(0)
		if errors.Is(err, errTooLong) {
			return tooLong(c.lines, row)
		}
		if err != nil {
			return err
		}
		if len(trimNewline(c.lines.bytes(n))) == 0 {
			c.lines.take(n, 1)
			continue
		}
		return c.record(row, n)
	}
}

// record reads the record whose first line is n bytes long.
func (c *csvRows) record(row *event.Row, n int) error {
	row.Position = c.lines.line
	first, count := n, int64(1)
	what := c.split(c.lines.bytes(n))
	for {
		if what == open {
			more, err := c.lines.peek(n)
			switch {
			case err == nil:
				// Only a further quote can close the field.
				if bytes.IndexByte(c.lines.bytes(more)[n:], '"') >= 0 {
					what = c.split(c.lines.bytes(more))
				}
				n, count = more, count+1
				continue
			case !errors.Is(err, io.EOF) && !errors.Is(err, errTooLong) || errors.Is(err, io.ErrUnexpectedEOF):
				return err
			}
			what = "a quoted field does not end"
		}
		if what != "" {
			n, count = first, 1
			row.Bad = &event.Reject{Cause: event.MalformedCSV, Detail: what}
		}
		row.Raw = trimNewline(c.lines.bytes(n))
		c.lines.take(n, count)
		if row.Bad == nil {
			row.Cells = c.cells
		} else if len(row.Raw) > event.MaxRaw {
			row.Raw = row.Raw[:event.MaxRaw]
		}
		return nil
	}
}

// open is what split returns when the record goes on in the next line.
const open = "open"

// split cuts a record into cells; it returns what is wrong with it, or open.
func (c *csvRows) split(b []byte) string {
	c.cells, c.text = c.cells[:0], c.text[:0]
	b = trimNewline(b)
	for {
		if len(b) > 0 && b[0] == '"' {
			field, rest, problem := c.quoted(b[1:])
			if problem != "" {
				return problem
			}
			c.cells = append(c.cells, event.Cell{Text: field})
			if len(rest) == 0 {
				return ""
			}
			b = rest[1:]
			continue
		}
		field, more := b, false
		if i := bytes.IndexByte(b, c.separator); i >= 0 {
			field, b, more = b[:i], b[i+1:], true
		}
		if bytes.IndexByte(field, '"') >= 0 {
			return "a quote stands inside a field that does not begin with one"
		}
		c.cells = append(c.cells, event.Cell{Text: field})
		if !more {
			return ""
		}
	}
}

// quoted reads a field behind its opening quote; rest begins with the separator
// or is empty.
func (c *csvRows) quoted(b []byte) (field, rest []byte, problem string) {
	i := bytes.IndexByte(b, '"')
	if i < 0 {
		return nil, nil, open
	}
	if i+1 == len(b) || b[i+1] == c.separator {
		if field = b[:i]; bytes.IndexByte(field, '\r') < 0 {
			return field, b[i+1:], ""
		}
	}
	from := len(c.text)
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return nil, nil, open
		}
		c.text = append(c.text, b[:i]...)
		b = b[i+1:]
		switch {
		case len(b) > 0 && b[0] == '"':
			c.text = append(c.text, '"')
			b = b[1:]
		case len(b) == 0 || b[0] == c.separator:
			field = c.text[from:len(c.text):len(c.text)]
			return bytes.ReplaceAll(field, []byte("\r\n"), []byte("\n")), b, ""
		default:
			return nil, nil, "something stands behind a closing quote"
		}
	}
}

package file

import (
	"bytes"
	"errors"

	"github.com/tierwatch/tierwatch/sources/event"
)

// jsonRows reads one document a line; blank lines are no rows.
type jsonRows struct{ lines *lines }

func (j *jsonRows) next(row *event.Row) error {
	for {
		n, err := j.lines.peek(0)
		if errors.Is(err, errTooLong) {
			return tooLong(j.lines, row)
		}
		if err != nil {
			return err
		}
		line := j.lines.line
		doc := trimNewline(j.lines.bytes(n))
		j.lines.take(n, 1)
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		row.Doc, row.Raw, row.Position = doc, doc, line
		return nil
	}
}

// tooLong passes over a line that is too long and makes a bad row of it.
func tooLong(l *lines, row *event.Row) error {
	row.Position = l.line
	head, size, err := l.drop(event.MaxRaw)
	if err != nil {
		return err
	}
	row.Raw = head
	row.Bad = event.TooLargeReject(int(size), l.max)
	return nil
}

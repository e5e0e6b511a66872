package file

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/sources/event"
)

// Inspection is what a look over a whole file tells before it is loaded.
type Inspection struct {
	SHA256 [sha256.Size]byte
	Books  Books
	// Rejects are the first of each cause.
	Rejects map[event.Cause]Rejected
	// FirstDay and LastDay are business days; 0 when no row was accepted.
	FirstDay, LastDay int32
	// Disorder is the most days that a row lies before one above it.
	Disorder int32
	// Shape is a hash of which rows are used, when, and for which customers. The same
	// file has another one where lookup tables or rates have changed its use.
	Shape uint64
}

// Rejected is a row that was rejected, and why.
type Rejected struct {
	// Position is where the row begins: the line, or the row of a Parquet file.
	Position int64
	Why      event.Reject
}

// Inspect reads and maps a whole file, keeping nothing. On an *Error the
// inspection tells of the rows before the damage.
func Inspect(ctx context.Context, in Input) (Inspection, error) {
	var out Inspection
	s, err := openStream(0, in)
	if err != nil {
		return out, err
	}
	defer func() { _ = s.close() }() // only read
	out.Rejects = map[event.Cause]Rejected{}
	s.reject = func(_ int, row event.Row, why *event.Reject) error {
		if _, known := out.Rejects[why.Cause]; !known {
			out.Rejects[why.Cause] = Rejected{Position: row.Position, Why: *why}
		}
		return nil
	}
	shape, line := xxhash.New(), []byte(nil)
	for {
		e, err := s.next(ctx)
		out.Books = s.books
		if errors.Is(err, io.EOF) {
			out.SHA256, _ = s.reader.SHA256()
			out.Shape = shape.Sum64()
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if out.FirstDay == 0 || e.Day < out.FirstDay {
			out.FirstDay = e.Day
		}
		out.Disorder = max(out.Disorder, out.LastDay-e.Day)
		out.LastDay = max(out.LastDay, e.Day)
		line = e.shape(line[:0])
		_, _ = shape.Write(line) // never fails
	}
}

// shape is what of an entry says where it stands among others, and whose it is.
func (e *Entry) shape(b []byte) []byte {
	b = binary.AppendVarint(b, e.Number)
	b = binary.AppendVarint(b, int64(e.Day))
	b = binary.AppendVarint(b, e.Time)
	b = binary.AppendUvarint(b, uint64(len(e.Records)))
	for _, r := range e.Records {
		b = append(binary.AppendUvarint(b, uint64(len(r.Key))), r.Key...)
	}
	return b
}

package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
)

// Inspection is what a look over a whole file tells before it is loaded.
type Inspection struct {
	SHA256 [sha256.Size]byte
	Books  Books
	// FirstDay and LastDay are business days; 0 when no row was accepted.
	FirstDay, LastDay int32
	// Disorder is the most days that a row lies before one above it.
	Disorder int32
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
	for {
		e, err := s.next(ctx)
		out.Books = s.books
		if errors.Is(err, io.EOF) {
			out.SHA256, _ = s.reader.SHA256()
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
	}
}

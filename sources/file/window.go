package file

import (
	"context"
	"fmt"
)

// window orders a file that is in order but for a few days: it holds back the
// entries that a row still to come could stand before. Memory is that of
// disorder + 1 days.
type window struct {
	stream   *stream
	disorder int32
	held     []*Entry
	newest   int32
	// end is what the file ended with: io.EOF, or damage, which is told after all
	// that was read before it.
	end error
}

func (w *window) next(ctx context.Context) (*Entry, error) {
	for w.end == nil && (len(w.held) == 0 || w.held[0].Day >= w.newest-w.disorder) {
		e, err := w.stream.next(ctx)
		if err != nil {
			w.end = err
			break
		}
		if e.Day < w.newest-w.disorder {
			return nil, fmt.Errorf("read %s: row %d lies %d days before one above it, but the file was found to be in order within %d: it has changed since",
				w.stream.input.Path, e.Number, w.newest-e.Day, w.disorder)
		}
		w.newest = max(w.newest, e.Day)
		w.held = push(w.held, e)
	}
	if len(w.held) == 0 {
		return nil, w.end
	}
	var e *Entry
	e, w.held = pop(w.held)
	return e, nil
}

func (w *window) close() error { return w.stream.close() }

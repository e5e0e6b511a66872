package file

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tierwatch/tierwatch/sources/event"
)

// MergeOptions say how files are merged.
type MergeOptions struct {
	// MaxDisorder is how many business days a row may lie before one above it in
	// its file and still be ordered in memory. A file beyond is sorted on disk.
	MaxDisorder int32
	// TempDir takes the sorted runs; empty is the system's.
	TempDir string
	// SortMemory is how much of a file is sorted at a time, bytes; 0 is 64 MiB.
	SortMemory int
	// Inspections of the inputs, as Inspect made them; nil makes NewMerger inspect.
	Inspections []Inspection
	// Sorting is told of a file before it is sorted on disk. May be nil.
	Sorting func(path string, disorder int32)
	// Reject takes the rows that cannot be used, in the order they are read. Its
	// error ends the merge. May be nil.
	Reject func(file int, row event.Row, why *event.Reject) error
}

// Merger gives the entries of several files in the order of (business day, event
// time, file, row). One goroutine owns it; Progress may be called from any.
type Merger struct {
	streams []*stream
	sources []ordered
	heads   []*merging
	failed  error
}

// ordered is a file brought into order.
type ordered interface {
	next(ctx context.Context) (*Entry, error)
	close() error
}

// merging is a file with its next entry.
type merging struct {
	source  ordered
	current *Entry
}

func (m *merging) head() *Entry { return m.current }

// NewMerger opens the inputs and brings each into order: the sorting on disk of
// those that need it happens here. A canceled context ends it between rows.
func NewMerger(ctx context.Context, inputs []Input, o MergeOptions) (*Merger, error) {
	if o.SortMemory == 0 {
		o.SortMemory = 64 << 20
	}
	m := &Merger{}
	for i, in := range inputs {
		if err := m.open(ctx, i, in, &o); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	return m, nil
}

func (m *Merger) open(ctx context.Context, i int, in Input, o *MergeOptions) error {
	var look Inspection
	if i < len(o.Inspections) {
		look = o.Inspections[i]
	} else {
		var err error
		if look, err = Inspect(ctx, in); err != nil {
			return fmt.Errorf("inspect before loading: %w", err)
		}
	}
	s, err := openStream(i, in)
	if err != nil {
		return err
	}
	s.reject = o.Reject
	m.streams = append(m.streams, s)
	var source ordered = &window{stream: s, disorder: o.MaxDisorder}
	if look.Disorder > o.MaxDisorder {
		if o.Sorting != nil {
			o.Sorting(in.Path, look.Disorder)
		}
		runs, err := sortToDisk(ctx, s, o.TempDir, o.SortMemory)
		if err != nil {
			_ = s.close()
			return err
		}
		source = &sortedStream{runs, s}
	}
	m.sources = append(m.sources, source)
	first, err := source.next(ctx)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	m.heads = push(m.heads, &merging{source, first})
	return nil
}

// sortedStream closes the file together with its runs.
type sortedStream struct {
	*sorted
	stream *stream
}

func (s *sortedStream) close() error { return errors.Join(s.sorted.close(), s.stream.close()) }

// Next is the next entry of all files; io.EOF ends. Any other error is final.
func (m *Merger) Next(ctx context.Context) (*Entry, error) {
	if m.failed != nil {
		return nil, m.failed
	}
	if len(m.heads) == 0 {
		return nil, io.EOF
	}
	first := m.heads[0]
	e := first.current
	next, err := first.source.next(ctx)
	switch {
	case err == nil:
		first.current = next
		sink(m.heads)
	case errors.Is(err, io.EOF):
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads = m.heads[:last]
		sink(m.heads)
	default:
		// What was read before the damage is whole and goes out first.
		m.failed = err
	}
	return e, nil
}

// Books are the books of a file so far.
func (m *Merger) Books(file int) Books { return m.streams[file].books }

// Close releases the files and removes what was written to disk.
func (m *Merger) Close() error {
	var errs []error
	for _, s := range m.sources {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

package file

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
)

// sorted orders a file of any disorder: runs of bounded memory are sorted and
// written to disk, then merged.
type sorted struct {
	runs []*run
	dir  string
	end  error // what the file ended with, as for a window
}

// run is one sorted part on disk.
type run struct {
	file    *os.File
	in      *bufio.Reader
	current *Entry
	index   int
}

func (r *run) head() *Entry { return r.current }

// sortToDisk reads the whole stream. The caller closes what it returns, which
// removes the runs.
func sortToDisk(ctx context.Context, s *stream, tempDir string, memory int) (*sorted, error) {
	dir, err := os.MkdirTemp(tempDir, "tierwatch-sort-")
	if err != nil {
		return nil, fmt.Errorf("sort %s on disk: %w", s.input.Path, err)
	}
	out := &sorted{dir: dir}
	if err := out.fill(ctx, s, memory); err != nil {
		return nil, errors.Join(fmt.Errorf("sort %s on disk in %s: %w", s.input.Path, tempDir, err), out.close())
	}
	return out, nil
}

func (o *sorted) fill(ctx context.Context, s *stream, memory int) error {
	var held []*Entry
	size := 0
	for o.end == nil {
		var e *Entry
		if e, o.end = s.next(ctx); o.end == nil {
			held = append(held, e)
			size += e.size
		}
		if size >= memory || o.end != nil && len(held) > 0 {
			if err := o.write(held, s.index); err != nil {
				return err
			}
			clear(held)
			held, size = held[:0], 0
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ready := o.runs
	o.runs = nil
	for i, r := range ready {
		if err := r.advance(); err != nil {
			o.runs = append(o.runs, ready[i:]...)
			return err
		}
		o.runs = push(o.runs, r)
	}
	return nil
}

func (o *sorted) write(held []*Entry, index int) error {
	sort.Slice(held, func(i, j int) bool { return held[i].before(held[j]) })
	f, err := os.CreateTemp(o.dir, "run-")
	if err != nil {
		return err
	}
	o.runs = append(o.runs, &run{file: f, index: index})
	w := bufio.NewWriterSize(f, 1<<20)
	var buf []byte
	for _, e := range held {
		buf = e.encode(buf[:0])
		if _, err := w.Write(binary.AppendUvarint(nil, uint64(len(buf)))); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	o.runs[len(o.runs)-1].in = bufio.NewReaderSize(f, 256<<10)
	return nil
}

func (e *Entry) encode(b []byte) []byte {
	b = binary.AppendVarint(b, int64(e.Day))
	b = binary.AppendVarint(b, e.Time)
	b = binary.AppendVarint(b, e.Number)
	b = binary.AppendUvarint(b, uint64(len(e.Records)))
	for _, r := range e.Records {
		b = append(binary.AppendUvarint(b, uint64(len(r.Key))), r.Key...)
		b = append(binary.AppendUvarint(b, uint64(len(r.Value))), r.Value...)
	}
	return b
}

func decodeEntry(b []byte, index int) *Entry {
	next := func() int64 {
		v, n := binary.Varint(b)
		b = b[n:]
		return v
	}
	bytes := func() []byte {
		v, n := binary.Uvarint(b)
		part := b[n : n+int(v)]
		b = b[n+int(v):]
		return part
	}
	e := &Entry{File: index, Day: int32(next()), Time: next(), Number: next()}
	count, n := binary.Uvarint(b)
	b = b[n:]
	for range count {
		e.Records = append(e.Records, Record{Key: string(bytes()), Value: bytes()})
	}
	return e
}

// advance reads the next entry; current is nil at the end.
func (r *run) advance() error {
	size, err := binary.ReadUvarint(r.in)
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		r.current = nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("read sorted run: %w", err)
	}
	buf := make([]byte, size)
	if _, err := io.ReadFull(r.in, buf); err != nil {
		return fmt.Errorf("read sorted run: %w", err)
	}
	r.current = decodeEntry(buf, r.index)
	return nil
}

func (o *sorted) next(context.Context) (*Entry, error) {
	if len(o.runs) == 0 {
		return nil, o.end
	}
	r := o.runs[0]
	e := r.current
	if err := r.advance(); err != nil {
		return nil, err
	}
	if r.current != nil {
		sink(o.runs)
		return e, nil
	}
	// A run that has ended must leave without being compared.
	last := len(o.runs) - 1
	o.runs[0] = o.runs[last]
	o.runs = o.runs[:last]
	sink(o.runs)
	_ = r.file.Close() // removed with its directory
	return e, nil
}

func (o *sorted) close() error {
	for _, r := range o.runs {
		_ = r.file.Close() // removed below
	}
	o.runs = nil
	return os.RemoveAll(o.dir)
}

package file

import (
	"context"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Mapper turns rows into records; mapping.Mapper is one. A Mapper serves one
// Input, since it is bound to the columns of its file.
type Mapper interface {
	Bind(header []string) error
	Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error)
}

// Input is a file and the mapping of its rows.
type Input struct {
	Path   string
	Format Format
	Mapper Mapper
}

// Entry is what one row gave. Entries are ordered by (Day, Time, File, Number);
// the records of a row are never parted.
type Entry struct {
	// Day and Time (UTC seconds) are those of the row's latest record: a record
	// that comes after its day is late, one that comes before it would be ahead.
	Day  int32
	Time int64
	// File is the index of the input, Number the row's number in it.
	File   int
	Number int64
	// Records are marshalled records of the log, in the order of the mapping.
	Records []Record
	size    int
}

// Record is one record of the log.
type Record struct {
	// Key is the customer.
	Key string
	// Value is a marshalled pb.LogRecord.
	Value []byte
}

func (e *Entry) before(o *Entry) bool {
	switch {
	case e.Day != o.Day:
		return e.Day < o.Day
	case e.Time != o.Time:
		return e.Time < o.Time
	case e.File != o.File:
		return e.File < o.File
	}
	return e.Number < o.Number
}

// Books say what became of the rows of a file: Read is the sum of the others
// but Records.
type Books struct {
	Read, Accepted, Records int64
	Filtered                map[string]int64
	Rejected                map[event.Cause]int64
}

func (b *Books) count(o *event.Outcome) {
	b.Read++
	switch o.Verdict {
	case event.Accepted:
		b.Accepted++
		b.Records += int64(o.Records)
	case event.Filtered:
		if b.Filtered == nil {
			b.Filtered = map[string]int64{}
		}
		b.Filtered[o.Reason]++
	case event.Rejected:
		if b.Rejected == nil {
			b.Rejected = map[event.Cause]int64{}
		}
		b.Rejected[o.Reject.Cause]++
	}
}

// stream gives the entries of one file as they stand in it.
type stream struct {
	index  int
	input  Input
	reader *Reader
	books  Books
	reject func(file int, row event.Row, why *event.Reject) error
}

func openStream(index int, in Input) (*stream, error) {
	r, err := Open(in.Path, in.Format)
	if err != nil {
		return nil, err
	}
	if err := in.Mapper.Bind(r.Header()); err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("bind %s: %w", in.Path, err)
	}
	return &stream{index: index, input: in, reader: r}, nil
}

// next is the entry of the next row that is accepted; io.EOF ends.
func (s *stream) next(ctx context.Context) (*Entry, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", s.input.Path, err)
		}
		row, err := s.reader.Next()
		if err != nil {
			return nil, err
		}
		e := &Entry{File: s.index, Number: row.Number}
		out, err := s.input.Mapper.Row(row, func(r *pb.LogRecord) error { return e.add(r) })
		if err != nil {
			return nil, fmt.Errorf("map %s: row %d: %w", s.input.Path, row.Number, err)
		}
		s.books.count(&out)
		if out.Verdict == event.Rejected && s.reject != nil {
			if err := s.reject(s.index, row, out.Reject); err != nil {
				return nil, err
			}
		}
		if out.Verdict == event.Accepted {
			return e, nil
		}
	}
}

func (e *Entry) add(r *pb.LogRecord) error {
	customer, day, at := event.Head(r)
	value, err := r.MarshalVT()
	if err != nil {
		return fmt.Errorf("marshal record: %w", err)
	}
	if day > e.Day || day == e.Day && at > e.Time {
		e.Day, e.Time = day, at
	}
	e.Records = append(e.Records, Record{Key: string([]byte(customer)), Value: value})
	e.size += len(value) + len(customer) + 100
	return nil
}

func (s *stream) close() error { return s.reader.Close() }

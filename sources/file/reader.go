package file

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/tierwatch/tierwatch/sources/event"
)

// Reader reads the rows of one file. One goroutine owns it; Progress may be
// called from any.
type Reader struct {
	path   string
	name   string
	format Format
	file   *os.File
	size   int64
	read   atomic.Int64
	sum    hash.Hash
	rows   int64
	header []string
	done   bool
	whole  bool // read to its end, without damage
	rowSource
	closeUnpack func()
	raw         *bufio.Reader
}

// rowSource is one format's way to the next row. It fills everything of the row
// but Name and Number. io.EOF ends; io errors come after all whole rows.
type rowSource interface {
	next(row *event.Row) error
}

// Open opens a file and reads its header. A file that is damaged already there
// is an *Error.
func Open(path string, format Format) (*Reader, error) {
	if format.MaxBytes == 0 {
		format.MaxBytes = event.DefaultMaxBytes
	}
	if format.Separator == 0 {
		format.Separator = ','
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		_ = f.Close()
		if err == nil {
			err = errors.New("is a directory")
		}
		return nil, fmt.Errorf("open data file %s: %w", path, err)
	}
	r := &Reader{path: path, name: filepath.Base(path), format: format, file: f, size: info.Size(), sum: sha256.New(), closeUnpack: func() {}}
	if err := r.open(); err != nil {
		_ = r.Close()
		return nil, r.fail(err)
	}
	return r, nil
}

func (r *Reader) open() error {
	if r.format.Kind == Parquet {
		source, header, err := openParquet(r)
		r.rowSource, r.header = source, header
		return err
	}
	r.raw = bufio.NewReaderSize(counted{r}, 256<<10)
	plain, closeUnpack, err := unpack(r.name, r.raw)
	if err != nil {
		return err
	}
	r.closeUnpack = closeUnpack
	text, err := decoded(plain, r.format.Encoding)
	if err != nil {
		return err
	}
	lines := newLines(text, r.format.MaxBytes)
	switch r.format.Kind {
	case JSONL:
		r.rowSource = &jsonRows{lines: lines}
	case CSV:
		rows := &csvRows{lines: lines, separator: r.format.Separator}
		r.rowSource = rows
		return r.csvHeader(rows)
	case Parquet:
	default:
		return errors.New("say the format: csv, jsonl or parquet")
	}
	return nil
}

// csvHeader reads the names of the columns, or takes the mapping's.
func (r *Reader) csvHeader(rows *csvRows) error {
	if r.format.NoHeader {
		r.header = r.format.Columns
		return nil
	}
	var row event.Row
	switch err := rows.next(&row); {
	case errors.Is(err, io.EOF):
		return errors.New("the file is empty: no header")
	case err != nil:
		return err
	case row.Bad != nil:
		return fmt.Errorf("the header cannot be read: %w", row.Bad)
	}
	for _, c := range row.Cells {
		r.header = append(r.header, strings.TrimSpace(string(c.Text)))
	}
	return nil
}

// counted reads the file, counting and hashing.
type counted struct{ r *Reader }

func (c counted) Read(p []byte) (int, error) {
	n, err := c.r.file.Read(p)
	c.r.read.Add(int64(n))
	_, _ = c.r.sum.Write(p[:n]) // never fails
	return n, err
}

func (r *Reader) fail(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the file is cut short, fetch it again: %w", err)
	}
	return &Error{Path: r.path, Offset: r.read.Load(), Rows: r.rows, Err: err}
}

// Header names the columns of CSV and Parquet files; nil for JSONL.
func (r *Reader) Header() []string { return r.header }

// Next reads the next row; its bytes are valid until the following call. io.EOF
// ends the file. Any other error is an *Error and final.
func (r *Reader) Next() (event.Row, error) {
	var row event.Row
	if r.done {
		return row, io.EOF
	}
	if err := r.next(&row); err != nil {
		r.done = true
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			if err := r.finish(); err != nil {
				return event.Row{}, r.fail(err)
			}
			r.whole = true
			return event.Row{}, io.EOF
		}
		return event.Row{}, r.fail(err)
	}
	r.rows++
	row.Name, row.Number = r.name, r.rows
	return row, nil
}

// finish hashes what the format had no need to read: what follows an archive, or
// all of a Parquet file, whose parts are read in no order.
func (r *Reader) finish() error {
	if r.raw != nil {
		_, err := io.Copy(io.Discard, r.raw)
		return err
	}
	_, err := io.Copy(r.sum, io.NewSectionReader(r.file, 0, r.size))
	r.read.Store(r.size)
	return err
}

// Skip passes over rows until number of them are behind; it errors as Next, with
// io.EOF if there are fewer.
func (r *Reader) Skip(number int64) error {
	for r.rows < number {
		if _, err := r.Next(); err != nil {
			return err
		}
	}
	return nil
}

// Progress tells how much of the file (compressed, if it is) was read.
func (r *Reader) Progress() (read, total int64) { return r.read.Load(), r.size }

// SHA256 is the hash of the whole file; ok is false before Next gave io.EOF.
func (r *Reader) SHA256() (sum [sha256.Size]byte, ok bool) {
	if !r.whole {
		return sum, false
	}
	copy(sum[:], r.sum.Sum(nil))
	return sum, true
}

// Close releases the file.
func (r *Reader) Close() error {
	r.closeUnpack()
	if p, ok := r.rowSource.(*parquetRows); ok {
		p.close()
	}
	return r.file.Close()
}

package snapshot

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
)

// Reader reads a file of a snapshot.
type Reader struct {
	Header
	in      *bufio.Reader
	sum     *xxhash.Digest
	records uint64
}

// NewReader reads the header. What cannot be one is ErrDamaged or ErrNewer.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 1<<20), sum: xxhash.New()}
	begin, err := r.take(len(magic)+1, "its beginning")
	if err != nil {
		return nil, err
	}
	if string(begin[:len(magic)]) != magic {
		return nil, fmt.Errorf("it begins with %q, not with %q: %w", begin[:len(magic)], magic, ErrDamaged)
	}
	if f := begin[len(magic)]; f == 0 || f > Format {
		return nil, fmt.Errorf("format %d, known are 1 to %d: %w", f, Format, ErrNewer)
	}
	size, err := r.take(4, "the header")
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size)
	if n > headerMost {
		return nil, fmt.Errorf("a header of %d bytes: %w", n, ErrDamaged)
	}
	text, err := r.take(int(n), "the header")
	if err != nil {
		return nil, err
	}
	return r, r.decode(text)
}

// Next gives the next record, whose memory is the caller's; io.EOF behind the last,
// when the number of records and the checksum are those of the file. Until then
// nothing is sure.
func (r *Reader) Next() (key, value []byte, err error) {
	n, err := r.length(keyMost, "a key")
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, r.end()
	}
	if key, err = r.take(n, "a key"); err != nil {
		return nil, nil, err
	}
	if n, err = r.length(valueMost, "a value"); err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, fmt.Errorf("state record %.100q is empty: %w", key, ErrDamaged)
	}
	if value, err = r.take(n, "a value"); err != nil {
		return nil, nil, err
	}
	r.records++
	return key, value, nil
}

// end checks what stands behind the records; io.EOF says that all is well.
func (r *Reader) end() error {
	count, err := r.take(8, "the number of records")
	if err != nil {
		return err
	}
	if n := binary.LittleEndian.Uint64(count); n != r.records {
		return fmt.Errorf("%d records, the file tells of %d: %w", r.records, n, ErrDamaged)
	}
	want := r.sum.Sum64()
	sum, err := r.take(8, "the checksum")
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint64(sum) != want {
		return fmt.Errorf("the checksum does not match: %w", ErrDamaged)
	}
	if _, err := r.in.ReadByte(); err == nil {
		return fmt.Errorf("bytes follow its end: %w", ErrDamaged)
	} else if !errors.Is(err, io.EOF) {
		return fmt.Errorf("read: %w", err)
	}
	return io.EOF
}

// length reads a varint of at most most.
func (r *Reader) length(most uint64, of string) (int, error) {
	var b [binary.MaxVarintLen64]byte
	for i := range b {
		c, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("it ends before %s: %w", of, ErrDamaged)
		}
		if err != nil {
			return 0, fmt.Errorf("read the length of %s: %w", of, err)
		}
		if b[i] = c; c >= 0x80 {
			continue
		}
		_, _ = r.sum.Write(b[:i+1]) // never fails
		if n, used := binary.Uvarint(b[:i+1]); used > 0 && n <= most {
			return int(n), nil
		}
		break
	}
	return 0, fmt.Errorf("the length of %s is none: %w", of, ErrDamaged)
}

// atOnce is how much memory a length alone is worth.
const atOnce = 1 << 20

// take reads n bytes of what.
func (r *Reader) take(n int, what string) ([]byte, error) {
	b := make([]byte, 0, min(n, atOnce))
	for len(b) < n {
		from := len(b)
		b = append(b, make([]byte, min(n-from, atOnce))...)
		_, err := io.ReadFull(r.in, b[from:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("it ends in the midst of %s: %w", what, ErrDamaged)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
	}
	_, _ = r.sum.Write(b) // never fails
	return b, nil
}

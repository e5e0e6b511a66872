package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"github.com/cespare/xxhash/v2"
)

// The ways in which a record cannot be read.
var (
	ErrDamaged = errors.New("state record is damaged")
	ErrNewer   = errors.New("state record has a newer format than this program knows")
)

// Format is the format of what this program writes. A field that is added is read
// only where Coder.Format is at least that which brought it.
//
//  1. varints throughout.
//  2. entries, movements and results: days as steps from the one before, hashes as
//     they are, small fields together.
//  3. records too large for one are cut into parts; openings are marked among the
//     movements; a customer's flags tell how far back he is booked.
//  4. a result of a period has the tiers of the rules that decided it, whose version it
//     tells; before, those of the rules that the customer had been brought to.
//  5. lifts between periods are kept beside the results.
const Format = 5

// header is format and checksum.
const header = 1 + 8

// Coder writes, or reads, one record after the other. Errors stick: after the
// first, what is read is zero, and Err tells it.
type Coder struct {
	// Format of what is read; of what is written always the newest.
	Format  uint8
	reading bool
	b       []byte
	at      int // of what is read, the next byte
	err     error
}

// Writer begins a record behind what b holds; see Seal.
func Writer(b []byte) Coder {
	return Coder{Format: Format, b: append(b, make([]byte, header)...)}
}

// Seal ends the record that Writer began at place from of the buffer, and gives
// the buffer back.
func (c *Coder) Seal(from int) []byte {
	r := c.b[from:]
	r[0] = Format
	binary.LittleEndian.PutUint64(r[1:], checksum(Format, r[header:]))
	return c.b
}

// checksum covers the format too, from the second one on: else a damaged format would
// be taken for that of an older record.
func checksum(format uint8, body []byte) uint64 { return xxhash.Sum64(body) + uint64(format) - 1 }

// Open begins to read a sealed record.
func Open(record []byte) (Coder, error) {
	if len(record) < header {
		return Coder{}, fmt.Errorf("%d bytes, no header: %w", len(record), ErrDamaged)
	}
	if f := record[0]; f == 0 || f > Format {
		return Coder{}, fmt.Errorf("format %d, known are 1 to %d: %w", f, Format, ErrNewer)
	}
	if binary.LittleEndian.Uint64(record[1:]) != checksum(record[0], record[header:]) {
		return Coder{}, fmt.Errorf("checksum does not match: %w", ErrDamaged)
	}
	return Coder{Format: record[0], reading: true, b: record[header:]}, nil
}

// Reading tells whether pointers are filled.
func (c *Coder) Reading() bool { return c.reading }

// Err is the first error.
func (c *Coder) Err() error { return c.err }

// Fail makes err the error, if there is none yet: what was read makes no sense.
func (c *Coder) Fail(err error) {
	if c.err == nil {
		c.err = err
		c.b, c.at = nil, 0
	}
}

// Close is Err, or that bytes are left that nobody read.
func (c *Coder) Close() error {
	if c.err == nil && c.at < len(c.b) {
		return fmt.Errorf("%d bytes too many: %w", len(c.b)-c.at, ErrDamaged)
	}
	return c.err
}

// Number is any integer type.
type Number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int8 | ~int16 | ~int32 | ~int64
}

// Unsigned is a number that is rarely negative: a count, a day, an enumeration.
func Unsigned[T Number](c *Coder, p *T) {
	if !c.reading {
		c.b = appendUvarint(c.b, uint64(*p))
		return
	}
	v, ok := c.short()
	if !ok {
		v = c.longUvarint()
	}
	if *p = T(v); uint64(*p) != v {
		c.tooLarge(v)
	}
}

// Signed is a number of either sign.
func Signed[T Number](c *Coder, p *T) {
	if !c.reading {
		v := int64(*p)
		c.b = appendUvarint(c.b, uint64(v)<<1^uint64(v>>63))
		return
	}
	u, ok := c.short()
	if !ok {
		u = c.longUvarint()
	}
	v := int64(u>>1) ^ -int64(u&1)
	if *p = T(v); int64(*p) != v {
		c.tooLarge(v)
	}
}

// Fixed is a hash: eight bytes.
func (c *Coder) Fixed(p *uint64) {
	if !c.reading {
		c.b = binary.LittleEndian.AppendUint64(c.b, *p)
		return
	}
	if len(c.b)-c.at < 8 {
		c.Fail(fmt.Errorf("a hash is cut short: %w", ErrDamaged))
		*p = 0
		return
	}
	*p = binary.LittleEndian.Uint64(c.b[c.at:])
	c.at += 8
}

// Fixed32 is half a hash: four bytes.
func (c *Coder) Fixed32(p *uint32) {
	if !c.reading {
		c.b = binary.LittleEndian.AppendUint32(c.b, *p)
		return
	}
	if len(c.b)-c.at < 4 {
		c.Fail(fmt.Errorf("a hash is cut short: %w", ErrDamaged))
		*p = 0
		return
	}
	*p = binary.LittleEndian.Uint32(c.b[c.at:])
	c.at += 4
}

// Step is a number that is told by how far it lies above another; it may lie below.
func Step(c *Coder, p *uint16, from uint16) {
	d := *p - from
	Unsigned(c, &d)
	*p = from + d
}

// Bool is a truth.
func (c *Coder) Bool(p *bool) {
	if !c.reading {
		n := byte(0)
		if *p {
			n = 1
		}
		c.b = append(c.b, n)
		return
	}
	n := c.uvarint()
	if *p = n == 1; n > 1 {
		c.tooLarge(n)
	}
}

// Text is a string. What is read shares memory with the record.
func (c *Coder) Text(p *string) {
	n := c.Len(len(*p))
	if !c.reading {
		c.b = append(c.b, *p...)
		return
	}
	*p = ""
	if n > 0 {
		*p = unsafe.String(&c.b[c.at], n)
		c.at += n
	}
}

// Len is the length of a list, each element of which takes a byte at least.
func (c *Coder) Len(n int) int {
	if !c.reading {
		c.b = appendUvarint(c.b, uint64(n))
		return n
	}
	u := c.uvarint()
	if u > uint64(len(c.b)-c.at) {
		c.Fail(fmt.Errorf("a list of %d does not fit: %w", u, ErrDamaged))
		return 0
	}
	return int(u)
}

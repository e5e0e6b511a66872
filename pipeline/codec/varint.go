package codec

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A restore is mostly the reading of varints, so they are read with few branches: one
// byte at once, up to eight from one word, the rest by the library.

// uvarint reads a number; 0 after an error.
func (c *Coder) uvarint() uint64 {
	if v, ok := c.short(); ok {
		return v
	}
	return c.longUvarint()
}

// short reads a number of one byte, if that is what comes.
func (c *Coder) short() (v uint64, ok bool) {
	if c.at < len(c.b) && c.b[c.at] < 0x80 {
		c.at++
		return uint64(c.b[c.at-1]), true
	}
	return 0, false
}

// more are the bits that say that a number goes on in the next byte.
const more = 0x8080_8080_8080_8080

func (c *Coder) longUvarint() uint64 {
	if len(c.b)-c.at >= 8 {
		w := binary.LittleEndian.Uint64(c.b[c.at:])
		if ends := ^w & more; ends != 0 {
			last := bits.TrailingZeros64(ends) // the highest bit of the last byte
			c.at += last/8 + 1
			w &= 1<<last - 1
			// Groups of 7 bits move together: pairs, fours, all eight.
			w = w&0x007f_007f_007f_007f | w&0x7f00_7f00_7f00_7f00>>1
			w = w&0x0000_3fff_0000_3fff | w&0x3fff_0000_3fff_0000>>2
			return w&0x0000_0000_0fff_ffff | w&0x0fff_ffff_0000_0000>>4
		}
	}
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		c.Fail(fmt.Errorf("a number is cut short: %w", ErrDamaged))
		return 0
	}
	c.at += n
	return v
}

// tooLarge is kept out of the readers' way.
//
//go:noinline
func (c *Coder) tooLarge(v any) {
	c.Fail(fmt.Errorf("number %d is too large for its field: %w", v, ErrDamaged))
}

func appendUvarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}

package clickhouse

import (
	"math"

	"github.com/ClickHouse/ch-go/proto"
)

// dictionary numbers the different words of a column in the order in which they
// come; 0 is the empty word.
type dictionary struct {
	keys  map[string]uint32
	words []string
	last  uint32
}

func newDictionary() dictionary {
	return dictionary{keys: map[string]uint32{"": 0}, words: []string{""}}
}

// key numbers a word, which is copied if it is new. Words mostly follow their like.
func (d *dictionary) key(word []byte) uint32 {
	if d.words[d.last] == string(word) {
		return d.last
	}
	key, ok := d.keys[string(word)]
	if !ok {
		key = uint32(len(d.words))
		d.words = append(d.words, string(word))
		d.keys[d.words[key]] = key
	}
	d.last = key
	return key
}

func (d *dictionary) reset() {
	clear(d.keys)
	d.keys[""] = 0
	clear(d.words)
	d.words, d.last = d.words[:1], 0
}

// words are a LowCardinality(String). get appends to the bytes it is given.
type words[R any] struct {
	get  func(r *R, to []byte) []byte
	dict dictionary
	keys []uint32
	word []byte // of the row that is added
}

func (c *words[R]) add(r *R) {
	c.word = c.get(r, c.word[:0])
	c.keys = append(c.keys, c.dict.key(c.word))
}

func (c *words[R]) repeat(other cells[R], i int) {
	o := other.(*words[R])
	c.word = append(c.word[:0], o.dict.words[o.keys[i]]...)
	c.keys = append(c.keys, c.dict.key(c.word))
}

func (c *words[R]) some() bool { return len(c.dict.words) > 1 }

func (c *words[R]) part(lo, hi int) payload { return coded{c.dict.words, c.keys[lo:hi]} }

func (c *words[R]) reset() {
	c.dict.reset()
	c.keys = c.keys[:0]
}

// coded is a LowCardinality column on the wire: a dictionary and a number a row.
type coded struct {
	words []string
	keys  []uint32
}

// The parts of the header of a LowCardinality column: the version of its keys, then,
// with the width of a number, that the block brings a dictionary of its own.
const (
	keysVersion   = 1
	ownDictionary = 1<<9 | 1<<10
	width8        = 0
	width16       = 1
	width32       = 2
)

func (coded) prefix(b *proto.Buffer) { b.PutInt64(keysVersion) }

func (c coded) encode(b *proto.Buffer) {
	if len(c.keys) == 0 {
		return // the format has nothing at all then
	}
	width := int64(width32)
	switch n := len(c.words); {
	case n <= math.MaxUint8+1:
		width = width8
	case n <= math.MaxUint16+1:
		width = width16
	}
	b.PutInt64(ownDictionary | width)
	b.PutInt64(int64(len(c.words)))
	for _, w := range c.words {
		b.PutString(w)
	}
	b.PutInt64(int64(len(c.keys)))
	switch width {
	case width8:
		for _, k := range c.keys {
			b.PutUInt8(uint8(k))
		}
	case width16:
		for _, k := range c.keys {
			b.PutUInt16(uint16(k))
		}
	default:
		for _, k := range c.keys {
			b.PutUInt32(k)
		}
	}
}

package clickhouse

import "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

// texts are strings, end to end in one buffer. get appends to it.
type texts[R any] struct {
	get  func(r *R, to []byte) []byte
	all  []byte
	ends []int
}

func (c *texts[R]) add(r *R) {
	c.all = c.get(r, c.all)
	c.ends = append(c.ends, len(c.all))
}

func (c *texts[R]) repeat(other cells[R], i int) {
	o := other.(*texts[R])
	c.all = append(c.all, o.all[start(o.ends, i):o.ends[i]]...)
	c.ends = append(c.ends, len(c.all))
}

func (c *texts[R]) some() bool { return len(c.all) > 0 }

func (c *texts[R]) size() (used, room int) {
	used, room = sizeOf(c.ends)
	return used + len(c.all), room + cap(c.all)
}

func (c *texts[R]) reset() { c.all, c.ends = c.all[:0], c.ends[:0] }

// send makes one string of many rows and cuts it: one allocation for all of them.
func (c *texts[R]) send(to driver.BatchColumn, lo, hi int) error {
	values := make([]string, 0, min(piece, hi-lo))
	return pieces(lo, hi, func(lo, hi int) error {
		values = values[:0]
		first := start(c.ends, lo)
		rows := string(c.all[first:c.ends[hi-1]])
		from := 0
		for _, end := range c.ends[lo:hi] {
			values = append(values, rows[from:end-first])
			from = end - first
		}
		return to.Append(values)
	})
}

// start is where row i begins of rows that end at ends.
func start(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// words are a LowCardinality(String): the different words in the order in which they
// come, and for each row which of them. get appends to the bytes it is given.
type words[R any] struct {
	get  func(r *R, to []byte) []byte
	keys map[string]uint32
	list []string // the first is the empty word
	rows []uint32
	last uint32
	word []byte // of the row that is added
}

func newWords[R any](get func(r *R, to []byte) []byte) *words[R] {
	return &words[R]{get: get, keys: map[string]uint32{"": 0}, list: []string{""}}
}

func (c *words[R]) add(r *R) {
	c.word = c.get(r, c.word[:0])
	c.rows = append(c.rows, c.key(c.word))
}

func (c *words[R]) repeat(other cells[R], i int) {
	o := other.(*words[R])
	c.word = append(c.word[:0], o.list[o.rows[i]]...)
	c.rows = append(c.rows, c.key(c.word))
}

// key numbers a word, which is copied if it is new. Words mostly follow their like.
func (c *words[R]) key(word []byte) uint32 {
	if c.list[c.last] == string(word) {
		return c.last
	}
	key, ok := c.keys[string(word)]
	if !ok {
		key = uint32(len(c.list))
		c.list = append(c.list, string(word))
		c.keys[c.list[key]] = key
	}
	c.last = key
	return key
}

func (c *words[R]) some() bool { return len(c.list) > 1 }

// size takes the words for short.
func (c *words[R]) size() (used, room int) {
	used, room = sizeOf(c.rows)
	return used + wordSize*(len(c.list)-1), room + wordSize*cap(c.list) // the empty word is none
}

// wordSize is about what a word takes with its place in list and map.
const wordSize = 80

func (c *words[R]) reset() {
	clear(c.keys)
	c.keys[""] = 0
	clear(c.list)
	c.list, c.rows, c.last = c.list[:1], c.rows[:0], 0
}

// send gives each word as one and the same pointer: the driver looks up every value
// in a map, and a pointer costs it neither an allocation nor a hash over the bytes.
// No pointer is the empty word.
func (c *words[R]) send(to driver.BatchColumn, lo, hi int) error {
	pointers := make([]*string, 0, min(piece, hi-lo))
	return pieces(lo, hi, func(lo, hi int) error {
		pointers = pointers[:0]
		for _, key := range c.rows[lo:hi] {
			var p *string
			if key > 0 {
				p = &c.list[key]
			}
			pointers = append(pointers, p)
		}
		return to.Append(pointers)
	})
}

package ledger

import "unsafe"

// Text names a string of Texts; the zero Text is "".
type Text uint64

// Texts is an append-only store of short strings (ids, names). A replaced string
// leaves its bytes behind: ids never change and profiles rarely.
type Texts struct {
	chunks [][]byte
	bytes  int64
}

const textChunk = 1 << 20

// Longest is the most bytes of a text that are kept.
const Longest = 1<<16 - 1

// Add stores the first Longest bytes of s and names them.
func (t *Texts) Add(s string) Text {
	if s == "" {
		return 0
	}
	s = s[:min(len(s), Longest)]
	n := len(t.chunks)
	if n == 0 || len(t.chunks[n-1])+len(s) > cap(t.chunks[n-1]) {
		size := textChunk
		if n == 0 {
			size = 1 << 14
		}
		t.chunks = append(t.chunks, make([]byte, 0, max(size, len(s))))
		t.bytes += int64(max(size, len(s)))
		n++
	}
	off := len(t.chunks[n-1])
	t.chunks[n-1] = append(t.chunks[n-1], s...)
	return Text(uint64(n-1)<<40 | uint64(off)<<16 | uint64(len(s)))
}

// Get is the string; it shares memory with the store and never changes.
func (t *Texts) Get(x Text) string {
	n := int(x & 0xffff)
	if n == 0 {
		return ""
	}
	off := int(x >> 16 & 0xffffff)
	b := t.chunks[x>>40][off : off+n]
	return unsafe.String(&b[0], n)
}

// Bytes is the memory held.
func (t *Texts) Bytes() int64 { return t.bytes }

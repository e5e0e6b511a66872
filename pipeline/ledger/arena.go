package ledger

import (
	"math/bits"
	"unsafe"
)

// Ref names a block of an Arena; the zero Ref is no block.
type Ref uint32

const (
	indexBits  = 26
	indexMask  = 1<<indexBits - 1
	chunkElems = 1024
	numClasses = 48
)

// Arena hands out blocks of pointer-free elements of two bytes or more in size
// classes (1, 2, 3, 4, 6, 8, 12 …), so that the garbage collector sees a few big
// slices and no per-customer object. A freed block is used again by its class; a chunk
// of which no block is in use goes back to the system, since customers who grow alike
// leave whole chunks of the smaller classes behind.
type Arena[T any] struct {
	classes [numClasses]slab[T]
	bytes   int64
}

// slab is the memory of one class. Every chunk that has room is in open, and so may
// be some that have none any more.
type slab[T any] struct {
	chunks [][]T
	use    []chunkUse
	open   []uint32
	// gone are the chunks given back; their numbers are used again.
	gone []uint32
	// spare is the number + 1 of a chunk kept although no block of it is in use, so
	// that one block taken and freed in turn costs no memory each time.
	spare uint32
}

// chunkUse tells which blocks of a chunk are in use: the first next ones but for the
// free ones. free is the number + 1 of a free block, which begins with that of the
// next one: whoever frees a block has it in the processor's cache, a list beside the
// blocks would not be there.
type chunkUse struct {
	free, next, used uint16
	open             bool
}

// link is where a free block names the next one.
func link[T any](block []T) *uint16 { return (*uint16)(unsafe.Pointer(&block[0])) }

func classFor(n int) int {
	if n <= 2 {
		return n - 1
	}
	k := bits.Len(uint(n - 1)) // 2^(k-1) < n <= 2^k
	if n <= 3<<(k-2) {
		return 2*k - 2
	}
	return 2*k - 1
}

var (
	caps   [numClasses]int
	shifts [numClasses]uint
)

func init() {
	for c := range caps {
		caps[c] = capOf(c)
		if n := chunkElems / caps[c]; n > 1 {
			shifts[c] = uint(bits.Len(uint(n)) - 1)
		}
	}
}

func classCap(c int) int { return caps[c] }

func perChunkShift(c int) uint { return shifts[c] }

func capOf(c int) int {
	if c == 0 {
		return 1
	}
	if c%2 == 1 {
		return 1 << ((c + 1) / 2)
	}
	return 3 << (c/2 - 1)
}

// Alloc gives a zeroed block of at least n >= 1 elements.
func (a *Arena[T]) Alloc(n int) Ref {
	c := classFor(n)
	s := &a.classes[c]
	j := a.room(c)
	u := &s.use[j]
	u.used++
	if s.spare == j+1 {
		s.spare = 0
	}
	if u.free > 0 {
		r := refOf(c, j, u.free-1)
		b := a.Block(r)
		u.free = *link(b)
		clear(b)
		return r
	}
	u.next++
	return refOf(c, j, u.next-1)
}

// refOf names block i of chunk j.
func refOf(class int, j uint32, i uint16) Ref {
	n := j<<perChunkShift(class) + uint32(i) + 1
	if n > indexMask {
		// 67 M blocks of a class in one partition: memory ends long before.
		panic("ledger: arena is full")
	}
	return Ref(uint32(class)<<indexBits | n)
}

// room is a chunk of the class with a block to give.
func (a *Arena[T]) room(c int) uint32 {
	s := &a.classes[c]
	for k := len(s.open); k > 0; k = len(s.open) {
		j := s.open[k-1]
		if u := &s.use[j]; s.chunks[j] != nil && (u.free > 0 || int(u.next) < 1<<perChunkShift(c)) {
			return j
		}
		s.use[j].open = false
		s.open = s.open[:k-1]
	}
	j := uint32(len(s.chunks))
	if k := len(s.gone); k > 0 {
		j = s.gone[k-1]
		s.gone = s.gone[:k-1]
	} else {
		s.chunks, s.use = append(s.chunks, nil), append(s.use, chunkUse{})
	}
	s.chunks[j] = make([]T, classCap(c)<<perChunkShift(c))
	s.use[j] = chunkUse{open: true}
	s.open = append(s.open, j)
	a.bytes += chunkBytes[T](c)
	return j
}

func chunkBytes[T any](class int) int64 {
	var t T
	return int64(classCap(class)<<perChunkShift(class)) * int64(unsafe.Sizeof(t))
}

// Block is the whole block of r; nil for the zero Ref.
func (a *Arena[T]) Block(r Ref) []T {
	if r == 0 {
		return nil
	}
	c := int(r >> indexBits)
	i := uint32(r)&indexMask - 1
	shift, n := perChunkShift(c), classCap(c)
	ch := a.classes[c].chunks[i>>shift]
	at := int(i&(1<<shift-1)) * n
	return ch[at : at+n : at+n]
}

// Cap is the number of elements of r's block.
func (a *Arena[T]) Cap(r Ref) int {
	if r == 0 {
		return 0
	}
	return classCap(int(r >> indexBits))
}

// Grow gives a block for need elements that begins with the first n of r, and
// frees r if it moved.
func (a *Arena[T]) Grow(r Ref, n, need int) Ref {
	if need <= a.Cap(r) {
		return r
	}
	fresh := a.Alloc(need)
	copy(a.Block(fresh), a.Block(r)[:n])
	a.Free(r)
	return fresh
}

// Free gives the block back; the zero Ref is allowed.
func (a *Arena[T]) Free(r Ref) {
	if r == 0 {
		return
	}
	c := int(r >> indexBits)
	s := &a.classes[c]
	i := uint32(r)&indexMask - 1
	j := i >> perChunkShift(c)
	u := &s.use[j]
	*link(a.Block(r)) = u.free
	u.free = uint16(i&(1<<perChunkShift(c)-1)) + 1
	if u.used--; u.used == 0 {
		if s.spare != 0 {
			s.chunks[j], u.free = nil, 0
			s.gone = append(s.gone, j)
			a.bytes -= chunkBytes[T](c)
			return
		}
		s.spare = j + 1
	}
	if !u.open {
		u.open = true
		s.open = append(s.open, j)
	}
}

// Bytes is the memory the slabs hold.
func (a *Arena[T]) Bytes() int64 { return a.bytes }

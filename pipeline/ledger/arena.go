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

// Arena hands out blocks of pointer-free elements in size classes (1, 2, 3, 4,
// 6, 8, 12 …), so that the garbage collector sees a few big slices and no
// per-customer object. A freed block is reused by its class.
type Arena[T any] struct {
	classes [numClasses]slab[T]
	bytes   int64
}

type slab[T any] struct {
	chunks [][]T
	next   uint32
	free   []uint32
}

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
	if k := len(s.free); k > 0 {
		i := s.free[k-1]
		s.free = s.free[:k-1]
		r := Ref(uint32(c)<<indexBits | (i + 1))
		clear(a.Block(r))
		return r
	}
	shift := perChunkShift(c)
	if s.next>>shift == uint32(len(s.chunks)) {
		s.chunks = append(s.chunks, make([]T, classCap(c)<<shift))
		var t T
		a.bytes += int64(classCap(c)<<shift) * int64(unsafe.Sizeof(t))
	}
	i := s.next
	s.next++
	// Bounded by indexMask: 67 M blocks of one class in one partition.
	return Ref(uint32(c)<<indexBits | (i + 1))
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
	s := &a.classes[r>>indexBits]
	s.free = append(s.free, uint32(r)&indexMask-1)
}

// Bytes is the memory the slabs hold.
func (a *Arena[T]) Bytes() int64 { return a.bytes }

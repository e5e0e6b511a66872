package clickhouse

import (
	"math/big"
	"time"
)

// column is one column of a table: its name, the name of its type family (checked
// against the real schema by a test) and how it gathers values.
type column[R any] struct {
	name string
	kind string
	make func() filler[R]
}

// filler gathers the values of one column for the rows of a batch.
type filler[R any] interface {
	add(row *R)
	// set replaces the value of row i.
	set(i int, row *R)
	// values returns rows lo to hi as the slice that the driver appends.
	values(lo, hi int) any
	// plain tells that every value so far is the type's default, so the column
	// can be left out of the insert.
	plain() bool
}

// scalar is the filler of comparable values.
type scalar[R any, T comparable] struct {
	get  func(*R) T
	list []T
	used bool
}

func (s *scalar[R, T]) add(row *R) {
	v := s.get(row)
	var zero T
	if v != zero {
		s.used = true
	}
	s.list = append(s.list, v)
}

func (s *scalar[R, T]) set(i int, row *R) {
	v := s.get(row)
	var zero T
	if v != zero {
		s.used = true
	}
	s.list[i] = v
}

func (s *scalar[R, T]) values(lo, hi int) any { return s.list[lo:hi] }
func (s *scalar[R, T]) plain() bool           { return !s.used }

func scalarOf[R any, T comparable](name, kind string, get func(*R) T) column[R] {
	return column[R]{name: name, kind: kind, make: func() filler[R] { return &scalar[R, T]{get: get} }}
}

// dated is the filler of dates; the driver takes them as time.Time.
type dated[R any] struct {
	scalar[R, int32]
	date32, optional bool
}

func (d *dated[R]) values(lo, hi int) any {
	low, high := firstDate, lastDate
	if d.date32 {
		low, high = firstDate32, lastDate32
	}
	days := d.list[lo:hi]
	list := make([]time.Time, len(days))
	for i, day := range days {
		list[i] = time.Unix(int64(min(max(day, low), high))*86400, 0).UTC()
	}
	if !d.optional {
		return list
	}
	pointers := make([]*time.Time, len(list))
	for i, day := range days {
		if day != 0 {
			pointers[i] = &list[i]
		}
	}
	return pointers
}

// Days that ClickHouse can hold; days outside are moved to the nearest.
const (
	firstDate   int32 = 0      // 1970-01-01
	lastDate    int32 = 65535  // 2149-06-06
	firstDate32 int32 = -25567 // 1900-01-01
	lastDate32  int32 = 120529 // 2299-12-31
)

// lists is the filler of arrays.
type lists[R, T any] struct {
	get  func(*R) []T
	list [][]T
	used bool
}

func (l *lists[R, T]) add(row *R) {
	v := l.get(row)
	l.used = l.used || len(v) > 0
	l.list = append(l.list, v)
}

func (l *lists[R, T]) set(i int, row *R) {
	v := l.get(row)
	l.used = l.used || len(v) > 0
	l.list[i] = v
}

func (l *lists[R, T]) values(lo, hi int) any { return l.list[lo:hi] }
func (l *lists[R, T]) plain() bool           { return !l.used }

func text[R any](name string, get func(*R) string) column[R] { return scalarOf(name, "String", get) }
func truth[R any](name string, get func(*R) bool) column[R]  { return scalarOf(name, "Bool", get) }
func i64[R any](name string, get func(*R) int64) column[R]   { return scalarOf(name, "Int64", get) }
func i32[R any](name string, get func(*R) int32) column[R]   { return scalarOf(name, "Int32", get) }
func i16[R any](name string, get func(*R) int16) column[R]   { return scalarOf(name, "Int16", get) }
func u64[R any](name string, get func(*R) uint64) column[R]  { return scalarOf(name, "UInt64", get) }
func u32[R any](name string, get func(*R) uint32) column[R]  { return scalarOf(name, "UInt32", get) }
func u16[R any](name string, get func(*R) uint16) column[R]  { return scalarOf(name, "UInt16", get) }
func u8[R any](name string, get func(*R) uint8) column[R]    { return scalarOf(name, "UInt8", get) }

// word is a LowCardinality(String).
func word[R any](name string, get func(*R) string) column[R] {
	return scalarOf(name, "LowCardinality(String)", get)
}

// enum is an Enum8; get returns the number of the value.
func enum[R any](name string, get func(*R) int8) column[R] { return scalarOf(name, "Enum8", get) }

// moment is a DateTime; get returns UTC seconds.
func moment[R any](name string, get func(*R) int64) column[R] {
	return scalarOf(name, "DateTime('UTC')", func(r *R) int64 { return min(max(get(r), 0), 1<<32-1) })
}

// optInt is a Nullable(Int64); ok false is NULL.
func optInt[R any](name string, get func(*R) (v int64, ok bool)) column[R] {
	return scalarOf(name, "Nullable(Int64)", func(r *R) *int64 {
		if v, ok := get(r); ok {
			return &v
		}
		return nil
	})
}

func day[R any](name string, get func(*R) int32) column[R] {
	return column[R]{name: name, kind: "Date", make: func() filler[R] {
		return &dated[R]{scalar: scalar[R, int32]{get: get}}
	}}
}

// optDay is a Nullable(Date), optDay32 a Nullable(Date32) for days far away; day 0 is NULL.
func optDay[R any](name string, get func(*R) int32) column[R] {
	return column[R]{name: name, kind: "Nullable(Date)", make: func() filler[R] {
		return &dated[R]{scalar: scalar[R, int32]{get: get}, optional: true}
	}}
}

func optDay32[R any](name string, get func(*R) int32) column[R] {
	return column[R]{name: name, kind: "Nullable(Date32)", make: func() filler[R] {
		return &dated[R]{scalar: scalar[R, int32]{get: get}, optional: true, date32: true}
	}}
}

func words[R any](name string, get func(*R) []string) column[R] {
	return listOf(name, "Array(LowCardinality(String))", get)
}

func listOf[R, T any](name, kind string, get func(*R) []T) column[R] {
	return column[R]{name: name, kind: kind, make: func() filler[R] { return &lists[R, T]{get: get} }}
}

// dayList is an Array(Date).
func dayList[R any](name string, get func(*R) []int32) column[R] {
	return listOf(name, "Array(Date)", func(r *R) []time.Time {
		days := get(r)
		list := make([]time.Time, len(days))
		for i, d := range days {
			list[i] = time.Unix(int64(min(max(d, firstDate), lastDate))*86400, 0).UTC()
		}
		return list
	})
}

// wide is the filler of UInt128 given as two halves.
type wide[R any] struct{ scalar[R, [2]uint64] }

func (w *wide[R]) values(lo, hi int) any {
	list := make([]*big.Int, hi-lo)
	for i, v := range w.list[lo:hi] {
		n := new(big.Int).SetUint64(v[0])
		list[i] = n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(v[1]))
	}
	return list
}

func u128[R any](name string, get func(*R) [2]uint64) column[R] {
	return column[R]{name: name, kind: "UInt128", make: func() filler[R] {
		return &wide[R]{scalar[R, [2]uint64]{get: get}}
	}}
}

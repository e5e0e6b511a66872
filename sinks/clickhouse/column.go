package clickhouse

import (
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// column is one column of a table: its name, its type (checked against the real
// schema by a test) and how the values of rows are kept until they are sent.
type column[R any] struct {
	name, kind string
	fresh      func() cells[R]
}

func fixedOf[R any, T comparable](name, kind string, get func(*R) T, wire func([]T) proto.ColInput) column[R] {
	return column[R]{name, kind, func() cells[R] { return &fixed[R, T]{get: get, wire: wire} }}
}

func nullableOf[R any, T comparable](name, kind string, get func(*R) (T, bool), wire func([]T) proto.ColInput) column[R] {
	return column[R]{name, kind, func() cells[R] { return &nullable[R, T]{get: get, wire: wire} }}
}

// Encodings. A type with the layout of a number is sent as that number.
func wireI64(v []int64) proto.ColInput          { return proto.ColInt64(v) }
func wireI32(v []int32) proto.ColInput          { return proto.ColInt32(v) }
func wireI16(v []int16) proto.ColInput          { return proto.ColInt16(v) }
func wireI8(v []int8) proto.ColInput            { return proto.ColInt8(v) }
func wireU64(v []uint64) proto.ColInput         { return proto.ColUInt64(v) }
func wireU32(v []uint32) proto.ColInput         { return proto.ColUInt32(v) }
func wireU16(v []uint16) proto.ColInput         { return proto.ColUInt16(v) }
func wireU8(v []uint8) proto.ColInput           { return proto.ColUInt8(v) }
func wireBool(v []bool) proto.ColInput          { return proto.ColBool(v) }
func wireU128(v []proto.UInt128) proto.ColInput { return proto.ColUInt128(v) }

func text[R any](name string, get func(*R) string) column[R] {
	return textOf(name, func(r *R, to []byte) []byte { return append(to, get(r)...) })
}

// textOf is a String that get appends to the bytes it is given.
func textOf[R any](name string, get func(r *R, to []byte) []byte) column[R] {
	return column[R]{name, "String", func() cells[R] { return &texts[R]{get: get} }}
}

// word is a LowCardinality(String).
func word[R any](name string, get func(*R) string) column[R] {
	return wordOf(name, func(r *R, to []byte) []byte { return append(to, get(r)...) })
}

// wordOf is a word that get appends to the bytes it is given.
func wordOf[R any](name string, get func(r *R, to []byte) []byte) column[R] {
	return column[R]{name, "LowCardinality(String)", func() cells[R] { return &words[R]{get: get, dict: newDictionary()} }}
}

// enum is an Enum8; get returns the number of the value.
func enum[R any](name string, get func(*R) int8) column[R] {
	return fixedOf(name, "Enum8", get, wireI8)
}

func truth[R any](name string, get func(*R) bool) column[R] {
	return fixedOf(name, "Bool", get, wireBool)
}

func i64[R any](name string, get func(*R) int64) column[R] {
	return fixedOf(name, "Int64", get, wireI64)
}

func i32[R any](name string, get func(*R) int32) column[R] {
	return fixedOf(name, "Int32", get, wireI32)
}

func i16[R any](name string, get func(*R) int16) column[R] {
	return fixedOf(name, "Int16", get, wireI16)
}

func u64[R any](name string, get func(*R) uint64) column[R] {
	return fixedOf(name, "UInt64", get, wireU64)
}

func u32[R any](name string, get func(*R) uint32) column[R] {
	return fixedOf(name, "UInt32", get, wireU32)
}

func u16[R any](name string, get func(*R) uint16) column[R] {
	return fixedOf(name, "UInt16", get, wireU16)
}

func u8[R any](name string, get func(*R) uint8) column[R] {
	return fixedOf(name, "UInt8", get, wireU8)
}

// moment is a DateTime; get returns UTC seconds, moved into what the type holds.
func moment[R any](name string, get func(*R) int64) column[R] {
	return fixedOf(name, "DateTime('UTC')", func(r *R) uint32 { return uint32(min(max(get(r), 0), 1<<32-1)) }, wireU32)
}

// optInt is a Nullable(Int64).
func optInt[R any](name string, get func(*R) (int64, bool)) column[R] {
	return nullableOf(name, "Nullable(Int64)", get, wireI64)
}

// u128 is a UInt128 given as its two halves, the high one first.
func u128[R any](name string, get func(*R) [2]uint64) column[R] {
	return fixedOf(name, "UInt128", func(r *R) proto.UInt128 { return halves(get(r)) }, wireU128)
}

func halves(v [2]uint64) proto.UInt128 { return proto.UInt128{High: v[0], Low: v[1]} }

// Days that ClickHouse can hold; days outside are moved to the nearest.
const (
	firstDate   int32 = 0      // 1970-01-01
	lastDate    int32 = 65535  // 2149-06-06
	firstDate32 int32 = -25567 // 1900-01-01
	lastDate32  int32 = 120529 // 2299-12-31
)

func date16(day int32) uint16 { return uint16(min(max(day, firstDate), lastDate)) }

// day is a Date.
func day[R any](name string, get func(*R) int32) column[R] {
	return fixedOf(name, "Date", func(r *R) uint16 { return date16(get(r)) }, wireU16)
}

// optDay is a Nullable(Date), optDay32 a Nullable(Date32) for days far away; day 0
// is NULL.
func optDay[R any](name string, get func(*R) int32) column[R] {
	return nullableOf(name, "Nullable(Date)", func(r *R) (uint16, bool) {
		d := get(r)
		return date16(d), d != 0
	}, wireU16)
}

func optDay32[R any](name string, get func(*R) int32) column[R] {
	return nullableOf(name, "Nullable(Date32)", func(r *R) (int32, bool) {
		d := get(r)
		return min(max(d, firstDate32), lastDate32), d != 0
	}, wireI32)
}

// dateOf turns days since 1970-01-01 into a date.
func dateOf(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

// Arrays; get appends the elements to the slice it is given.

func listOf[R, T any](name, kind string, get func(r *R, to []T) []T, wire func([]T) payload) column[R] {
	return column[R]{name, kind, func() cells[R] { return &lists[R, T]{get: get, wire: wire} }}
}

func i64List[R any](name string, get func(r *R, to []int64) []int64) column[R] {
	return listOf(name, "Array(Int64)", get, func(v []int64) payload { return plain{wireI64(v)} })
}

func i32List[R any](name string, get func(r *R, to []int32) []int32) column[R] {
	return listOf(name, "Array(Int32)", get, func(v []int32) payload { return plain{wireI32(v)} })
}

// dayList is an Array(Date) of what date16 makes of days.
func dayList[R any](name string, get func(r *R, to []uint16) []uint16) column[R] {
	return listOf(name, "Array(Date)", get, func(v []uint16) payload { return plain{wireU16(v)} })
}

// textList is an Array(String); the strings are copied.
func textList[R any](name string, get func(*R) []string) column[R] {
	return listOf(name, "Array(String)", func(r *R, to []string) []string {
		for _, s := range get(r) {
			to = append(to, strings.Clone(s))
		}
		return to
	}, func(v []string) payload { return strung(v) })
}

// wordList is an Array(LowCardinality(String)).
func wordList[R any](name string, get func(*R) []string) column[R] {
	return column[R]{name, "Array(LowCardinality(String))", func() cells[R] { return &wordLists[R]{get: get, dict: newDictionary()} }}
}

// tupleOf is a Tuple of columns.
func tupleOf[R any](name string, parts ...column[R]) column[R] {
	return column[R]{name, "Tuple", func() cells[R] {
		t := &tuple[R]{}
		for _, p := range parts {
			t.parts = append(t.parts, p.fresh())
		}
		return t
	}}
}

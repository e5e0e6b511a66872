package clickhouse

import (
	"math/big"
	"strings"
	"time"
)

// column is one column of a table: its name, its type (checked against the real
// schema by a test) and how the values of rows are kept until they are sent.
type column[R any] struct {
	name, kind string
	fresh      func() cells[R]
}

func fixedOf[R any, T comparable](name, kind string, get func(*R) T) column[R] {
	return column[R]{name, kind, func() cells[R] { return &fixed[R, T]{get: get} }}
}

func changedOf[R any, T comparable, V any](name, kind string, get func(*R) T, as func(T) V) column[R] {
	return column[R]{name, kind, func() cells[R] { return &changed[R, T, V]{fixed[R, T]{get: get}, as} }}
}

func nullableOf[R, T, V any](name, kind string, get func(*R) (T, bool), as func(T) V) column[R] {
	return column[R]{name, kind, func() cells[R] { return &nullable[R, T, V]{get: get, as: as} }}
}

// singleOf is a column that the driver takes row by row; fresh returns what turns a
// value into its argument.
func singleOf[R any, T comparable](name, kind string, get func(*R) T, fresh func() func(*T) any) column[R] {
	return column[R]{name, kind, func() cells[R] { return &single[R, T]{fixed[R, T]{get: get}, fresh()} }}
}

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
	return column[R]{name, "LowCardinality(String)", func() cells[R] { return newWords(get) }}
}

// enum is an Enum8; get returns the number of the value.
func enum[R any](name string, get func(*R) int8) column[R] {
	return fixedOf(name, "Enum8", get)
}

func truth[R any](name string, get func(*R) bool) column[R] {
	return fixedOf(name, "Bool", get)
}

func i64[R any](name string, get func(*R) int64) column[R] {
	return fixedOf(name, "Int64", get)
}

func i32[R any](name string, get func(*R) int32) column[R] {
	return fixedOf(name, "Int32", get)
}

func i16[R any](name string, get func(*R) int16) column[R] {
	return fixedOf(name, "Int16", get)
}

func u64[R any](name string, get func(*R) uint64) column[R] {
	return fixedOf(name, "UInt64", get)
}

func u32[R any](name string, get func(*R) uint32) column[R] {
	return fixedOf(name, "UInt32", get)
}

func u16[R any](name string, get func(*R) uint16) column[R] {
	return fixedOf(name, "UInt16", get)
}

func u8[R any](name string, get func(*R) uint8) column[R] {
	return fixedOf(name, "UInt8", get)
}

// moment is a DateTime; get returns UTC seconds.
func moment[R any](name string, get func(*R) int64) column[R] {
	return fixedOf(name, "DateTime('UTC')", func(r *R) int64 { return seconds32(get(r)) })
}

// seconds32 moves UTC seconds into what a DateTime holds.
func seconds32(t int64) int64 { return min(max(t, 0), 1<<32-1) }

// optInt is a Nullable(Int64).
func optInt[R any](name string, get func(*R) (int64, bool)) column[R] {
	return nullableOf(name, "Nullable(Int64)", get, func(v int64) int64 { return v })
}

// u128 is a UInt128 given as its two halves, the high one first.
func u128[R any](name string, get func(*R) [2]uint64) column[R] {
	return singleOf(name, "UInt128", get, func() func(*[2]uint64) any {
		var whole, low big.Int
		return func(v *[2]uint64) any {
			return whole.Or(whole.Lsh(whole.SetUint64(v[0]), 64), low.SetUint64(v[1]))
		}
	})
}

// Days that ClickHouse can hold; days outside are moved to the nearest.
const (
	firstDate   int32 = 0      // 1970-01-01
	lastDate    int32 = 65535  // 2149-06-06
	firstDate32 int32 = -25567 // 1900-01-01
	lastDate32  int32 = 120529 // 2299-12-31
)

// dateOf turns days since 1970-01-01 into a date, date16 into one that a Date holds.
func dateOf(day int32) time.Time    { return time.Unix(int64(day)*86400, 0).UTC() }
func date16(day int32) time.Time    { return dateOf(min(max(day, firstDate), lastDate)) }
func date32(day int32) time.Time    { return dateOf(min(max(day, firstDate32), lastDate32)) }
func unless0(d int32) (int32, bool) { return d, d != 0 }

// day is a Date.
func day[R any](name string, get func(*R) int32) column[R] {
	return changedOf(name, "Date", get, date16)
}

// optDay is a Nullable(Date), optDay32 a Nullable(Date32) for days far away; day 0
// is NULL.
func optDay[R any](name string, get func(*R) int32) column[R] {
	return nullableOf(name, "Nullable(Date)", func(r *R) (int32, bool) { return unless0(get(r)) }, date16)
}

func optDay32[R any](name string, get func(*R) int32) column[R] {
	return nullableOf(name, "Nullable(Date32)", func(r *R) (int32, bool) { return unless0(get(r)) }, date32)
}

// Arrays; get appends the elements to the slice it is given.

func numbersOf[R, T any](name, kind string, get func(r *R, to []T) []T) column[R] {
	return column[R]{name, kind, func() cells[R] { return &numbers[R, T]{lists[R, T]{get: get}} }}
}

func i64List[R any](name string, get func(r *R, to []int64) []int64) column[R] {
	return numbersOf(name, "Array(Int64)", get)
}

func i32List[R any](name string, get func(r *R, to []int32) []int32) column[R] {
	return numbersOf(name, "Array(Int32)", get)
}

// dayList is an Array(Date) of what date16 makes of days.
func dayList[R any](name string, get func(r *R, to []time.Time) []time.Time) column[R] {
	return numbersOf(name, "Array(Date)", get)
}

// textList is an Array(String), wordList an Array(LowCardinality(String)); the
// strings are copied.
func textList[R any](name string, get func(*R) []string) column[R] {
	return stringsOf(name, "Array(String)", get)
}

func wordList[R any](name string, get func(*R) []string) column[R] {
	return stringsOf(name, "Array(LowCardinality(String))", get)
}

func stringsOf[R any](name, kind string, get func(*R) []string) column[R] {
	return column[R]{name, kind, func() cells[R] {
		return &lists[R, string]{get: func(r *R, to []string) []string {
			for _, s := range get(r) {
				to = append(to, strings.Clone(s))
			}
			return to
		}}
	}}
}

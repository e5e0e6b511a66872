package clickhouse

import (
	"math/big"
	"time"
)

// column is one column of a table: its name, its type (checked against the real
// schema by a test) and how its values are taken from rows.
type column[R any] struct {
	name, kind string
	// used tells whether any row has something other than the type's default; if
	// not, the column is left out of the insert.
	used func(rows []R) bool
	// values returns the column as the slice that the driver appends.
	values func(rows []R) any
}

// scalarOf is a column of comparable values; conv makes the driver's slice, nil:
// the values as they are.
func scalarOf[R any, T comparable](name, kind string, get func(*R) T, conv func([]T) any) column[R] {
	return column[R]{
		name: name, kind: kind,
		used: func(rows []R) bool {
			var zero T
			for i := range rows {
				if get(&rows[i]) != zero {
					return true
				}
			}
			return false
		},
		values: func(rows []R) any {
			list := make([]T, len(rows))
			for i := range rows {
				list[i] = get(&rows[i])
			}
			if conv != nil {
				return conv(list)
			}
			return list
		},
	}
}

func text[R any](name string, get func(*R) string) column[R] {
	return scalarOf(name, "String", get, nil)
}

// word is a LowCardinality(String).
func word[R any](name string, get func(*R) string) column[R] {
	return scalarOf(name, "LowCardinality(String)", get, nil)
}

// enum is an Enum8; get returns the number of the value.
func enum[R any](name string, get func(*R) int8) column[R] {
	return scalarOf(name, "Enum8", get, nil)
}

func truth[R any](name string, get func(*R) bool) column[R] {
	return scalarOf(name, "Bool", get, nil)
}

func i64[R any](name string, get func(*R) int64) column[R] { return scalarOf(name, "Int64", get, nil) }

func i32[R any](name string, get func(*R) int32) column[R] { return scalarOf(name, "Int32", get, nil) }

func i16[R any](name string, get func(*R) int16) column[R] { return scalarOf(name, "Int16", get, nil) }

func u64[R any](name string, get func(*R) uint64) column[R] {
	return scalarOf(name, "UInt64", get, nil)
}

func u32[R any](name string, get func(*R) uint32) column[R] {
	return scalarOf(name, "UInt32", get, nil)
}

func u16[R any](name string, get func(*R) uint16) column[R] {
	return scalarOf(name, "UInt16", get, nil)
}

func u8[R any](name string, get func(*R) uint8) column[R] { return scalarOf(name, "UInt8", get, nil) }

// moment is a DateTime; get returns UTC seconds, moved into what the type holds.
func moment[R any](name string, get func(*R) int64) column[R] {
	return scalarOf(name, "DateTime('UTC')", func(r *R) int64 { return min(max(get(r), 0), 1<<32-1) }, nil)
}

// optional is a value that may be NULL.
type optional struct {
	v  int64
	ok bool
}

// optInt is a Nullable(Int64).
func optInt[R any](name string, get func(*R) optional) column[R] {
	return scalarOf(name, "Nullable(Int64)", get, func(list []optional) any {
		pointers := make([]*int64, len(list))
		for i := range list {
			if list[i].ok {
				pointers[i] = &list[i].v
			}
		}
		return pointers
	})
}

// u128 is a UInt128 given as its two halves, the high one first.
func u128[R any](name string, get func(*R) [2]uint64) column[R] {
	return scalarOf(name, "UInt128", get, func(list [][2]uint64) any {
		numbers := make([]*big.Int, len(list))
		for i, v := range list {
			n := new(big.Int).SetUint64(v[0])
			numbers[i] = n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(v[1]))
		}
		return numbers
	})
}

// Days that ClickHouse can hold; days outside are moved to the nearest.
const (
	firstDate   int32 = 0      // 1970-01-01
	lastDate    int32 = 65535  // 2149-06-06
	firstDate32 int32 = -25567 // 1900-01-01
	lastDate32  int32 = 120529 // 2299-12-31
)

// day is a Date.
func day[R any](name string, get func(*R) int32) column[R] {
	return scalarOf(name, "Date", get, func(days []int32) any { return dates(days, firstDate, lastDate) })
}

// optDay is a Nullable(Date), optDay32 a Nullable(Date32) for days far away; day 0
// is NULL.
func optDay[R any](name string, get func(*R) int32) column[R] {
	return scalarOf(name, "Nullable(Date)", get, func(days []int32) any { return optionalDates(days, firstDate, lastDate) })
}

func optDay32[R any](name string, get func(*R) int32) column[R] {
	return scalarOf(name, "Nullable(Date32)", get, func(days []int32) any { return optionalDates(days, firstDate32, lastDate32) })
}

func dates(days []int32, low, high int32) []time.Time {
	list := make([]time.Time, len(days))
	for i, d := range days {
		list[i] = dateOf(min(max(d, low), high))
	}
	return list
}

func optionalDates(days []int32, low, high int32) []*time.Time {
	list := dates(days, low, high)
	pointers := make([]*time.Time, len(list))
	for i, d := range days {
		if d != 0 {
			pointers[i] = &list[i]
		}
	}
	return pointers
}

// dateOf turns days since 1970-01-01 into a date.
func dateOf(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

// listOf is an array.
func listOf[R, T any](name, kind string, get func(*R) []T) column[R] {
	return column[R]{
		name: name, kind: kind,
		used: func(rows []R) bool {
			for i := range rows {
				if len(get(&rows[i])) > 0 {
					return true
				}
			}
			return false
		},
		values: func(rows []R) any {
			list := make([][]T, len(rows))
			for i := range rows {
				list[i] = get(&rows[i])
			}
			return list
		},
	}
}

func words[R any](name string, get func(*R) []string) column[R] {
	return listOf(name, "Array(LowCardinality(String))", get)
}

// dayList is an Array(Date).
func dayList[R any](name string, get func(*R) []int32) column[R] {
	return listOf(name, "Array(Date)", func(r *R) []time.Time { return dates(get(r), firstDate, lastDate) })
}

package logrows

import (
	"strconv"
	"strings"
	"time"
)

// column is what one column of a table must say: in SQL and of a record M, both as the
// same text.
type column[M any] struct {
	name, sql string
	put       func(to []byte, m *M) []byte
}

// separator stands between the texts of a row that is hashed, and between the elements
// of a list.
const (
	separator     = "\x1f"
	listSeparator = "\x1e"
)

func quoted(name string) string { return "`" + name + "`" }

func text[M any](name string, get func(*M) string) column[M] {
	return column[M]{name, "toString(" + quoted(name) + ")", func(to []byte, m *M) []byte { return append(to, get(m)...) }}
}

func number[M any, N ~int64 | ~int32 | ~uint32](name string, get func(*M) N) column[M] {
	return column[M]{name, "toString(" + quoted(name) + ")", func(to []byte, m *M) []byte { return strconv.AppendInt(to, int64(get(m)), 10) }}
}

// optional is a number that may be absent, which is the empty text.
func optional[M any](name string, get func(*M) (int64, bool)) column[M] {
	return column[M]{name, "ifNull(toString(" + quoted(name) + "), '')", func(to []byte, m *M) []byte {
		if v, ok := get(m); ok {
			to = strconv.AppendInt(to, v, 10)
		}
		return to
	}}
}

func truth[M any](name string, get func(*M) bool) column[M] {
	return column[M]{name, "toString(" + quoted(name) + ")", func(to []byte, m *M) []byte { return strconv.AppendBool(to, get(m)) }}
}

// enum is the name of a value: none for 0 and for one that this release does not know.
func enum[M any, E ~int32](name string, names map[int32]string, strip string, get func(*M) E) column[M] {
	return text(name, func(m *M) string {
		v := int32(get(m))
		if v == 0 {
			return ""
		}
		return strings.TrimPrefix(names[v], strip)
	})
}

// moment is a DateTime, as UTC seconds.
func moment[M any](name string, get func(*M) int64) column[M] {
	return column[M]{name, "toString(toUnixTimestamp(" + quoted(name) + "))", func(to []byte, m *M) []byte {
		return strconv.AppendInt(to, seconds(get(m)), 10)
	}}
}

// Types of the warehouse end somewhere: what lies outside is moved to the nearest.
const (
	lastSecond          = 1<<32 - 1
	firstDate, lastDate = 0, 65535       // 1970-01-01, 2149-06-06: Date
	firstFar, lastFar   = -25567, 120529 // 1900-01-01, 2299-12-31: Date32
)

func seconds(t int64) int64 { return min(max(t, 0), lastSecond) }

func date(day int32) int32 { return min(max(day, firstDate), lastDate) }

func appendDate(to []byte, day int32) []byte {
	return time.Unix(int64(day)*86400, 0).UTC().AppendFormat(to, time.DateOnly)
}

// day is a Date.
func day[M any](name string, get func(*M) int32) column[M] {
	return column[M]{name, "toString(" + quoted(name) + ")", func(to []byte, m *M) []byte { return appendDate(to, date(get(m))) }}
}

// optionalDay is a Nullable(Date), farDay a Nullable(Date32); day 0 is absent.
func optionalDay[M any](name string, get func(*M) int32) column[M] {
	return maybeDay(name, get, firstDate, lastDate)
}

func farDay[M any](name string, get func(*M) int32) column[M] {
	return maybeDay(name, get, firstFar, lastFar)
}

func maybeDay[M any](name string, get func(*M) int32, first, last int32) column[M] {
	return column[M]{name, "ifNull(toString(" + quoted(name) + "), '')", func(to []byte, m *M) []byte {
		if d := get(m); d != 0 {
			to = appendDate(to, min(max(d, first), last))
		}
		return to
	}}
}

func list[M any](name string, get func(*M) []string) column[M] {
	return column[M]{name, "arrayStringConcat(CAST(" + quoted(name) + ", 'Array(String)'), '" + listSeparator + "')", func(to []byte, m *M) []byte {
		return append(to, strings.Join(get(m), listSeparator)...)
	}}
}

package alert

import (
	"fmt"
	"strconv"

	"github.com/tierwatch/tierwatch/pipeline/day"
)

// language is a set of texts with the ways to write amounts, days and ranks.
type language struct {
	phrases phrases
	// money writes an amount of the base currency.
	money func(dst []byte, minor int64, currency string, digits int, r rounding) []byte
	// date writes a day; near: of the month of today, which may go unsaid.
	date func(dst []byte, d, today int32, near bool) []byte
	// month writes the month that d opens.
	month func(dst []byte, d, today int32) []byte
	// chinese picks the tier's name.
	chinese bool
}

var zh, en = load("zh"), load("en")

// load compiles an embedded language; a fault in it is a fault of the build.
func load(name string) *language {
	text, err := textFiles.ReadFile("texts/" + name + ".txt")
	if err != nil {
		panic(fmt.Errorf("read texts: %w", err))
	}
	ps, err := parsePhrases(string(text))
	if err != nil {
		panic(fmt.Errorf("texts/%s.txt: %w", name, err))
	}
	if name == "zh" {
		return &language{phrases: ps, money: moneyZh, date: dateZh, month: monthZh, chinese: true}
	}
	return &language{phrases: ps, money: moneyEn, date: dateEn, month: monthEn}
}

func moneyZh(dst []byte, minor int64, currency string, digits int, r rounding) []byte {
	if currency != "CNY" {
		dst = append(append(dst, currency...), ' ')
	}
	if r == exact {
		if minor < 0 {
			dst = append(dst, '-')
		}
		dst = appendMajor(dst, magnitude(minor), digits, false)
	} else {
		dst = appendWan(dst, minor, digits, r)
	}
	if currency == "CNY" && (r == exact || magnitude(minor) < 10_000*pow10(digits)) {
		dst = append(dst, "元"...)
	}
	return dst
}

// moneyEn is always exact: there is room for every digit.
func moneyEn(dst []byte, minor int64, currency string, digits int, _ rounding) []byte {
	dst = append(append(dst, currency...), ' ')
	if minor < 0 {
		dst = append(dst, '-')
	}
	return appendMajor(dst, magnitude(minor), digits, true)
}

func dateZh(dst []byte, d, today int32, near bool) []byte {
	_, _, dom := day.Civil(d)
	if !near || day.MonthStart(d) != day.MonthStart(today) {
		dst = monthZh(dst, d, today)
	}
	return append(strconv.AppendInt(dst, int64(dom), 10), "日"...)
}

func monthZh(dst []byte, d, today int32) []byte {
	y, m, _ := day.Civil(d)
	if ty, _, _ := day.Civil(today); y != ty {
		dst = append(strconv.AppendInt(dst, int64(y), 10), "年"...)
	}
	return append(strconv.AppendInt(dst, int64(m), 10), "月"...)
}

var monthNames = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

func dateEn(dst []byte, d, today int32, _ bool) []byte {
	_, _, dom := day.Civil(d)
	return monthEn(append(strconv.AppendInt(dst, int64(dom), 10), ' '), d, today)
}

func monthEn(dst []byte, d, today int32) []byte {
	y, m, _ := day.Civil(d)
	dst = append(dst, monthNames[m-1]...)
	if ty, _, _ := day.Civil(today); y != ty {
		dst = strconv.AppendInt(append(dst, ' '), int64(y), 10)
	}
	return dst
}

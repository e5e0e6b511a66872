package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// meant are words of banks and programs for what a vocabulary calls otherwise. One
// is proposed only where it is among the words wanted.
var meant = map[string]string{
	"rmb": "CNY", "cnh": "CNY",
	"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030",
	"latin1": "windows-1252", "iso-8859-1": "windows-1252", "cp1252": "windows-1252", "cp1250": "windows-1250",
	"tsv": "csv", "ndjson": "jsonl",
	"current": "DEMAND", "checking": "DEMAND", "saving": "DEMAND", "savings": "DEMAND", "term": "TIME", "fixed": "TIME", "mortgage": "LOAN",
	"booked": "POSTED", "settled": "POSTED", "c": "CREDIT", "cr": "CREDIT", "d": "DEBIT", "dr": "DEBIT",
	"mobile": "APP", "online": "WEB", "internet": "WEB", "counter": "BRANCH", "txn": "transaction", "booking": "transaction",
	"comma": ",", "point": ".", "dot": ".",
}

// guesses are the known words that a word may have been meant for, the likeliest
// only: those that differ in spelling as little as it takes, or that it begins or ends.
func guesses(word string, known []string) []string {
	if to := meant[strings.ToLower(word)]; to != "" && slices.Contains(known, to) {
		return []string{to}
	}
	plain := spelling(word)
	limit := min(3, max(1, len(plain)/2)) // a short word is near to everything
	if len(plain) == 0 || len(plain) > 64 {
		return nil
	}
	best := limit + 1
	var near, longer []string
	for _, k := range known {
		other := spelling(k)
		if len(plain) > 2 && strings.HasPrefix(other, plain) || strings.HasSuffix(other, "_"+plain) {
			longer = append(longer, k)
		}
		switch d := editDistance(plain, other, best); {
		case d < best:
			best, near = d, []string{k}
		case d == best && d <= limit:
			near = append(near, k)
		}
	}
	if best > 1 && len(longer) > 0 {
		near = longer
	}
	if len(near) > 3 {
		return nil
	}
	return near
}

// guess is the one word that must have been meant, empty if there are several or
// none.
func guess(word string, known []string) string {
	if list := guesses(word, known); len(list) == 1 {
		return list[0]
	}
	return ""
}

// didYouMean is the end of a problem's text, empty if nothing is near.
func didYouMean(word string, known []string) string {
	list := guesses(word, known)
	if len(list) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(shown(list), " or ") + "?"
}

// shown puts quotes around what is a single sign.
func shown(words []string) []string {
	list := slices.Clone(words)
	for i, w := range list {
		if w == "." || w == "," {
			list[i] = strconv.Quote(w)
		}
	}
	return list
}

// oneOf says what is wanted. Of a long list only what is near helps.
func oneOf(word string, known []string) string {
	near := didYouMean(word, known)
	if near != "" && len(known) > 16 {
		return fmt.Sprintf("is none of its %d words%s", len(known), near)
	}
	return "want one of " + strings.Join(shown(known), ", ") + near
}

func spelling(s string) string {
	return strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(strings.ToLower(s))
}

// editDistance counts letters changed, put in, left out or swapped with their
// neighbour. It stops counting at more than limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur, prev, older := rows[i%3], rows[(i+2)%3], rows[(i+1)%3]
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], older[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}

package policy

import (
	"maps"
	"slices"
	"strings"
)

// names is a closed set of names with their numbers.
type names struct {
	// what is the noun for messages, such as "account type".
	what   string
	number map[string]int32
	// known are the names in upper case, by number.
	known []string
}

// enumNames makes the set of a proto enum without its number 0. A prefix is not
// needed in policies: COUNTERPARTY_MERCHANT may be written MERCHANT.
func enumNames(what string, byNumber map[int32]string, prefix string) *names {
	n := &names{what: what, number: map[string]int32{}}
	for _, num := range slices.Sorted(maps.Keys(byNumber)) {
		if num == 0 {
			continue
		}
		name := byNumber[num]
		n.number[name] = num
		name = strings.TrimPrefix(name, prefix)
		n.number[name] = num
		n.known = append(n.known, name)
	}
	return n
}

// set reads one name or a list of names as a bit set over their numbers.
func (c *compiler) set(v value, n *names) uint64 {
	var set uint64
	for _, item := range v.list() {
		s, ok := item.text()
		if !ok {
			continue
		}
		num, ok := n.number[strings.ToUpper(s)]
		if !ok {
			// As if it were written rightly: what else is wrong is said now, not next time.
			if near := c.unknown(item, n.what, strings.ToUpper(s), n.known); near != "" {
				set |= 1 << uint(n.number[near])
			}
			continue
		}
		if set>>uint(num)&1 == 1 {
			c.problem(item, "the "+n.what+" stands here twice", "keep it once")
		}
		set |= 1 << uint(num)
	}
	return set
}

// lookup finds v's text among names. An unknown one is reported, and the name that it
// was likely meant to be is found in its place.
func (c *compiler) lookup(v value, what string, index map[string]int) (int, bool) {
	s, ok := v.text()
	if !ok {
		return 0, false
	}
	i, ok := index[s]
	if !ok {
		if near := c.unknown(v, what, s, slices.Sorted(maps.Keys(index))); near != "" {
			return index[near], true
		}
	}
	return i, ok
}

// unknown reports a name that nobody knows, with the nearest known one, which it gives;
// "": none is near.
func (c *compiler) unknown(v value, what, got string, known []string) (near string) {
	c.problem(v, "there is no such "+what, suggest(got, known, what))
	near = nearest(got, known)
	c.lost = c.lost || near == ""
	return near
}

// nearest is the known name that got was likely meant to be, "": none is near.
func nearest(got string, known []string) string {
	best, dist := "", max(2, len(got)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(got), strings.ToLower(k), dist); d < dist {
			best, dist = k, d
		}
	}
	return best
}

// suggest gives the remedy for an unknown name.
func suggest(got string, known []string, what string) string {
	best := nearest(got, known)
	switch {
	case best != "":
		return "did you mean " + best + "?"
	case len(known) == 0:
		return "define a " + what + " first"
	case len(known) > 16:
		return "see docs/policy.md for the names"
	}
	return "use one of " + strings.Join(known, ", ")
}

// distance is the edit distance of two names (neighbours swapped count once), at
// most limit.
func distance(a, b string, limit int) int {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var rows [3][66]int
	for j := range len(b) + 1 {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur, prev, older := &rows[(i+1)%3], &rows[i%3], &rows[(i+2)%3]
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, older[j-2]+1)
			}
			cur[j] = d
		}
	}
	return min(rows[(len(a)+1)%3][len(b)], limit)
}

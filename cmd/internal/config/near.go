package config

import (
	"slices"
	"strings"
)

// suggest names the nearest of the known words.
func suggest(word string, known []string) string {
	if best := Nearest(word, known); best != "" {
		return ": did you mean " + best + "?"
	}
	return ": want one of " + strings.Join(known, ", ")
}

// suggestPath names the setting that a path is near to, else those of its
// block, else the blocks: a list of all would hide what is near.
func suggestPath(path string, known []string) string {
	if best := Nearest(path, known); best != "" {
		return ": did you mean " + best + "?"
	}
	if same := sameLeaf(path, known, "."); len(same) == 1 {
		return ": did you mean " + same[0] + "?"
	}
	block, _, _ := strings.Cut(path, ".")
	var within, blocks []string
	for _, k := range known {
		b, _, _ := strings.Cut(k, ".")
		if b == block {
			within = append(within, k)
		}
		if !slices.Contains(blocks, b) {
			blocks = append(blocks, b)
		}
	}
	if len(within) > 0 {
		return ": want one of " + strings.Join(within, ", ")
	}
	return ": its block is none of " + strings.Join(blocks, ", ") + "; `tierwatch config show --docs` lists every setting"
}

// sameLeaf are the known names that end like name: brokers is kafka.brokers.
func sameLeaf(name string, known []string, separator string) []string {
	leaf := name[strings.LastIndex(name, separator)+1:]
	var same []string
	for _, k := range known {
		if strings.HasSuffix(k, separator+leaf) {
			same = append(same, k)
		}
	}
	return same
}

// Nearest is the known word with the fewest letters changed, "" if all are far.
func Nearest(word string, known []string) string {
	best, distance := "", min(4, len(word))
	for _, k := range known {
		if d := levenshtein(word, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

func levenshtein(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

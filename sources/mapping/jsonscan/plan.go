package jsonscan

import (
	"strings"

	"github.com/tierwatch/tierwatch/sources/internal/words"
)

// Plan is a set of paths, compiled; immutable.
type Plan struct {
	root  *node
	paths int
	nodes int
}

// node is an object on the way to a path.
type node struct {
	keys     *words.Table
	children []*node // by the key's index
	leaf     int     // slot, -1 none
	below    []int   // slots of all paths under this node
	id       int     // its place in Scanner.follow
	// quoted is the node's own key and its closing quote, as most documents write
	// it; empty if the key needs escapes or is not ASCII.
	quoted string
	// lead is all from the key's opening quote to the colon, without space; empty if
	// quoted is, and where more is wanted than the value itself.
	lead string
}

// Compile takes dotted paths (`a.b.c`); the value of paths[i] is Values[i]. A
// path may lead to an object that other paths go through.
func Compile(paths []string) *Plan {
	root := &node{leaf: -1}
	type building struct {
		names []string
	}
	names := map[*node]*building{root: {}}
	for slot, path := range paths {
		at := root
		for key := range strings.SplitSeq(path, ".") {
			b := names[at]
			at.below = append(at.below, slot)
			next := (*node)(nil)
			for i, name := range b.names {
				if name == key {
					next = at.children[i]
				}
			}
			if next == nil {
				next = &node{leaf: -1, id: len(names), quoted: quoted(key)}
				names[next] = &building{}
				b.names = append(b.names, key)
				at.children = append(at.children, next)
			}
			at = next
		}
		at.leaf = slot
	}
	for n, b := range names {
		n.keys = words.New(b.names)
		if n.quoted != "" && n.leaf >= 0 && len(n.below) == 0 {
			n.lead = `"` + n.quoted + ":"
		}
	}
	return &Plan{root: root, paths: len(paths), nodes: len(names)}
}

func quoted(key string) string {
	if plain([]byte(key), 0) != len(key) {
		return ""
	}
	return key + `"`
}

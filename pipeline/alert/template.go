package alert

import (
	"embed"
	"errors"
	"fmt"
	"strings"
)

//go:embed texts
var textFiles embed.FS

// phrase is a compiled text; texts/zh.txt explains the notation.
type phrase []node

// node is a literal, a field, a reference or alternatives.
type node struct {
	lit   string
	field field
	ref   *phrase
	alts  []phrase
}

// field appends a fact, or nothing if it is not known. A condition appends
// nothing either way and gives whether it holds.
type field struct {
	text func(*view, []byte) []byte
	cond func(*view) bool
}

// render appends the phrase; ok false: a fact outside of brackets is not known,
// and what was appended is not to be used.
func (p phrase) render(v *view, dst []byte) (out []byte, ok bool) {
	for i := range p {
		n := &p[i]
		switch {
		case n.alts != nil:
			for _, alt := range n.alts {
				if out, ok := alt.render(v, dst); ok {
					dst = out
					break
				}
			}
			continue
		case n.field.cond != nil:
			if !n.field.cond(v) {
				return dst, false
			}
			continue
		case n.lit != "":
			dst = append(dst, n.lit...)
			continue
		}
		before := len(dst)
		if n.ref != nil {
			if dst, ok = n.ref.render(v, dst); !ok {
				return dst, false
			}
		} else {
			dst = n.field.text(v, dst)
		}
		if len(dst) == before {
			return dst, false
		}
	}
	return dst, true
}

// phrases are the texts of a language by group ("" if the name has none) and
// member.
type phrases map[string]map[string]*phrase

func (ps phrases) get(group, member string) *phrase {
	if p := ps[group][member]; p != nil {
		return p
	}
	return &phrase{}
}

// slot is the phrase of a name, made empty if it is not there yet.
func (ps phrases) slot(name string) *phrase {
	group, member, ok := strings.Cut(name, ".")
	if !ok {
		group, member = "", name
	}
	if ps[group] == nil {
		ps[group] = map[string]*phrase{}
	}
	if ps[group][member] == nil {
		ps[group][member] = &phrase{}
	}
	return ps[group][member]
}

// parsePhrases compiles a texts file; the error names the line.
func parsePhrases(text string) (phrases, error) {
	ps := phrases{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, body, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("parse texts line %d: no =", i+1)
		}
		c := compiler{ps: ps, rest: strings.ReplaceAll(strings.Trim(strings.TrimSpace(body), `"`), `\n`, "\n")}
		p, err := c.sequence()
		if err == nil && c.rest != "" {
			err = fmt.Errorf("unexpected %q", c.rest)
		}
		if err != nil {
			return nil, fmt.Errorf("parse texts line %d: %w", i+1, err)
		}
		*ps.slot(strings.TrimSpace(name)) = p
	}
	for group, members := range ps {
		for member, p := range members {
			if len(*p) == 0 {
				return nil, fmt.Errorf("parse texts: no text %s.%s", group, member)
			}
		}
	}
	return ps, nil
}

type compiler struct {
	ps   phrases
	rest string
}

// sequence compiles up to the end, or to a | or ] that is not its own.
func (c *compiler) sequence() (phrase, error) {
	var p phrase
	for c.rest != "" && c.rest[0] != '|' && c.rest[0] != ']' {
		n, err := c.node()
		if err != nil {
			return nil, err
		}
		p = append(p, n)
	}
	return p, nil
}

func (c *compiler) node() (node, error) {
	switch c.rest[0] {
	case '{':
		name, rest, ok := strings.Cut(c.rest[1:], "}")
		if !ok {
			return node{}, fmt.Errorf("no } after %q", c.rest)
		}
		c.rest = rest
		if ref, ok := strings.CutPrefix(name, ">"); ok {
			return node{ref: c.ps.slot(ref)}, nil
		}
		if f, ok := fields[name]; ok {
			return node{field: f}, nil
		}
		return node{}, fmt.Errorf("no fact %q", name)
	case '[':
		var n node
		for c.rest[0] != ']' {
			c.rest = c.rest[1:]
			alt, err := c.sequence()
			if err != nil {
				return node{}, err
			}
			if c.rest == "" {
				return node{}, errors.New("no ] for a [")
			}
			n.alts = append(n.alts, alt)
		}
		c.rest = c.rest[1:]
		return n, nil
	}
	end := strings.IndexAny(c.rest, "{[|]")
	if end < 0 {
		end = len(c.rest)
	}
	lit := c.rest[:end]
	c.rest = c.rest[end:]
	return node{lit: lit}, nil
}

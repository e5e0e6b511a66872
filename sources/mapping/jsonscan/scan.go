package jsonscan

import (
	"fmt"
	"unicode/utf8"
)

// Kind is what a value is.
type Kind uint8

// The kinds of values. Absent is a path the document does not have.
const (
	Absent Kind = iota
	Null
	False
	True
	Number
	String
	// Compound is an object or array, raw.
	Compound
)

// Value is one value found: the text of a string without quotes and escapes, or
// the raw JSON of anything else.
type Value struct {
	Kind  Kind
	Bytes []byte
}

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 64

// Fault classifies an Error.
type Fault uint8

// The faults.
const (
	Malformed Fault = iota + 1
	BadUTF8
	TooDeep
)

// Error tells where and why a document is not valid.
type Error struct {
	Fault  Fault
	Offset int
	What   string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.What, e.Offset) }

// Scanner reads documents one after the other; one goroutine owns it.
type Scanner struct {
	plan *Plan
	// Values are the values of the paths after Scan.
	Values  []Value
	doc     []byte
	pos     int
	scratch []byte
	// follow guesses the next key: the node that came the time before, after the
	// key with this id (at 2·id+1), or first in the object with this id (at 2·id). Documents of a source
	// have their keys in one order, so most keys cost one comparison. A guess says where to look, never
	// what a document means.
	follow []*node
	// Set are the slots that are not Absent, some of them perhaps twice.
	Set []int
}

// Scanner makes a scanner of the plan. Values has room for extra slots behind
// those of the paths, which Scan leaves alone.
func (p *Plan) Scanner(extra int) *Scanner {
	return &Scanner{plan: p, Values: make([]Value, p.paths+extra), follow: make([]*node, 2*p.nodes)}
}

// Scan reads one document, an object with nothing but white space around it.
func (s *Scanner) Scan(doc []byte) *Error {
	for _, slot := range s.Set {
		s.Values[slot] = Value{}
	}
	s.Set = s.Set[:0]
	s.doc, s.pos, s.scratch = doc, 0, s.scratch[:0]
	if s.space() != '{' {
		return s.fail("want an object")
	}
	if err := s.object(s.plan.root, 1); err != nil {
		return err
	}
	if s.space(); s.pos < len(s.doc) {
		return s.fail("something follows the object")
	}
	return nil
}

func (s *Scanner) fail(what string) *Error {
	if s.pos >= len(s.doc) {
		what += ", but the document ends"
	}
	return &Error{Malformed, s.pos, what}
}

// space skips white space and returns the byte there, 0 at the end.
func (s *Scanner) space() byte {
	for s.pos < len(s.doc) {
		switch c := s.doc[s.pos]; c {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// object reads from '{' to '}'; n may be nil: then nothing in it is wanted.
func (s *Scanner) object(n *node, depth int) *Error {
	if depth > MaxDepth {
		return &Error{TooDeep, s.pos, "nested too deep"}
	}
	s.pos++
	if s.space() == '}' {
		s.pos++
		return nil
	}
	last := 0
	if n != nil {
		last = 2 * n.id
	}
	for {
		if n != nil {
			var ended bool
			if last, ended = s.run(last); ended {
				return nil
			}
		}
		var child *node
		var err *Error
		if guess := s.follow[last]; n != nil && guess != nil && s.guessed(guess) {
			child = guess
		} else if child, err = s.key(n); err != nil {
			return err
		}
		if child != nil {
			if child != s.follow[last] { // a store costs a write barrier
				s.follow[last] = child
			}
			last = 2*child.id + 1
		}
		if s.space() != ':' {
			return s.fail("want a colon")
		}
		s.pos++
		if child == nil || !s.simple(child) {
			if err := s.value(child, depth); err != nil {
				return err
			}
		}
		switch s.space() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.fail("want a comma or the end of the object")
		}
	}
}

// run passes the pairs that come as they did the time before, written as most
// programs write them, `"key":"plain text",` and `"key": 123, `, each with one
// comparison of the key. It begins where a key is due and stops before the first
// pair that is anything else, which object then reads or refuses. It returns the
// place in follow of what comes next, and whether the object has ended.
func (s *Scanner) run(last int) (next int, ended bool) {
	d, pos := s.doc, s.pos
	for {
		n := s.follow[last]
		if n == nil || n.lead == "" {
			break
		}
		at := pos + len(n.lead)
		if at >= len(d) || string(d[pos:at]) != n.lead {
			break
		}
		c := d[at]
		if c == ' ' && at+1 < len(d) {
			at++
			c = d[at]
		}
		var v Value
		var end int
		switch {
		case c == '"':
			if end = plain(d, at+1); end < len(d) && d[end] == '"' {
				v = Value{String, d[at+1 : end]}
				end++
			}
		case c-'0' <= 9:
			if end = digits(d, at); c != '0' || end == at+1 {
				v = Value{Number, d[at:end]}
			}
		}
		if v.Kind == Absent || end >= len(d) || d[end] != ',' && d[end] != '}' {
			break
		}
		s.Values[n.leaf] = v
		s.Set = append(s.Set, n.leaf)
		pos, last = end+1, 2*n.id+1
		if d[end] == '}' {
			ended = true
			break
		}
		if pos < len(d) && d[pos] == ' ' {
			pos++
		}
	}
	s.pos = pos
	return last, ended
}

// guessed moves past a key that is the node's.
func (s *Scanner) guessed(n *node) bool {
	if s.space() != '"' {
		return false
	}
	end := s.pos + 1 + len(n.quoted)
	if len(n.quoted) == 0 || end > len(s.doc) || string(s.doc[s.pos+1:end]) != n.quoted {
		return false
	}
	s.pos = end
	return true
}

func (s *Scanner) key(n *node) (*node, *Error) {
	if s.space() != '"' {
		return nil, s.fail("want a key in quotes")
	}
	key, err := s.text(n != nil)
	if err != nil || n == nil {
		return nil, err
	}
	i := n.keys.Find(key)
	if i < 0 {
		return nil, nil
	}
	return n.children[i], nil
}

// simple reads what most wanted values are, a text of plain characters without
// escapes that nothing is wanted below; false leaves pos where it was.
func (s *Scanner) simple(n *node) bool {
	if n.leaf < 0 || len(n.below) > 0 || s.space() != '"' {
		return false
	}
	from := s.pos + 1
	end := plain(s.doc, from)
	if end >= len(s.doc) || s.doc[end] != '"' {
		return false
	}
	s.pos = end + 1
	s.Values[n.leaf] = Value{String, s.doc[from:end]}
	s.Set = append(s.Set, n.leaf)
	return true
}

// value reads any value; n is nil if nothing in it is wanted.
func (s *Scanner) value(n *node, depth int) *Error {
	c := s.space()
	start := s.pos
	kind := Compound
	var text []byte
	var err *Error
	if n != nil {
		for _, slot := range n.below {
			s.Values[slot] = Value{}
		}
	}
	switch {
	case c == '"':
		kind = String
		text, err = s.text(n != nil && n.leaf >= 0)
	case c == '-' || c-'0' <= 9:
		kind = Number
		err = s.number()
	case c == '{':
		err = s.object(n, depth+1)
	case c == '[':
		err = s.array(depth + 1)
	default:
		kind, err = s.literal()
	}
	if err != nil {
		return err
	}
	if n != nil && n.leaf >= 0 {
		if kind != String {
			text = s.doc[start:s.pos]
		}
		s.Values[n.leaf] = Value{kind, text}
		s.Set = append(s.Set, n.leaf)
	}
	return nil
}

func (s *Scanner) array(depth int) *Error {
	if depth > MaxDepth {
		return &Error{TooDeep, s.pos, "nested too deep"}
	}
	s.pos++
	if s.space() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := s.value(nil, depth); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.fail("want a comma or the end of the array")
		}
	}
}

func (s *Scanner) literal() (Kind, *Error) {
	rest := s.doc[s.pos:]
	for _, l := range [...]struct {
		text string
		kind Kind
	}{{"true", True}, {"false", False}, {"null", Null}} {
		if len(rest) >= len(l.text) && string(rest[:len(l.text)]) == l.text {
			s.pos += len(l.text)
			return l.kind, nil
		}
	}
	return 0, s.fail("want a value")
}

// number checks -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *Scanner) number() *Error {
	d, i := s.doc, s.pos
	if d[i] == '-' {
		i++
	}
	first := i
	i = digits(d, i)
	ok := i > first && (d[first] != '0' || i == first+1)
	if ok && i < len(d) && d[i] == '.' {
		at := i + 1
		i = digits(d, at)
		ok = i > at
	}
	if ok && i < len(d) && (d[i] == 'e' || d[i] == 'E') {
		i++
		if i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		at := i
		i = digits(d, at)
		ok = i > at
	}
	s.pos = i
	if !ok {
		return s.fail("want a number")
	}
	return nil
}

func digits(d []byte, i int) int {
	for i < len(d) && d[i]-'0' <= 9 {
		i++
	}
	return i
}

func (s *Scanner) badUTF8(at int) *Error { return &Error{BadUTF8, at, "invalid UTF-8"} }

// checkUTF8 looks at doc[from:to], which holds bytes beyond ASCII.
func (s *Scanner) checkUTF8(from, to int) *Error {
	if !utf8.Valid(s.doc[from:to]) {
		return s.badUTF8(from)
	}
	return nil
}

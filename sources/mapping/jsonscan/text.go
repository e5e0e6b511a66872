package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

// plain returns the first place from i on that is not a plain ASCII character of
// a string: a quote, backslash, control character or byte beyond ASCII.
func plain(d []byte, i int) int {
	for i+8 <= len(d) {
		w := binary.LittleEndian.Uint64(d[i:])
		quote, slash := w^'"'*ones, w^'\\'*ones
		// A borrow can only mark bytes above a true hit, so the lowest mark is right.
		hit := (w | (w-0x20*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & high
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
		i += 8
	}
	for i < len(d) && d[i] >= 0x20 && d[i] < 0x80 && d[i] != '"' && d[i] != '\\' {
		i++
	}
	return i
}

// text reads a string from its opening quote past its closing one. With want
// false it is only checked.
func (s *Scanner) text(want bool) ([]byte, *Error) {
	start := s.pos + 1
	ascii := true
	i := start
	for {
		i = plain(s.doc, i)
		if i >= len(s.doc) {
			s.pos = i
			return nil, s.fail("want the end of a string")
		}
		switch c := s.doc[i]; {
		case c == '"':
			s.pos = i + 1
			if !ascii {
				if err := s.checkUTF8(start, i); err != nil {
					return nil, err
				}
			}
			return s.doc[start:i], nil
		case c == '\\':
			if !ascii {
				if err := s.checkUTF8(start, i); err != nil {
					return nil, err
				}
			}
			return s.escaped(start, i, want)
		case c < 0x20:
			s.pos = i
			return nil, s.fail("control character in a string")
		default:
			ascii = false
			i++
		}
	}
}

// escaped goes on from the first backslash, at i; doc[start:i] is checked.
func (s *Scanner) escaped(start, i int, want bool) ([]byte, *Error) {
	from := len(s.scratch)
	s.scratch = append(s.scratch, s.doc[start:i]...)
	for {
		run := i
		for i = plain(s.doc, i); i < len(s.doc) && s.doc[i] >= 0x80; {
			i = plain(s.doc, i+1)
		}
		if err := s.checkUTF8(run, i); err != nil {
			return nil, err
		}
		s.scratch = append(s.scratch, s.doc[run:i]...)
		if i >= len(s.doc) {
			s.pos = i
			return nil, s.fail("want the end of a string")
		}
		if s.doc[i] == '"' {
			s.pos = i + 1
			text := s.scratch[from:len(s.scratch):len(s.scratch)]
			if !want {
				s.scratch = s.scratch[:from]
			}
			return text, nil
		}
		s.pos = i
		if s.doc[i] != '\\' {
			return nil, s.fail("control character in a string")
		}
		if err := s.escape(); err != nil {
			return nil, err
		}
		i = s.pos
	}
}

// escape appends what the escape at pos stands for and moves past it.
func (s *Scanner) escape() *Error {
	if s.pos+1 >= len(s.doc) {
		s.pos = len(s.doc)
		return s.fail("want an escape")
	}
	var c byte
	switch s.doc[s.pos+1] {
	case '"', '\\', '/':
		c = s.doc[s.pos+1]
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return s.unicode()
	default:
		return s.fail("unknown escape")
	}
	s.scratch = append(s.scratch, c)
	s.pos += 2
	return nil
}

func (s *Scanner) unicode() *Error {
	r, ok := hex4(s.doc, s.pos)
	if !ok {
		return s.fail("want \\u and four hexadecimal digits")
	}
	at := s.pos
	s.pos += 6
	if utf16.IsSurrogate(r) {
		second, ok := hex4(s.doc, s.pos)
		if r = utf16.DecodeRune(r, second); !ok || r == utf8.RuneError {
			return s.badUTF8(at)
		}
		s.pos += 6
	}
	s.scratch = utf8.AppendRune(s.scratch, r)
	return nil
}

func hex4(d []byte, i int) (rune, bool) {
	if i+6 > len(d) || d[i] != '\\' || d[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range d[i+2 : i+6] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

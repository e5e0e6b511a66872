package fold

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// partMost is the size from which on a state record is cut, bytes: into parts of so
// many, and a record of their number under its own key, behind them. So none is too large
// for its topic, whatever a customer may have: a million bookings in a foreign currency,
// tens of thousands of reversals that wait.
const partMost = 1 << 20

// partMark stands in a key between that of a record and the number of a part. No other
// key has it behind its last slash.
const partMark = '+'

func appendPartKey(b, key []byte, part uint16) []byte {
	return strconv.AppendUint(append(append(b, key...), partMark), uint64(part), 10)
}

// partKey tells whether a key is that of a part.
func partKey(key []byte) bool {
	return bytes.IndexByte(key[bytes.LastIndexByte(key, '/')+1:], partMark) >= 0
}

// cut puts its parts, and what tells of them, in the place of the record that was ended
// last.
func (s *Saves) cut(most int) (parts uint16) {
	whole, kind := s.List[len(s.List)-1], s.kind
	s.List = s.List[:len(s.List)-1]
	// Buffers of this size are not kept for others.
	s.buf = nil
	for rest := whole.Value; len(rest) > 0; parts++ {
		text := string(rest[:min(len(rest), most)])
		rest = rest[len(text):]
		s.buf = make([]byte, 0, len(whole.Key)+len(text)+64)
		x := s.begin(statePart, appendPartKey(s.buf, whole.Key, parts))
		codec.Unsigned(x, &kind)
		x.Text(&text)
		s.buf = s.x.Seal(s.from)
		s.List = append(s.List, Saved{s.buf[:s.from:s.from], s.buf[s.from:len(s.buf):len(s.buf)]})
		s.buf = nil
	}
	hash := xxhash.Sum64(whole.Value)
	x := s.begin(stateCut, append(s.room(), whole.Key...))
	codec.Unsigned(x, &kind)
	codec.Unsigned(x, &parts)
	x.Fixed(&hash)
	s.buf = s.x.Seal(s.from)
	s.List = append(s.List, Saved{s.buf[s.at:s.from:s.from], s.buf[s.from:len(s.buf):len(s.buf)]})
	return parts
}

// endAgain ends a record that may have been saved before, in up to was parts: those that
// are too many are forgotten. It gives how many there may be now.
func (s *Saves) endAgain(was uint16) (parts uint16) {
	parts = s.end()
	s.forgetParts(parts, was)
	return max(parts, was)
}

// forgetParts forgets the parts from one on, up to was, of the record that was added last.
func (s *Saves) forgetParts(from, was uint16) {
	key := s.List[len(s.List)-1].Key
	for ; from < was; from++ {
		s.forget(appendPartKey(s.room(), key, from))
	}
}

// kindOf is the kind of a state record; of a part, whole is false, and of what tells of
// parts it is true, it is that of the record that was cut.
func kindOf(record []byte) (kind uint8, whole bool, err error) {
	x, err := codec.Open(record)
	if err != nil {
		return 0, false, err
	}
	codec.Unsigned(&x, &kind)
	whole = kind != statePart
	if kind == statePart || kind == stateCut {
		codec.Unsigned(&x, &kind)
	}
	return kind, whole, x.Err()
}

func ofCustomer(kind uint8) bool { return kind == stateHead || kind == stateSpan }

// part keeps a part until what tells of it comes.
func (l *Loading) part(key []byte, x *codec.Coder) {
	var of uint8
	var text string
	codec.Unsigned(x, &of)
	x.Text(&text)
	if x.Err() != nil {
		return
	}
	if l.parts == nil {
		l.parts = map[string]string{}
	}
	l.parts[string(key)] = strings.Clone(text)
}

// join takes a record that was cut. Where parts are missing, the log cleaner has passed
// them, but not yet this: the record comes again further on.
func (l *Loading) join(key []byte, x *codec.Coder) {
	var of uint8
	var parts uint16
	var hash uint64
	codec.Unsigned(x, &of)
	codec.Unsigned(x, &parts)
	x.Fixed(&hash)
	if x.Err() != nil {
		return
	}
	var whole []byte
	for i := range parts {
		name := string(appendPartKey(nil, key, i))
		whole = append(whole, l.parts[name]...)
		delete(l.parts, name)
	}
	if xxhash.Sum64(whole) != hash {
		if l.torn == nil {
			l.torn = map[string]bool{}
		}
		l.torn[string(key)] = true
		return
	}
	y, err := codec.Open(whole)
	if err != nil {
		x.Fail(err)
		return
	}
	var kind uint8
	if codec.Unsigned(&y, &kind); kind != of || kind >= stateReset {
		x.Fail(fmt.Errorf("kind %d in parts of kind %d: %w", kind, of, codec.ErrDamaged))
		return
	}
	l.read(key, kind, &y)
	if err := y.Close(); err != nil {
		x.Fail(err)
		return
	}
	if ofCustomer(kind) {
		a := l.p.extra.At(l.last)
		a.parts = max(a.parts, parts)
	}
}

// mended tells that what has come under a key takes the place of what was there.
func (l *Loading) mended(key []byte) {
	if len(l.torn) > 0 {
		delete(l.torn, string(key))
	}
}

// joined tells whether every record that was cut has had its parts.
func (l *Loading) joined() error {
	if n := len(l.torn); n > 0 {
		return fmt.Errorf("of %d records that were cut parts are missing: %w", n, codec.ErrDamaged)
	}
	return nil
}

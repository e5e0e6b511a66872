package file

import (
	"bytes"
	"errors"
	"io"
)

// lines is a window over a stream in which a record's lines are looked at before
// they are taken. It never holds more than a record of the longest size.
type lines struct {
	src   io.Reader
	buf   []byte
	start int // of what is not taken yet
	end   int
	err   error
	max   int
	line  int64 // of buf[start]; the first is 1
}

func newLines(src io.Reader, limit int) *lines {
	l := &lines{src: src, buf: make([]byte, 64<<10), max: limit, line: 1}
	for l.end < len(bom) && l.err == nil {
		l.fill()
	}
	if bytes.HasPrefix(l.buf[:l.end], bom) {
		l.start = len(bom)
	}
	return l
}

var bom = []byte("\xef\xbb\xbf")

var errTooLong = errors.New("longer than a record may be")

// fill reads more behind what is there.
func (l *lines) fill() {
	if l.start > 0 && l.end == len(l.buf) {
		copy(l.buf, l.buf[l.start:l.end])
		l.end -= l.start
		l.start = 0
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	for l.err == nil {
		n, err := l.src.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 {
			return
		}
	}
}

// peek finds the end of the line that begins at offset from the start of what is
// not taken: the length up to and with its newline. The last line of a stream
// that ended well needs none. io.EOF: there is no further line. errTooLong: it
// goes beyond max. Another error: the stream broke; the part after the last
// newline is not a line.
func (l *lines) peek(offset int) (int, error) {
	seen := offset
	for {
		if i := bytes.IndexByte(l.buf[l.start+seen:l.end], '\n'); i >= 0 {
			if seen+i+1 > l.max+2 {
				return 0, errTooLong
			}
			return seen + i + 1, nil
		}
		seen = l.end - l.start
		if seen > l.max+2 {
			return 0, errTooLong
		}
		if l.err != nil {
			if !errors.Is(l.err, io.EOF) || errors.Is(l.err, io.ErrUnexpectedEOF) {
				return 0, l.err
			}
			if seen == offset {
				return 0, io.EOF
			}
			return seen, nil
		}
		l.fill()
	}
}

// bytes are the next n bytes not taken.
func (l *lines) bytes(n int) []byte { return l.buf[l.start : l.start+n] }

// take moves past n bytes that hold the given number of lines.
func (l *lines) take(n int, count int64) {
	l.start += n
	l.line += count
}

// drop takes a line of any length; it returns the first bytes of it.
func (l *lines) drop(keep int) (head []byte, size int64, err error) {
	for {
		window := l.buf[l.start:l.end]
		i := bytes.IndexByte(window, '\n')
		part := window
		if i >= 0 {
			part = window[:i]
		}
		if room := keep - len(head); room > 0 {
			head = append(head, part[:min(room, len(part))]...)
		}
		size += int64(len(part))
		if i >= 0 {
			l.take(i+1, 1)
			return head, size, nil
		}
		l.start = l.end
		if l.err != nil {
			if errors.Is(l.err, io.EOF) && !errors.Is(l.err, io.ErrUnexpectedEOF) {
				return head, size, nil
			}
			return head, size, l.err
		}
		l.start, l.end = 0, 0
		l.fill()
	}
}

func trimNewline(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

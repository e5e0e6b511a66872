package codec

import (
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

type sample struct {
	a    int64
	b    uint8
	c    int32
	d    uint64
	e    bool
	text string
	list []uint16
}

func (s *sample) code(c *Coder) {
	Signed(c, &s.a)
	Unsigned(c, &s.b)
	Signed(c, &s.c)
	c.Fixed(&s.d)
	c.Bool(&s.e)
	c.Text(&s.text)
	n := c.Len(len(s.list))
	if c.Reading() {
		s.list = make([]uint16, n)
	}
	for i := range s.list {
		Unsigned(c, &s.list[i])
	}
}

func draw(t *rapid.T) sample {
	return sample{
		a: rapid.Int64().Draw(t, "a"), b: rapid.Uint8().Draw(t, "b"), c: rapid.Int32().Draw(t, "c"),
		d: rapid.Uint64().Draw(t, "d"), e: rapid.Bool().Draw(t, "e"), text: rapid.String().Draw(t, "text"),
		list: rapid.SliceOf(rapid.Uint16()).Draw(t, "list"),
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := draw(t)
		before := rapid.SliceOf(rapid.Byte()).Draw(t, "before")
		w := Writer(before)
		want.code(&w)
		record := w.Seal(len(before))[len(before):]
		r, err := Open(record)
		if err != nil {
			t.Fatal(err)
		}
		var got sample
		got.code(&r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		same := got.a == want.a && got.b == want.b && got.c == want.c && got.d == want.d && got.e == want.e && got.text == want.text &&
			len(got.list) == len(want.list)
		for i := range want.list {
			same = same && got.list[i] == want.list[i]
		}
		if !same {
			t.Fatalf("wrote %+v, read %+v", want, got)
		}
	})
}

// TestDamageIsSeen: whatever byte is changed, or however much is missing.
func TestDamageIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t)
		w := Writer(nil)
		s.code(&w)
		record := w.Seal(0)
		cut := rapid.IntRange(0, len(record)-1).Draw(t, "cut")
		if _, err := Open(record[:cut]); err == nil {
			t.Fatalf("%d of %d bytes were taken for a record", cut, len(record))
		}
		at := rapid.IntRange(0, len(record)-1).Draw(t, "at")
		record[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		if _, err := Open(record); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
			t.Fatalf("byte %d changed: %v", at, err)
		}
	})
}

// FuzzRead: a body that passed its checksum but makes no sense is an error, not a
// crash.
func FuzzRead(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, body []byte) {
		c := Coder{Format: Format, reading: true, b: body}
		var s sample
		s.code(&c)
		if err := c.Close(); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestUvarint: numbers of every length, with and without bytes behind them, are read
// as the library reads them.
func TestUvarint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64().Draw(t, "v") >> rapid.IntRange(0, 63).Draw(t, "shift")
		body := binary.AppendUvarint(nil, v)
		n := len(body)
		c := Coder{reading: true, b: append(body, rapid.SliceOf(rapid.Byte()).Draw(t, "behind")...)}
		if got := c.uvarint(); got != v || c.at != n || c.err != nil {
			t.Fatalf("%d of %d bytes was read as %d of %d: %v", v, n, got, c.at, c.err)
		}
		c = Coder{reading: true, b: body[:n-1]}
		if c.uvarint(); c.Err() == nil {
			t.Fatalf("%d without its last byte was read", v)
		}
	})
}

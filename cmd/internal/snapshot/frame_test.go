package snapshot_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
)

var header = snapshot.Header{Namespace: "test", Partition: 2, Day: 20259, Close: 1234, Epoch: 1, Program: "v1"}

type record struct{ key, value []byte }

// written is a file with these records.
func written(t testing.TB, list []record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := snapshot.NewWriter(&b, header)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if err := w.Put(r.key, r.value); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.End(); err != nil || n != int64(len(list)) {
		t.Fatalf("%d records, %v", n, err)
	}
	return b.Bytes()
}

// readAll reads a file whole.
func readAll(file []byte) (h snapshot.Header, list []record, err error) {
	r, err := snapshot.NewReader(bytes.NewReader(file))
	if err != nil {
		return h, nil, err
	}
	for {
		key, value, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header, list, nil
		}
		if err != nil {
			return r.Header, nil, err
		}
		list = append(list, record{key, value})
	}
}

func drawRecords(t *rapid.T) []record {
	bytesOf := func(most int) *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), 1, most) }
	list := make([]record, rapid.IntRange(0, 20).Draw(t, "records"))
	for i := range list {
		list[i] = record{bytesOf(300).Draw(t, "key"), bytesOf(300).Draw(t, "value")}
	}
	return list
}

func TestFileRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := drawRecords(rt)
		h, got, err := readAll(written(t, want))
		if err != nil || h != header || len(got) != len(want) {
			rt.Fatalf("header %+v, %d records of %d, %v", h, len(got), len(want), err)
		}
		for i := range want {
			if !bytes.Equal(got[i].key, want[i].key) || !bytes.Equal(got[i].value, want[i].value) {
				rt.Fatalf("record %d is %q, want %q", i, got[i], want[i])
			}
		}
	})
}

// Whatever byte is changed, however much is missing and whatever follows is seen.
func TestFileDamageIsSeen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		file := written(t, drawRecords(rt))
		bad := func(what string, file []byte) {
			if _, _, err := readAll(file); !errors.Is(err, snapshot.ErrDamaged) && !errors.Is(err, snapshot.ErrNewer) {
				rt.Fatalf("%s: %v", what, err)
			}
		}
		cut := rapid.IntRange(0, len(file)-1).Draw(rt, "cut")
		bad(fmt.Sprintf("cut to %d of %d", cut, len(file)), file[:cut])
		bad("a byte more", append(bytes.Clone(file), 0))
		at := rapid.IntRange(0, len(file)-1).Draw(rt, "at")
		file[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "change"))
		bad(fmt.Sprintf("byte %d changed", at), file)
	})
}

func TestNewerFileIsRefused(t *testing.T) {
	file := written(t, nil)
	file[7] = snapshot.Format + 1
	if _, _, err := readAll(file); !errors.Is(err, snapshot.ErrNewer) {
		t.Errorf("error %v", err)
	}
}

func TestWriterRefusesWhatNoReaderTakes(t *testing.T) {
	w, err := snapshot.NewWriter(io.Discard, header)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []record{{nil, []byte("v")}, {[]byte("k"), nil}, {make([]byte, 1<<17), []byte("v")}} {
		if err := w.Put(r.key, r.value); err == nil {
			t.Errorf("key of %d bytes, value of %d: written", len(r.key), len(r.value))
		}
	}
}

// FuzzReader: whatever a file holds is read or refused, without a crash and without
// more memory than it has bytes, and what is read is written again as it was.
func FuzzReader(f *testing.F) {
	f.Add(written(f, nil))
	f.Add(written(f, []record{{[]byte("C1/h"), []byte("head")}, {[]byte("/progress"), []byte("p")}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		h, list, err := readAll(file)
		if err != nil {
			if !errors.Is(err, snapshot.ErrDamaged) && !errors.Is(err, snapshot.ErrNewer) {
				t.Errorf("the error is %v", err)
			}
			return
		}
		var b bytes.Buffer
		w, err := snapshot.NewWriter(&b, h)
		for i := 0; err == nil && i < len(list); i++ {
			err = w.Put(list[i].key, list[i].value)
		}
		if err == nil {
			_, err = w.End()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, again, err := readAll(b.Bytes()); err != nil || len(again) != len(list) {
			t.Errorf("written again it has %d records of %d, %v", len(again), len(list), err)
		}
	})
}

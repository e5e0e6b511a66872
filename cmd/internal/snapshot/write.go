package snapshot

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
)

// Writer writes a file of a snapshot.
type Writer struct {
	out     *bufio.Writer
	sum     *xxhash.Digest
	scratch []byte
	records uint64
}

// NewWriter begins a file.
func NewWriter(out io.Writer, h Header) (*Writer, error) {
	text, err := h.encode()
	if err != nil {
		return nil, err
	}
	w := &Writer{out: bufio.NewWriterSize(out, 1<<20), sum: xxhash.New()}
	begin := append([]byte(magic), Format)
	begin = binary.LittleEndian.AppendUint32(begin, uint32(len(text)))
	return w, w.put(append(begin, text...))
}

// Put adds a state record.
func (w *Writer) Put(key, value []byte) error {
	if len(key) == 0 || len(key) > keyMost || len(value) == 0 || len(value) > valueMost {
		return fmt.Errorf("state record %.100q: key of %d bytes, value of %d: want 1 to %d and 1 to %d", key, len(key), len(value), keyMost, valueMost)
	}
	w.records++
	w.scratch = append(binary.AppendUvarint(w.scratch[:0], uint64(len(key))), key...)
	w.scratch = binary.AppendUvarint(w.scratch, uint64(len(value)))
	if err := w.put(w.scratch); err != nil {
		return err
	}
	return w.put(value)
}

// End ends the file and tells how many records it has.
func (w *Writer) End() (records int64, err error) {
	if err := w.put(binary.LittleEndian.AppendUint64([]byte{0}, w.records)); err != nil {
		return 0, err
	}
	if err := w.put(binary.LittleEndian.AppendUint64(nil, w.sum.Sum64())); err != nil {
		return 0, err
	}
	if err := w.out.Flush(); err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return int64(w.records), nil
}

func (w *Writer) put(b []byte) error {
	_, _ = w.sum.Write(b) // never fails
	if _, err := w.out.Write(b); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

package file

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// unpack undoes the compression that the first bytes tell of; the name's ending
// is not needed, but if it promises one the bytes must keep it.
func unpack(name string, raw *bufio.Reader) (io.Reader, func(), error) {
	none := func() {}
	magic, _ := raw.Peek(6) // a shorter file is told by what is compared
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		return z, none, wrap("gzip", err)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		// One decoder goroutine less: it decodes in the caller's.
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
		if err != nil {
			return nil, none, wrap("zstd", err)
		}
		return z, z.Close, nil
	case bytes.HasPrefix(magic, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		z, err := xz.NewReader(raw)
		return z, none, wrap("xz", err)
	}
	for _, ending := range []string{".gz", ".zst", ".xz"} {
		if bytes.HasSuffix([]byte(name), []byte(ending)) {
			return nil, none, fmt.Errorf("the name says %s, but the content is not", ending)
		}
	}
	return raw, none, nil
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("open %s archive: %w", what, err)
	}
	return nil
}

// decoded turns another encoding into UTF-8.
func decoded(r io.Reader, name string) (io.Reader, error) {
	e, err := encodingOf(name)
	if e == nil || err != nil {
		return r, err
	}
	return e.NewDecoder().Reader(r), nil
}

// encodingOf is nil for UTF-8.
func encodingOf(name string) (encoding.Encoding, error) {
	switch name {
	case "", "utf-8":
		return nil, nil //nolint:nilnil // nothing is to be decoded
	case "gb18030":
		return simplifiedchinese.GB18030, nil
	case "windows-1250":
		return charmap.Windows1250, nil
	case "windows-1252":
		return charmap.Windows1252, nil
	}
	return nil, fmt.Errorf("encoding %q: want utf-8, gb18030, windows-1250 or windows-1252", name)
}

// Text is a row that a reader gave as Raw, in UTF-8. A row that is not valid UTF-8 was
// read without its encoding, so it holds the file's own bytes: they are in f.Encoding.
// A valid one is UTF-8 already (rule R140).
func (f Format) Text(raw []byte) ([]byte, error) {
	e, err := encodingOf(f.Encoding)
	if e == nil || err != nil || utf8.Valid(raw) {
		return raw, err
	}
	text, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return nil, fmt.Errorf("read a row as %s: %w", f.Encoding, err)
	}
	return text, nil
}

package file

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

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
	var e encoding.Encoding
	switch name {
	case "", "utf-8":
		return r, nil
	case "gb18030":
		e = simplifiedchinese.GB18030
	case "windows-1250":
		e = charmap.Windows1250
	case "windows-1252":
		e = charmap.Windows1252
	default:
		return nil, fmt.Errorf("encoding %q: want utf-8, gb18030, windows-1250 or windows-1252", name)
	}
	return e.NewDecoder().Reader(r), nil
}

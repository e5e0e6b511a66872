package file

import (
	"fmt"
	"strings"
)

// Kind is the format of the content.
type Kind uint8

// The kinds. JSON files hold one document a line, like JSONL.
const (
	CSV Kind = iota + 1
	JSONL
	Parquet
)

// Format says how a file is read.
type Format struct {
	Kind Kind
	// Separator between fields of CSV; 0 is a comma.
	Separator byte
	// NoHeader tells that a CSV has no header; Columns names its columns.
	NoHeader bool
	Columns  []string
	// MaxBytes is the longest record; 0 is event.DefaultMaxBytes.
	MaxBytes int
	// Encoding of the text: empty or utf-8, gb18030, windows-1250, windows-1252.
	Encoding string
}

// KindOf guesses the kind from a file's name, behind the compression's ending;
// 0 if it cannot be told.
func KindOf(name string) Kind {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst", ".xz"} {
		name = strings.TrimSuffix(name, packed)
	}
	for ending, kind := range map[string]Kind{
		".csv": CSV, ".tsv": CSV, ".asc": CSV, ".txt": CSV, ".jsonl": JSONL, ".ndjson": JSONL, ".json": JSONL, ".parquet": Parquet,
	} {
		if strings.HasSuffix(name, ending) {
			return kind
		}
	}
	return 0
}

// Error is a file that cannot be read on: damaged, cut short or gone.
type Error struct {
	// Path of the file.
	Path string
	// Offset is how many bytes of the file (compressed, if it is) were read.
	Offset int64
	// Rows is how many whole rows came before.
	Rows int64
	Err  error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("read %s: at byte %d, after %d whole rows: %v", e.Path, e.Offset, e.Rows, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

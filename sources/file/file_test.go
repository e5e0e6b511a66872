package file

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/ulikunitz/xz"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/sources/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll gives each row as text: cells joined by |, a document as it is, or the
// cause of a bad one.
func readAll(t *testing.T, path string, f Format) (rows []string, r *Reader, err error) {
	t.Helper()
	r, err = Open(path, f)
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { _ = r.Close() })
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, r, nil
		}
		if err != nil {
			return rows, r, err
		}
		rows = append(rows, fmt.Sprintf("%d:%s", row.Position, rowText(&row)))
	}
}

func rowText(row *event.Row) string {
	switch {
	case row.Bad != nil:
		return "!" + string(row.Bad.Cause)
	case row.Doc != nil:
		return string(row.Doc)
	}
	var cells []string
	for _, c := range row.Cells {
		text := string(c.Text)
		if c.Null {
			text = "<null>"
		}
		cells = append(cells, text)
	}
	return strings.Join(cells, "|")
}

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"plain", "a,b\n1,2\n3,4\n", []string{"2:1|2", "3:3|4"}},
		{"crlf, no last newline, bom", "\xef\xbb\xbfa,b\r\n1,2\r\n3,4", []string{"2:1|2", "3:3|4"}},
		{"empty fields and blank lines", "a,b\n\n,\n\n\n1,\n", []string{"3:|", "6:1|"}},
		{"quotes", "a,b\n\"x,\"\"y\"\"\",\"\"\n", []string{`2:x,"y"|`}},
		{"several lines", "a,b\n\"x\r\ny\",1\nz,2\n", []string{"2:x\ny|1", "4:z|2"}},
		{"other widths are the mapping's business", "a,b\n1\n1,2,3\n", []string{"2:1", "3:1|2|3"}},
		{"stray quote", "a,b\n1,x\"y\n3,4\n", []string{"2:!malformed_csv", "3:3|4"}},
		{"behind a quote", "a,b\n\"1\"x,2\n3,4\n", []string{"2:!malformed_csv", "3:3|4"}},
		{"quote without end costs one line", "a,b\n1,2\n\"3,4\n5,6\n7,8\n", []string{"2:1|2", "3:!malformed_csv", "4:5|6", "5:7|8"}},
		{"only a header", "a,b\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, r, err := readAll(t, write(t, "in.csv", []byte(c.in)), Format{Kind: CSV})
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
			if h := r.Header(); !reflect.DeepEqual(h, []string{"a", "b"}) {
				t.Errorf("header %q", h)
			}
		})
	}
}

// FuzzCSV compares with encoding/csv on input it accepts whole.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n\"x,\"\"y\",\"\"\n1,2\n"))
	f.Add([]byte("a\r\n\"b\r\nc\"\r\n\r\n,\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		std := csv.NewReader(bytes.NewReader(in))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		rows := &csvRows{lines: newLines(bytes.NewReader(in), 1<<16), separator: ','}
		var got [][]string
		for {
			var row event.Row
			if err := rows.next(&row); err != nil {
				break
			}
			var record []string
			for _, c := range row.Cells {
				record = append(record, string(c.Text))
			}
			got = append(got, record)
		}
		// encoding/csv keeps a lone \r before the end of the input and a BOM.
		if err != nil || bytes.Contains(in, []byte("\r")) || bytes.HasPrefix(in, bom) {
			return
		}
		if !reflect.DeepEqual(got, want) && (len(got) > 0 || len(want) > 0) {
			t.Fatalf("%q: got %q, want %q", in, got, want)
		}
	})
}

func TestJSONL(t *testing.T) {
	long := `{"x":"` + strings.Repeat("y", 200) + `"}`
	got, _, err := readAll(t, write(t, "in.jsonl", []byte("{\"a\":1}\n\n  \r\n"+long+"\n{\"a\":2}")), Format{Kind: JSONL, MaxBytes: 100})
	want := []string{`1:{"a":1}`, "4:!too_large", `5:{"a":2}`}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// A record of 10 MB is one bad row, with the head of it kept, and the next one
// is read.
func TestHugeRecord(t *testing.T) {
	in := []byte("{\"a\":\"" + strings.Repeat("x", 10<<20) + "\"}\n{\"a\":2}\n")
	r, err := Open(write(t, "in.jsonl", in), Format{Kind: JSONL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	row, err := r.Next()
	if err != nil || row.Bad == nil || row.Bad.Cause != event.TooLarge || len(row.Raw) != event.MaxRaw {
		t.Fatalf("%v %v, %d bytes kept", err, row.Bad, len(row.Raw))
	}
	if row, err = r.Next(); err != nil || string(row.Doc) != `{"a":2}` || row.Number != 2 {
		t.Fatalf("%v %q", err, row.Doc)
	}
}

func pack(t *testing.T, ending string, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch ending {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".zst":
		w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	case ".xz":
		w, err = xz.NewWriter(&b)
	default:
		return plain
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func manyRows(n int) []byte {
	var b bytes.Buffer
	b.WriteString("a,b\n")
	seed := uint64(1)
	for i := range n {
		seed = seed*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&b, "%d,%016x\n", i, seed)
	}
	return b.Bytes()
}

func TestArchives(t *testing.T) {
	plain := manyRows(20_000)
	for _, ending := range []string{"", ".gz", ".zst", ".xz"} {
		packed := pack(t, ending, plain)
		rows, r, err := readAll(t, write(t, "in.csv"+ending, packed), Format{Kind: CSV})
		if err != nil || len(rows) != 20_000 {
			t.Fatalf("%s: %d rows, %v", ending, len(rows), err)
		}
		if sum, ok := r.SHA256(); !ok || sum != sha256.Sum256(packed) {
			t.Errorf("%s: hash", ending)
		}
		if read, total := r.Progress(); read != total || total != int64(len(packed)) {
			t.Errorf("%s: progress %d of %d", ending, read, total)
		}
	}
}

// A cut or damaged archive gives every whole row before the damage, then an
// error with the file, the place and the count.
func TestDamagedArchives(t *testing.T) {
	plain := manyRows(20_000)
	for _, ending := range []string{".gz", ".zst", ".xz"} {
		packed := pack(t, ending, plain)
		half := packed[:len(packed)/2]
		path := write(t, "in.csv"+ending, half)
		rows, r, err := readAll(t, path, Format{Kind: CSV})
		var damage *Error
		if !errors.As(err, &damage) {
			t.Errorf("%s: cut archive: %v", ending, err)
			continue
		}
		if damage.Path != path || damage.Rows != int64(len(rows)) || damage.Offset == 0 || damage.Offset > int64(len(half)) {
			t.Errorf("%s: %+v with %d rows", ending, damage, len(rows))
		}
		if !strings.Contains(err.Error(), "cut short") {
			t.Errorf("%s: %v", ending, err)
		}
		for i, row := range rows { // never a part of a row
			if !strings.HasPrefix(row, fmt.Sprintf("%d:%d|", i+2, i)) || len(row) != len(fmt.Sprintf("%d:%d|", i+2, i))+16 {
				t.Fatalf("%s: row %d is %q", ending, i, row)
			}
		}
		if ending != ".zst" && len(rows) == 0 {
			t.Errorf("%s: no rows before the damage", ending)
		}
		if _, ok := r.SHA256(); ok {
			t.Errorf("%s: a hash of half a file", ending)
		}
		broken := bytes.Clone(packed)
		broken[len(broken)/2] ^= 0xff
		if _, _, err := readAll(t, write(t, "in.csv"+ending, broken), Format{Kind: CSV}); !errors.As(err, &damage) {
			t.Errorf("%s: damaged archive: %v", ending, err)
		}
	}
	if _, err := Open(write(t, "in.csv.zst", []byte("a,b\n")), Format{Kind: CSV}); err == nil || !strings.Contains(err.Error(), ".zst") {
		t.Errorf("a plain file named .zst: %v", err)
	}
	if _, err := Open(write(t, "in.csv", nil), Format{Kind: CSV}); err == nil {
		t.Error("an empty CSV has no header")
	}
}

func TestSkip(t *testing.T) {
	r, err := Open(write(t, "in.csv", manyRows(100)), Format{Kind: CSV})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.Skip(40); err != nil {
		t.Fatal(err)
	}
	if row, err := r.Next(); err != nil || row.Number != 41 || string(row.Cells[0].Text) != "40" {
		t.Fatalf("%v %+v", err, row)
	}
	if err := r.Skip(101); !errors.Is(err, io.EOF) {
		t.Fatalf("skip beyond the end: %v", err)
	}
}

func TestEncodings(t *testing.T) {
	got, _, err := readAll(t, write(t, "in.csv", []byte("a,b\n\xd6\xd0\xce\xc4,1\n")), Format{Kind: CSV, Encoding: "gb18030"})
	if err != nil || len(got) != 1 || got[0] != "2:中文|1" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := Open(write(t, "in.csv", []byte("a\n")), Format{Kind: CSV, Encoding: "ebcdic"}); err == nil {
		t.Error("unknown encoding accepted")
	}
}

func TestParquet(t *testing.T) {
	type owner struct {
		ID   string `parquet:"id"`
		Kind string `parquet:"kind,optional"`
	}
	type row struct {
		ID     int64    `parquet:"id"`
		Amount int64    `parquet:"amount,decimal(2:18)"`
		At     int64    `parquet:"at,timestamp(millisecond)"`
		Day    int32    `parquet:"day,date"`
		Rate   float64  `parquet:"rate"`
		OK     bool     `parquet:"ok"`
		Note   *string  `parquet:"note,optional"`
		Owner  owner    `parquet:"owner"`
		Tags   []string `parquet:"tags,list"`
		U16    uint16   `parquet:"u16"`
		U32    uint32   `parquet:"u32"`
		U64    uint64   `parquet:"u64"`
		I32    int32    `parquet:"i32"`
	}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b, parquet.MaxRowsPerRowGroup(100))
	note := "a \"note\""
	for i := range int64(250) {
		r := row{ID: i, Amount: -5 + i*100, At: 1750485900123, Day: 20260, Rate: 0.1, OK: i%2 == 0, Owner: owner{ID: "C-1"}, Tags: []string{"x", "y"}}
		r.U16, r.U32, r.U64, r.I32 = 65_535, 3_000_000_000, 1<<63+5, -7
		if i == 1 {
			r.Note = &note
		}
		if _, err := w.Write([]row{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := write(t, "in.parquet", b.Bytes())
	rows, r, err := readAll(t, path, Format{Kind: Parquet})
	if err != nil || len(rows) != 250 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := map[string]string{}
	cells := strings.Split(strings.SplitN(rows[1], ":", 2)[1], "|")
	for i, name := range r.Header() {
		at[name] = cells[i]
	}
	for name, want := range map[string]string{
		"id": "1", "amount": "0.95", "at": "2025-06-21T06:05:00Z", "day": "2025-06-21", "rate": "0.1", "ok": "false", "note": note, "owner.id": "C-1",
		"u16": "65535", "u32": "3000000000", "u64": "9223372036854775813", "i32": "-7",
	} {
		if at[name] != want {
			t.Errorf("%s = %q, want %q (columns %q)", name, at[name], want, r.Header())
		}
	}
	if !strings.Contains(rows[0], "-0.05") || !strings.Contains(rows[0], "<null>") {
		t.Errorf("row 0: %q", rows[0])
	}
	if sum, ok := r.SHA256(); !ok || sum != sha256.Sum256(b.Bytes()) {
		t.Error("hash")
	}
	var damage *Error
	if _, err := Open(write(t, "cut.parquet", b.Bytes()[:b.Len()/2]), Format{Kind: Parquet}); !errors.As(err, &damage) {
		t.Errorf("cut parquet: %v", err)
	}
	broken := bytes.Clone(b.Bytes())
	for i := 4; i < len(broken)/2; i++ {
		broken[i] ^= 0x5a
	}
	if _, _, err := readAll(t, write(t, "broken.parquet", broken), Format{Kind: Parquet}); !errors.As(err, &damage) {
		t.Errorf("damaged parquet: %v", err)
	}
}

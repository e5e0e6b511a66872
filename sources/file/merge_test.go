package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// dayMapper maps rows of day,time,id: one record, or two where id ends in +; a
// blank id is filtered, a blank day rejected.
type dayMapper struct{}

func (dayMapper) Bind([]string) error { return nil }

func (dayMapper) Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	cell := func(i int) string { return string(row.Cells[i].Text) }
	day, err := strconv.Atoi(cell(0))
	if err != nil {
		return event.Outcome{Verdict: event.Rejected, Reject: &event.Reject{Cause: event.BadDate}}, nil
	}
	if cell(2) == "" {
		return event.Outcome{Verdict: event.Filtered, Reason: "blank"}, nil
	}
	at, _ := strconv.Atoi(cell(1))
	n := 1
	if strings.HasSuffix(cell(2), "+") {
		n = 2
	}
	for i := range n {
		if err := emit(&pb.LogRecord{Transaction: &pb.Transaction{CustomerId: cell(2), BusinessDay: int32(day), EventTime: int64(at + i)}}); err != nil {
			return event.Outcome{}, err
		}
	}
	return event.Outcome{Verdict: event.Accepted, Records: n}, nil
}

func inputs(t testing.TB, texts ...string) []Input {
	t.Helper()
	var list []Input
	for i, text := range texts {
		path := fmt.Sprintf("%s/f%d.csv", t.TempDir(), i)
		if err := os.WriteFile(path, []byte("day,time,id\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		list = append(list, Input{Path: path, Format: Format{Kind: CSV}, Mapper: dayMapper{}})
	}
	return list
}

func mergeAll(t testing.TB, in []Input, o MergeOptions) (got []string, m *Merger, err error) {
	t.Helper()
	m, err = NewMerger(t.Context(), in, o)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	for {
		e, err := m.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return got, m, nil
		}
		if err != nil {
			return got, m, err
		}
		var keys []string
		for _, r := range e.Records {
			var rec pb.LogRecord
			if err := rec.UnmarshalVT(r.Value); err != nil || rec.Transaction.CustomerId != r.Key {
				t.Fatalf("%v: key %q of %v", err, r.Key, rec.Transaction)
			}
			keys = append(keys, r.Key)
		}
		got = append(got, fmt.Sprintf("%d/%d %d:%d %s", e.Day, e.Time, e.File, e.Number, strings.Join(keys, " ")))
	}
}

func TestMergeOrder(t *testing.T) {
	in := inputs(
		t,
		"10,500,a\n10,100,b\n11,50,c+\n12,1,d\n",
		"10,100,x\n,,bad\n10,1,\n12,0,y\n",
	)
	var rejects []string
	got, m, err := mergeAll(t, in, MergeOptions{Reject: func(file int, row event.Row, why *event.Reject) error {
		rejects = append(rejects, fmt.Sprintf("%d:%d %s", file, row.Position, why.Cause))
		return nil
	}})
	want := []string{"10/100 0:2 b", "10/100 1:1 x", "10/500 0:1 a", "11/51 0:3 c+ c+", "12/0 1:4 y", "12/1 0:4 d"}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\n got %q\nwant %q", err, got, want)
	}
	if fmt.Sprint(rejects) != "[1:3 bad_date]" {
		t.Errorf("rejects %q", rejects)
	}
	b := m.Books(1)
	if b.Read != 4 || b.Accepted != 2 || b.Records != 2 || b.Filtered["blank"] != 1 || b.Rejected[event.BadDate] != 1 {
		t.Errorf("books %+v", b)
	}
	if b := m.Books(0); b.Read != 4 || b.Accepted != 4 || b.Records != 5 {
		t.Errorf("books %+v", b)
	}
}

func TestDisorder(t *testing.T) {
	text := "10,1,a\n13,1,b\n11,1,c\n14,1,d\n12,1,e\n"
	want := "[10/1 0:1 a 11/1 0:3 c 12/1 0:5 e 13/1 0:2 b 14/1 0:4 d]"
	for bound, sorts := range map[int32]int{2: 0, 5: 0, 1: 1, 0: 1} {
		announced := 0
		got, _, err := mergeAll(t, inputs(t, text), MergeOptions{MaxDisorder: bound, TempDir: t.TempDir(), SortMemory: 1, Sorting: func(_ string, days int32) {
			announced++
			if days != 2 {
				t.Errorf("announced %d days", days)
			}
		}})
		if err != nil || fmt.Sprint(got) != want || announced != sorts {
			t.Errorf("bound %d: %v, sorted %d times, %q", bound, err, announced, got)
		}
	}
}

// Whatever the files and the bound, the merge is the stable sort of all entries.
func TestMergeProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var texts, want []string
		type key struct{ day, at, file, number int }
		var keys []key
		for f := range rapid.IntRange(1, 3).Draw(rt, "files") {
			var b strings.Builder
			for n := range rapid.IntRange(0, 30).Draw(rt, "rows") {
				k := key{rapid.IntRange(1, 9).Draw(rt, "day"), rapid.IntRange(0, 5).Draw(rt, "at"), f, n + 1}
				keys = append(keys, k)
				fmt.Fprintf(&b, "%d,%d,c\n", k.day, k.at)
			}
			texts = append(texts, b.String())
		}
		sort.Slice(keys, func(i, j int) bool {
			a, b := keys[i], keys[j]
			return fmt.Sprintf("%03d%03d%03d%03d", a.day, a.at, a.file, a.number) < fmt.Sprintf("%03d%03d%03d%03d", b.day, b.at, b.file, b.number)
		})
		for _, k := range keys {
			want = append(want, fmt.Sprintf("%d/%d %d:%d c", k.day, k.at, k.file, k.number))
		}
		dir := t.TempDir()
		got, _, err := mergeAll(t, inputs(t, texts...), MergeOptions{
			MaxDisorder: int32(rapid.IntRange(0, 9).Draw(rt, "bound")), TempDir: dir, SortMemory: rapid.IntRange(1, 2000).Draw(rt, "memory"),
		})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("%v\n got %q\nwant %q", err, got, want)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			rt.Fatalf("left on disk: %v", left)
		}
	})
}

func TestInspect(t *testing.T) {
	in := inputs(t, "10,1,a\n13,1,b\n11,1,c\n,,bad\n")[0]
	look, err := Inspect(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := os.ReadFile(in.Path)
	if look.FirstDay != 10 || look.LastDay != 13 || look.Disorder != 2 || look.Books.Read != 4 || look.SHA256 != sha256.Sum256(content) {
		t.Errorf("%+v", look)
	}
}

// A file that changed after it was inspected is found out, not loaded in a wrong
// order; a damaged one gives what is whole before the error.
func TestMergeFailures(t *testing.T) {
	in := inputs(t, "10,1,a\n13,1,b\n9,1,c\n")
	got, _, err := mergeAll(t, in, MergeOptions{Inspections: make([]Inspection, 1)})
	if err == nil || !strings.Contains(err.Error(), "changed") || len(got) == 0 {
		t.Errorf("%q, %v", got, err)
	}
	var plain bytes.Buffer
	plain.WriteString("day,time,id\n")
	seed := uint64(7)
	for i := range 5000 {
		seed = seed*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&plain, "%d,%d,c%d\n", 10+i/100, i, seed)
	}
	packed := pack(t, ".gz", plain.Bytes())
	path := write(t, "cut.csv.gz", packed[:len(packed)/2])
	cut := Input{Path: path, Format: Format{Kind: CSV}, Mapper: dayMapper{}}
	look, err := Inspect(t.Context(), cut)
	var damage *Error
	if !errors.As(err, &damage) || look.Books.Read == 0 {
		t.Fatalf("inspect: %v %+v", err, look.Books)
	}
	for _, disorder := range []int32{0, 99} { // in a window, and sorted on disk
		look.Disorder = disorder
		got, _, err = mergeAll(t, []Input{cut}, MergeOptions{Inspections: []Inspection{look}, TempDir: t.TempDir()})
		if !errors.As(err, &damage) || int64(len(got)) != look.Books.Read {
			t.Errorf("disorder %d: %d entries of %d rows, %v", disorder, len(got), look.Books.Read, err)
		}
	}
	if _, err := NewMerger(t.Context(), []Input{cut}, MergeOptions{}); !errors.As(err, &damage) {
		t.Errorf("a damaged file is found before anything is loaded: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewMerger(ctx, inputs(t, "10,1,a\n"), MergeOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if _, _, err := mergeAll(t, inputs(t, "10,1,a\n9,1,b\n"), MergeOptions{TempDir: "/nonexistent/dir"}); err == nil || !strings.Contains(err.Error(), "sort") {
		t.Errorf("no room to sort: %v", err)
	}
}

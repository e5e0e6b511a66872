package fold_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

var update = flag.Bool("update", false, "rewrite what samples of state are read as, and add one of a new format")

// TestStateOfEachFormatIsRead: of every format there is a sample that a program of
// its time wrote, and what it is read as. A new format needs one more; those there
// are are never written again.
func TestStateOfEachFormatIsRead(t *testing.T) {
	for format := 1; format <= codec.Format; format++ {
		t.Run(fmt.Sprint(format), func(t *testing.T) {
			sample := filepath.Join("testdata", "state", fmt.Sprintf("format%d.txt", format))
			if _, err := os.Stat(sample); err != nil && *update && format == codec.Format {
				writeSample(t, sample)
			}
			got := []byte(takeAll(t, readSample(t, sample, byte(format))).Describe())
			golden := strings.TrimSuffix(sample, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; run with -update and read the result", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is read otherwise, -update shows how", sample)
			}
		})
	}
}

// readSample are the records of a sample, a line each.
func readSample(t *testing.T, name string, format byte) (list []fold.Saved) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v; run with -update when the format is new", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		key, value, written := strings.Cut(lines.Text(), " ")
		r := fold.Saved{Key: []byte(key)}
		if written {
			if r.Value, err = base64.StdEncoding.DecodeString(value); err != nil {
				t.Fatal(err)
			}
			if r.Value[0] != format {
				t.Fatalf("%s: record %s has format %d", name, key, r.Value[0])
			}
		}
		list = append(list, r)
	}
	return list
}

// writeSample saves a small bank as it lives: head, months, what is forgotten.
func writeSample(t *testing.T, name string) {
	t.Helper()
	log := bankLog(t, 8, 100, "upgrade: next_period", "upgrade: when_secured")
	p := player{t: t, log: log, part: fold.New(fold.Options{Saves: true}), all: map[string][]byte{}, mute: 1 << 62}
	var topic stateTopic
	var saves fold.Saves
	saves.CutAt(600)
	for i := range log {
		p.apply(i, 1000)
		if i%200 == 0 || i == len(log)-1 {
			p.part.Save(p.part.Unsaved(), &saves)
			p.part.SaveProgress(int64(i)+1, &saves)
			topic.put(&saves)
		}
	}
	topic.compact()
	var b bytes.Buffer
	for _, r := range topic.list {
		b.Write(r.Key)
		if r.Value != nil {
			b.WriteString(" " + base64.StdEncoding.EncodeToString(r.Value))
		}
		b.WriteByte('\n')
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

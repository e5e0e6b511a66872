package load_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// interrupt begins a load and stops it when all is written and the last day not closed.
func interrupt(t *testing.T, b *trial.Bank, files ...load.File) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, err := load.Prepare(ctx, b.Deployment, load.Options{
		Files: files, MaxDisorder: 500, Announce: func(string) {},
		Policy: &pb.PolicyActivation{Name: "small", Version: 1, Yaml: []byte(trial.Policy)},
		Progress: func(stage string, _, _, _ int64) {
			if stage == load.StageLoad {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted load: %v", err)
	}
}

// owned is a file of bookings whose customers a table tells; own writes the table.
func owned(t *testing.T, dir string) (f load.File, own func(owners string)) {
	t.Helper()
	f = file(t, dir, "core.csv", "1,2025-06-20,A1,10.00,CNY", "2,2025-06-20,A2,10.00,CNY", "3,2025-06-20,A3,10.00,CNY",
		"4,2025-06-21,A2,10.00,CNY", "5,2025-06-22,A2,10.00,CNY")
	f.Mapping = trial.Write(t, dir, "owned.yaml", strings.Replace(strings.Replace(bookings,
		"records:", "lookups:\n  owner: {file: owners.csv, format: {type: csv}, key: account, values: [owner]}\nrecords:", 1),
		"customer_id: customer", "customer_id: {lookup: owner, key: customer}", 1))
	own = func(owners string) {
		t.Helper()
		trial.Write(t, dir, "owners.csv", "account,owner\n"+owners)
	}
	return f, own
}

const owners = "A1,C1\nA2,C2\n"

// A load counts what it has written by entries. Where a lookup table has changed since,
// others are counted: it does not go on, neither leaving one out nor writing one twice,
// until the table is put back.
func TestALoadGoesOnWithTheSameRowsAlone(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f, own := owned(t, dir)
	own(owners)
	interrupt(t, b, f)
	before := len(b.Log())
	for _, had := range b.Control().Table().Files() {
		if had.Position != 3 || len(had.Shapes) != 1 {
			t.Fatalf("noted is %v, want it behind the third entry", had)
		}
	}
	for name, changed := range map[string]string{
		"a key is gone": "A2,C2\n", "a key has come": owners + "A3,C3\n", "a key is another's": "A1,C1\nA2,C9\n",
	} {
		own(changed)
		_, err := b.Load(load.Options{Files: []load.File{f}})
		if err == nil || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "core.csv was loaded in part, and other rows of it are used now") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(b.Log()); n != before {
		t.Errorf("refused loads wrote %d records", n-before)
	}
	own(owners)
	if r := b.MustLoad(load.Options{Files: []load.File{f}}); !r.Resumed {
		t.Errorf("%+v", r)
	}
	wantOnce(t, b, "C1 1", "C2 2", "C2 4", "C2 5")
	if n := len(b.Letters()); n != 1 {
		t.Errorf("%d letters, want that of A3", n)
	}
}

// A booking whose unit had no rate was rejected: with rates that come while the load is
// interrupted it would be used.
func TestALoadGoesOnWithTheSameRatesAlone(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-20,C1,10.00,USD", "3,2025-06-21,C1,10.00,CNY")
	interrupt(t, b, f)
	rates, err := load.ReadRates(trial.Write(t, dir, "rates.csv", "day,unit,rate\n2025-06-20,USD,7.0\n"), "CNY")
	if err != nil {
		t.Fatal(err)
	}
	before := len(b.Log())
	if _, err := b.Load(load.Options{Files: []load.File{f}, Rates: rates}); err == nil || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "other rows of it are used now") {
		t.Errorf("with other rates: %v", err)
	}
	if n := len(b.Log()); n != before {
		t.Errorf("a refused load wrote %d records", n-before)
	}
	if r := b.MustLoad(load.Options{Files: []load.File{f}}); !r.Resumed {
		t.Errorf("%+v", r)
	}
	wantOnce(t, b, "C1 1", "C1 3")
}

// wantOnce wants these records of customers in the log, and no other.
func wantOnce(t *testing.T, b *trial.Bank, want ...string) {
	t.Helper()
	got := show(b.Log())
	for _, s := range want {
		if n := count(got, s+" "); n != 1 {
			t.Errorf("%s is in the log %d times", s, n)
		}
	}
	if n := count(got, "C"); n != len(want) {
		t.Errorf("%d records of customers are in the log, want %d: %q", n, len(want), got)
	}
}

// With --again it begins anew, and what an older program has noted goes on as it did.
func TestALoadBeginsAnewWithOtherRows(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f, own := owned(t, dir)
	own(owners)
	interrupt(t, b, f)
	own("A2,C2\n")
	r := b.MustLoad(load.Options{Files: []load.File{f}, Again: true})
	if r.Resumed || r.Written != 3 {
		t.Errorf("%+v", r)
	}

	b, dir = trial.New(t), t.TempDir()
	f, own = owned(t, dir)
	own(owners)
	interrupt(t, b, f)
	topic := b.Control()
	for _, had := range topic.Table().Files() {
		old := had.CloneVT()
		old.Shapes = nil
		if err := topic.NoteFile(t.Context(), old); err != nil {
			t.Fatal(err)
		}
	}
	if r := b.MustLoad(load.Options{Files: []load.File{f}}); !r.Resumed {
		t.Errorf("%+v", r)
	}
	wantOnce(t, b, "C1 1", "C2 2", "C2 4", "C2 5")
}

// pair is two files of one load, and their SHA-256.
func pair(t *testing.T, dir string) (files []load.File, shas []string) {
	t.Helper()
	files = []load.File{
		file(t, dir, "one.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C1,10.00,CNY"),
		file(t, dir, "two.csv", "3,2025-06-21,C1,10.00,CNY"),
	}
	for _, f := range files {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		shas = append(shas, hex.EncodeToString(sum[:]))
	}
	return files, shas
}

// A load of several files is killed while it notes its end, the first file last: given
// again it notes the rest, and writes nothing.
func TestALoadThatDiedWhileItNotedItsEnd(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	files, shas := pair(t, dir)
	b.MustLoad(load.Options{Files: files})
	topic := b.Control()
	first := topic.Table().File(shas[0]).CloneVT()
	first.Done = false
	if err := topic.NoteFile(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if r := b.MustLoad(load.Options{Files: files}); !r.Resumed || r.Written != 0 {
		t.Errorf("%+v", r)
	}
	wantOnce(t, b, "C1 1", "C1 2", "C1 3")
	if _, err := b.Load(load.Options{Files: files}); !errors.Is(err, load.ErrLoaded) {
		t.Errorf("when all is noted: %v", err)
	}
}

// One that is killed before the first file is noted has written nothing: it begins.
func TestALoadThatDiedBeforeItBegan(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	files, shas := pair(t, dir)
	if err := b.Control().NoteFile(t.Context(), &pb.LoadedFile{Sha256: shas[1], Name: "two.csv", Load: shas}); err != nil {
		t.Fatal(err)
	}
	if r := b.MustLoad(load.Options{Files: files}); r.Resumed || r.Written != 3 {
		t.Errorf("%+v", r)
	}
	wantOnce(t, b, "C1 1", "C1 2", "C1 3")
}

package letters_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

// paid is a mapping of bookings that are known by the number of their row.
const paid = `mapping: paid
format: {type: csv}
source: core
records:
  - record: transaction
    fields:
      customer_id: customer
      account_id: account
      txn_id: "{$file}:{$number}"
      account_type: {const: DEMAND}
      txn_type: {const: UNKNOWN}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
      currency: {const: CNY}
      amount: {from: amount, sign: credit_positive}
      event_time: {from: date, format: YYYY-MM-DD}
`

// sent sends letters, as change makes them, and gives what became of them.
func sent(t *testing.T, b *trial.Bank, mapping string, change func(*letters.Letter)) (fates []letters.Fate) {
	t.Helper()
	r, err := letters.NewRedriver(t.Context(), b.Deployment, letters.RedriveOptions{
		Mapping: mapping, Again: true, Told: func(f letters.Fate) { fates = append(fates, f) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, l := range b.Letters() {
		if l.Stage != letters.StageIngest {
			continue
		}
		change(&l)
		if err := r.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return fates
}

// older makes a letter what an older program has written.
func older(l *letters.Letter) {
	l.DeadLetter = l.CloneVT()
	l.OriginSha256, l.OriginNumber = "", 0
}

func asItIs(*letters.Letter) {}

// within writes a file into a folder of its own.
func within(t *testing.T, dir, folder, name, text string) string {
	t.Helper()
	dir = filepath.Join(dir, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return trial.Write(t, dir, name, text)
}

// Two files have one name and other columns: each letter is read by those of its file. Of
// letters that do not tell the file none goes back, since it could be bound wrongly.
func TestALetterIsReadByTheColumnsOfItsFile(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	b.Publish()
	asked := trial.Write(t, dir, "paid.yaml", paid)
	january, february := "customer,account,amount,date\n", "account,customer,amount,date\n"
	for i := range 8 {
		january += fmt.Sprintf("C%d,A%d,1.00,20250620\n", i, i)
		february += fmt.Sprintf("A%d,C%d,2.00,20250621\n", i, i)
	}
	january, february = january+"C9,A9,1.00,2025-06-20\n", february+"A9,C9,2.00,2025-06-21\n"
	for folder, text := range map[string]string{"january": january, "february": february} {
		b.MustLoad(load.Options{Files: []load.File{{Path: within(t, dir, folder, "bookings.csv", text), Mapping: asked}}})
	}
	compact := trial.Write(t, dir, "compact.yaml", strings.Replace(paid, "YYYY-MM-DD", "YYYYMMDD", 1))

	for _, f := range sent(t, b, compact, older) {
		if f.What != letters.NoWay || f.Why != "files named bookings.csv with different columns were loaded: correct the row and load it as a file" {
			t.Errorf("of an older program: %s (%s)", f.What, f.Why)
		}
	}
	fates := sent(t, b, compact, asItIs)
	for _, f := range fates {
		if f.What != letters.Written {
			t.Errorf("%s: %s (%s)", f.Letter.Original, f.What, f.Why)
		}
	}
	if len(fates) != 16 {
		t.Errorf("%d letters, want 16", len(fates))
	}
	bookings := 0
	for _, r := range b.Log() {
		if x := r.Transaction; x != nil {
			bookings++
			if x.CustomerId[0] != 'C' || x.AccountId != "A"+x.CustomerId[1:] {
				t.Errorf("%s has account %s", x.CustomerId, x.AccountId)
			}
		}
	}
	if bookings != 18 {
		t.Errorf("%d bookings, want 18", bookings)
	}

	// Where the files of a name agree, the name is enough; a file that is not known is none.
	other := trial.Write(t, dir, "other.csv", "account,customer,amount,date\nA7,C7,3.00,20250622\nA7,C7,3.00,2025-06-22\n")
	b.MustLoad(load.Options{Files: []load.File{{Path: other, Mapping: asked}}})
	took := sent(t, b, compact, func(l *letters.Letter) {
		if older(l); l.OriginName == "bookings.csv" {
			l.OriginSha256 = "none"
		}
	})
	for _, f := range took {
		switch name := f.Letter.OriginName; {
		case name == "other.csv" && f.What != letters.Written,
			name != "other.csv" && (f.What != letters.NoWay || !strings.Contains(f.Why, "columns of bookings.csv are not known")):
			t.Errorf("%s: %s (%s)", name, f.What, f.Why)
		}
	}
}

// The $number of a row is the one it has in its file, whatever stands between the rows; the
// letters of an older program tell the line alone.
func TestALetterKeepsTheNumberOfItsRow(t *testing.T) {
	for kind, c := range map[string]struct {
		text  string
		older map[string]int64
	}{
		"csv": {
			"customer,account,amount,date,note\nC1,A1,1.00,2025-06-20,\"two\nlines\"\n\nC1,A1,2.00,20250620,x\nC1,A1,3.00,20250620,y\n",
			map[string]int64{"rows.csv:1": 1_00, "rows.csv:4": 2_00, "rows.csv:5": 3_00},
		},
		"jsonl": {
			`{"customer":"C1","account":"A1","amount":"1.00","date":"2025-06-20"}` + "\n\n" +
				`{"customer":"C1","account":"A1","amount":"2.00","date":"20250620"}` + "\n" +
				`{"customer":"C1","account":"A1","amount":"3.00","date":"20250620"}` + "\n",
			map[string]int64{"rows.jsonl:1": 1_00, "rows.jsonl:3": 2_00, "rows.jsonl:4": 3_00},
		},
	} {
		for who, change := range map[string]func(*letters.Letter){"now": asItIs, "older": older} {
			t.Run(kind+" "+who, func(t *testing.T) {
				b, dir := trial.New(t), t.TempDir()
				b.Publish()
				text := strings.Replace(paid, "csv", kind, 1)
				b.MustLoad(load.Options{Files: []load.File{{
					Path: trial.Write(t, dir, "rows."+kind, c.text), Mapping: trial.Write(t, dir, "paid.yaml", text),
				}}})
				compact := trial.Write(t, dir, "compact.yaml", strings.Replace(text, "YYYY-MM-DD", "YYYYMMDD", 1))
				if fates := sent(t, b, compact, change); len(fates) != 2 {
					t.Errorf("%d letters, want 2", len(fates))
				}
				want := c.older
				if who == "now" {
					want = map[string]int64{"rows." + kind + ":1": 1_00, "rows." + kind + ":2": 2_00, "rows." + kind + ":3": 3_00}
				}
				got := map[string]int64{}
				for _, r := range b.Log() {
					if x := r.Transaction; x != nil {
						got[x.TxnId] = x.AmountMinor
					}
				}
				if !maps.Equal(got, want) {
					t.Errorf("bookings %v, want %v", got, want)
				}
			})
		}
	}
}

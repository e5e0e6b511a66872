package letters_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

const people = `mapping: people
format: {type: csv}
records:
  - record: profile
    fields:
      customer_id: id
      display_name: name
      event_time: {from: since, format: YYYY-MM-DD}
`

// The remedy that invalid_utf8 names works: the mapping with the encoding of the file.
// What a load had decoded already is not decoded again.
func TestALetterIsReadInTheEncodingOfItsMapping(t *testing.T) {
	for kind, c := range map[string]struct{ header, row string }{
		"csv":   {"id,name,since\n", "ID,M\xfcller,DAY\n"},
		"jsonl": {"", `{"id":"ID","name":"M` + "\xfc" + `ller","since":"DAY"}` + "\n"},
	} {
		t.Run(kind, func(t *testing.T) {
			b, dir := trial.New(t), t.TempDir()
			b.Publish()
			b.Fold()
			row := func(id, day string) string { return strings.NewReplacer("ID", id, "DAY", day).Replace(c.row) }
			plain := strings.Replace(people, "csv", kind, 1)
			encoded := strings.Replace(people, "csv", kind+", encoding: windows-1252", 1)
			good := trial.Write(t, dir, "encoded.yaml", encoded)
			b.MustLoad(load.Options{Files: []load.File{{
				Path:    trial.Write(t, dir, "plain", c.header+row("C1", "2025-06-20")+strings.ReplaceAll(row("C2", "2025-06-20"), "\xfc", "u")),
				Mapping: trial.Write(t, dir, "plain.yaml", plain),
			}}})
			b.MustLoad(load.Options{Files: []load.File{{
				Path: trial.Write(t, dir, "encoded", c.header+row("C3", "20250621")+row("C4", "2025-06-21")), Mapping: good,
			}}})
			var causes []string
			for _, l := range b.Letters() {
				causes = append(causes, l.Cause)
			}
			if slices.Sort(causes); fmt.Sprint(causes) != "[bad_date invalid_utf8]" {
				t.Fatalf("letters %v, want one that is no UTF-8 and one without a day", causes)
			}

			silent := func(letters.Fate) {}
			redriveWith(t, b, letters.RedriveOptions{Mapping: good, Told: silent})
			compact := trial.Write(t, dir, "compact.yaml", strings.Replace(encoded, "YYYY-MM-DD", "YYYYMMDD", 1))
			redriveWith(t, b, letters.RedriveOptions{Mapping: compact, Told: silent})
			names := map[string]string{}
			for _, r := range b.Log() {
				if p := r.Profile; p != nil {
					names[p.CustomerId] = p.DisplayName
				}
			}
			if got, want := fmt.Sprint(names), "map[C1:Müller C2:Muller C3:Müller C4:Müller]"; got != want {
				t.Errorf("profiles %s, want %s", got, want)
			}
		})
	}
}

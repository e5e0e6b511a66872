package mapping

import (
	"os"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/sources/event"
)

// docs/mapping.md names every field, every token of a layout and every cause.
func TestDocsAreComplete(t *testing.T) {
	raw, err := os.ReadFile("../../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for i, kind := range event.Kinds {
		for _, f := range event.Fields(event.Kind(i + 1)) {
			name := f.Name
			if d := f.Decimal(); d != "" && !strings.Contains(doc, name) {
				name = d
			}
			if !strings.Contains(doc, name) {
				t.Errorf("%s: field %s is not in docs/mapping.md", kind, name)
			}
		}
	}
	if !strings.Contains(doc, "by its id **and its customer**") || !strings.Contains(doc, "uniqExact(customer_id)") {
		t.Error("docs/mapping.md does not say that an event's id is its customer's (rule R136)")
	}
	for _, token := range tokenNames {
		if !strings.Contains(doc, " "+token.name+" ") && !strings.Contains(doc, "`"+token.name) && !strings.Contains(doc, token.name+"`") {
			t.Errorf("token %s is not in docs/mapping.md", token.name)
		}
	}
}

// The first example of docs/mapping.md does what it says.
func TestDocsExample(t *testing.T) {
	raw, err := os.ReadFile("../../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(language string) string {
		_, rest, _ := strings.Cut(string(raw), "```"+language+"\n")
		text, _, _ := strings.Cut(rest, "```")
		return text
	}
	got := mapCSV(t, compile(t, block("yaml")), builder(t, "Asia/Shanghai", "", "CNY"), block("csv"), showTxn)
	if len(got) != 1 || got[0] != "C-17 core:4711:1 DEBIT 125000 CNY, balance 4875000" {
		t.Errorf("%q", got)
	}
	if _, after, _ := strings.Cut(string(raw), "```json\n"); !strings.Contains(after, `{"record":"balance"`) {
		t.Fatal("the JSON example has moved")
	}
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "mapping: canonical-file\n")
	text, _, _ := strings.Cut(after, "```")
	lines, err := compile(t, "mapping: canonical-file\n"+text).Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	for doc := range strings.Lines(block("json")) {
		for name, m := range map[string]*Mapper{"topic": m, "file": lines} {
			if out, _ := mapDoc(t, m, strings.TrimSpace(doc)); out.Verdict != event.Accepted || out.Records != 1 {
				t.Errorf("%s: %s: %v", name, doc, out.Reject)
			}
		}
	}
}

package clickhouse

import (
	"regexp"
	"strings"
	"testing"
)

// idempotent are the only forms of a statement: two processes may migrate at once.
var idempotent = regexp.MustCompile(`^(CREATE TABLE IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE \S+\s+(COMMENT COLUMN|MODIFY COLUMN|ADD COLUMN IF NOT EXISTS|DROP COLUMN IF EXISTS|MODIFY SETTING)|DROP (TABLE|VIEW) IF EXISTS) `)

func TestStatementsCanRunTwice(t *testing.T) {
	list, err := Migrations("bank_a", Layout{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("no migrations")
	}
	for _, m := range list {
		if len(m.Checksum) != 64 {
			t.Errorf("%s: checksum %q", m.File, m.Checksum)
		}
		for _, s := range m.Statements {
			if !idempotent.MatchString(s) {
				t.Errorf("%s: not safe to run twice: %.80s", m.File, s)
			}
			if strings.Contains(s, "${") {
				t.Errorf("%s: placeholder left: %.80s", m.File, s)
			}
			if !strings.Contains(s, "`bank_a`.") {
				t.Errorf("%s: name without database: %.80s", m.File, s)
			}
		}
	}
}

func TestChecksumDependsOnNeitherDatabaseNorLayout(t *testing.T) {
	a, err := Migrations("a", Layout{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Migrations("b", sharded)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if a[i].Checksum != b[i].Checksum {
			t.Errorf("%s: checksum depends on the database's name or the layout", a[i].File)
		}
	}
}

func TestDatabaseNameIsChecked(t *testing.T) {
	for _, name := range []string{"", "a b", "a`; DROP DATABASE b", "1a", strings.Repeat("x", 65)} {
		if _, err := Migrations(name, Layout{}); err == nil {
			t.Errorf("%q accepted", name)
		}
	}
}

func TestSplit(t *testing.T) {
	got := split("-- about\n\nSELECT 1;\n-- more\nSELECT 'a;b',\n  -- inside\n  2;\nSELECT 3\n")
	want := []string{"SELECT 1", "SELECT 'a;b',\n  -- inside\n  2", "SELECT 3"}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("statement %d: got %q, want %q", i, got[i], want[i])
		}
	}
}

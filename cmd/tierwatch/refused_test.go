package main

import (
	"regexp"
	"strings"
	"testing"
)

// refusals are rows of which the fold refuses two.
const refusals = `id,date,customer,kind,amount,currency
1,2025-01-02,C1,N,10.00,CNY
2,2025-01-03,C1,N,10.00,CNY
1,2025-01-03,C1,N,11.00,CNY
2,2025-01-03,C1,N,10.00,CNY
1,2025-01-04,C1,N,12.00,CNY
3,2025-01-05,C1,N,10.00,CNY
`

// newRefusals is a bank whose file core.csv the fold refuses in part.
func newRefusals(t *testing.T) *ledgerBank {
	t.Helper()
	needsEngine(t)
	b := &ledgerBank{t, t.TempDir()}
	b.write("core.csv", []byte(refusals))
	b.write("core.yaml", []byte(historyMapping))
	b.write("policy.yaml", []byte(historyPolicy))
	return b
}

// tells wants each text in an output.
func tells(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// A load ends with what the fold refused, and the command that it names shows just that.
func TestALoadTellsWhatTheFoldRefused(t *testing.T) {
	b := newRefusals(t)
	out, _ := b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	tells(t, out, "read 6 = accepted 6", "the fold refused 2 records (id_conflict 2) of what this load wrote: tierwatch dlq list ",
		"its verdicts on the others: duplicate 1")
	command := regexp.MustCompile(`tierwatch (dlq list .*)`).FindStringSubmatch(out)[1]
	list, _ := b.run(0, strings.Fields(command)...)
	tells(t, list, "id_conflict  2")
}

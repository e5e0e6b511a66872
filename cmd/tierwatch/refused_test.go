package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
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
	tells(t, list, "id_conflict  2", "core.csv line 4, log ", "core:1:1 was there already with another content; this one says CREDIT 11.00 CNY on 2025-01-03")
	place := strings.Fields(strings.Split(list, "\n")[1])[0]
	shown, _ := b.run(0, "dlq", "show", place, "--data-dir", "data")
	tells(t, shown, `"source": "core"`, `"origin": "core.csv line `, `"amount_minor": "1`)
}

// What was redriven is told apart from what is open, on Apache Kafka.
func TestLettersThatWereRedrivenAreTold(t *testing.T) {
	c := &cluster{Broker: kafkatest.Apache(t, 1), t: t}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	core := write("core.csv", "id,date,customer,kind,amount,currency\n1,2025-01-02,C1,N,1.00,RMB\n2,2025-01-02,C1,N,1.00,CNY\n3,2025-01-02,,N,1.00,CNY\n4,2025-01-03,C1,N,x,CNY\n")
	log := []string{"--set", "deployment.clock=log", "--set", "kafka.partitions=2"}
	says := func(want exit.Code, args ...string) string { return c.says(want, append(args, log...)...) }
	out := says(0, "load", "--mapping", write("core.yaml", historyMapping), "--policy", write("policy.yaml", historyPolicy), core)
	tells(t, out, "1 record written", "the fold was not waited for (--wait); what it refuses: tierwatch dlq list --stage fold --since 20", " --set deployment.clock=log", "--brokers "+strings.Join(c.Seeds, ","))
	list := says(0, "dlq", "list")
	tells(t, list, "open", "core.csv line 2", "currency", "bad_number", "amount  ")
	if strings.Contains(list, "redriven") || strings.Contains(list, "amount_minor") {
		t.Errorf("before anything was redriven, of a mapping that says amount:\n%s", list)
	}
	fixed := write("fixed.yaml", strings.Replace(historyMapping, "currency: currency", "currency: {from: currency, map: {RMB: CNY, CNY: CNY}}", 1))
	says(0, "dlq", "redrive", "--cause", "unknown_currency", "--mapping", fixed)

	rows := func(out string) (n int) { return strings.Count(out, "core.csv line") }
	for state, want := range map[string]int{"open": 2, "redriven": 1, "all": 3} {
		out := says(0, "dlq", "list", "--state", state)
		if rows(out) != want || strings.Contains(out, "  redriven  ") != (state != "open") {
			t.Errorf("--state %s lists %d, want %d:\n%s", state, rows(out), want, out)
		}
	}
	tells(t, says(0, "dlq", "list", "--limit", "0"), "unknown_currency  1        0", "no_customer       1        1")
	tells(t, says(0, "dlq", "list", "--state", "redriven", "--json"), `"state":"redriven"`, `"records":1`)

	tells(t, says(2, "dlq", "list", "--cause", "no_custmer"), `--cause: "no_custmer"`, "did you mean no_customer?", "causes of the letters here: bad_number, no_customer, unknown_currency", "too_late")
	tells(t, says(2, "dlq", "redrive", "--cause", "no_custmer"), "did you mean no_customer?")
	tells(t, says(0, "dlq", "list", "--cause", "too_late"), "no dead letter")
	tells(t, says(2, "dlq", "list", "--limit", "-1"), "--limit: -1: want 0 or more")
	tells(t, says(2, "dlq", "list", "--state", "opne"), "want open, redriven or all")
}

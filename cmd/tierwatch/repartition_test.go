package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// The way of an operator, with real engines: what is refused and told, and that the new
// log, its outputs and its tables agree and tell of each customer what the old ones did.
func TestRepartitionVerifyExplain(t *testing.T) {
	b, want := newBank(t)
	b.write("found.yaml", []byte(strings.NewReplacer("customer_id: customer", "customer_id: {const: C000}", `account_id: "A-{customer}"`, "account_id: {const: A-C000}").Replace(historyMapping)))
	b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	b.run(0, "dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--data-dir", "data", "--mapping", "fixed.yaml")
	was := b.verify()

	if _, errOut := b.run(2, "repartition", "--data-dir", "data"); !strings.Contains(errOut, "name the number of partitions") {
		t.Errorf("without a number: %s", errOut)
	}
	if _, errOut := b.run(2, "repartition", "--back", "--partitions", "3", "--data-dir", "data"); !strings.Contains(errOut, "--back stands alone") {
		t.Errorf("two ways at once: %s", errOut)
	}
	if _, errOut := b.run(2, "repartition", "--partitions", "3", "--accept-loss", "--data-dir", "data"); !strings.Contains(errOut, "goes with --back") {
		t.Errorf("forth with a loss: %s", errOut)
	}
	if _, errOut := b.run(2, "repartition", "--partitions", "4", "--data-dir", "data"); !strings.Contains(errOut, "has 4 partitions already") {
		t.Errorf("the same number: %s", errOut)
	}
	if _, errOut := b.run(2, "repartition", "--back", "--data-dir", "data"); !strings.Contains(errOut, "was not left by a repartition") {
		t.Errorf("back from nothing: %s", errOut)
	}
	if out, _ := b.run(0, "repartition", "--partitions", "7", "--data-dir", "data"); !strings.Contains(out, "nothing is done without --yes") ||
		!strings.Contains(out, "tierwatch-e2.events: 7 partitions, epoch 2") {
		t.Errorf("the plan: %s", out)
	}
	b.verify() // nothing has changed
	out, _ := b.run(0, "repartition", "--partitions", "7", "--yes", "--data-dir", "data")
	for _, line := range []string{
		fmt.Sprintf("copied   %d records of customers", was.Transactions), "deployment: {namespace: tierwatch-e2, epoch: 2}", "kafka:      {partitions: 7}",
		"clickhouse: {database: tierwatch_e2}", "tierwatch verify -c new.yaml",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("the end does not say %q:\n%s", line, out)
		}
	}
	if again, _ := b.run(0, "repartition", "--partitions", "7", "--yes", "--data-dir", "data"); !strings.Contains(again, "state    done") {
		t.Errorf("once more: %s", again)
	}
	policies := []string{"policy", "show", "--data-dir", "data"}
	if out, _ := b.run(0, policies...); !strings.Contains(out, "small") {
		t.Errorf("policies of the log that was left: %s", out)
	}

	moved := []string{"--set", "deployment.namespace=tierwatch-e2", "--set", "deployment.epoch=2", "--set", "kafka.partitions=7"}
	if _, errOut := b.run(1, append([]string{"verify", "--data-dir", "data"}, moved...)...); !strings.Contains(errOut, "name another clickhouse.database") {
		t.Errorf("into the old database: %s", errOut)
	}
	moved = append(moved, "--set", "clickhouse.database=tierwatch_e2")
	b.run(0, append([]string{"migrate", "--data-dir", "data"}, moved...)...)
	proved := func() *audit.Report {
		t.Helper()
		out, _ := b.run(0, append([]string{"verify", "--data-dir", "data", "--json"}, moved...)...)
		r := new(audit.Report)
		if err := json.Unmarshal([]byte(out), r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	now := proved()
	// Each partition has the control records.
	if now.Rows["control"]*4 != was.Rows["control"]*7 {
		t.Errorf("%d control records in 7 partitions, %d in 4", now.Rows["control"], was.Rows["control"])
	}
	delete(now.Rows, "control")
	delete(was.Rows, "control")
	if now.Partitions != 7 || now.Transactions != was.Transactions || now.IDs != was.IDs || now.IngestLetters != was.IngestLetters ||
		fmt.Sprint(now.Rows) != fmt.Sprint(was.Rows) {
		t.Errorf("the new log: %+v, the old one: %+v", now, was)
	}
	for _, question := range [][]string{{"explain", "C000"}, {"explain", "C001", "--at", "2025-03-10"}} {
		old, _ := b.run(0, append(question, "--data-dir", "data")...)
		if told, _ := b.run(0, append(append(question, "--data-dir", "data"), moved...)...); told != old {
			t.Errorf("%v of the new log:\n%s\nof the old one:\n%s", question, told, old)
		}
	}
	// Letters are known, and which of them went through; a file is not loaded twice.
	if told, _ := b.run(0, append([]string{"dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--data-dir", "data", "--mapping", "fixed.yaml"}, moved...)...); told != fmt.Sprintf("%d was redriven before\n", want.unknownCurrency) {
		t.Errorf("redriven once more: %q", told)
	}
	loading := []string{"load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv"}
	if _, errOut := b.run(2, append(loading, moved...)...); !strings.Contains(errOut, "is in the log already") {
		t.Errorf("loaded once more: %s", errOut)
	}
	// Nobody writes the old log, until it is taken back.
	redrive := []string{"dlq", "redrive", "--cause", "unknown_currency", "--again", "--quiet", "--data-dir", "data", "--mapping", "fixed.yaml"}
	if _, errOut := b.run(1, redrive...); !strings.Contains(errOut, "was left by a repartition: it goes on as tierwatch-e2 with 7 partitions") {
		t.Errorf("into the old log: %s", errOut)
	}
	// Other letters go through in the new log alone, and are to be told again.
	b.run(0, append([]string{"dlq", "redrive", "--cause", "no_customer", "--quiet", "--data-dir", "data", "--mapping", "found.yaml"}, moved...)...)
	out, _ = b.run(0, "repartition", "--back", "--data-dir", "data")
	for _, line := range []string{
		"taken back: tierwatch may be written again", "what tierwatch-e2 alone was told (policies, rates, forced closes, parked records, loads, redrives)",
		fmt.Sprintf("redriven there alone: %d letters; `tierwatch dlq list --state open`", want.noCustomer), "the topics of tierwatch-e2 and its database may be dropped",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("the way back does not say %q:\n%s", line, out)
		}
	}
	open, _ := b.run(0, "dlq", "list", "--state", "open", "--cause", "no_customer", "--limit", "1", "--data-dir", "data")
	if !strings.Contains(open, fmt.Sprintf("no_customer  %d", want.noCustomer)) {
		t.Errorf("open in the old log: %s", open)
	}
	if out, _ := b.run(0, append(policies, moved...)...); !strings.Contains(out, "small") {
		t.Errorf("policies of the log that was taken back: %s", out)
	}
	b.run(0, redrive...)
	b.verify()
	// A further one has an epoch of its own, so the database of the first is not taken for its.
	out, _ = b.run(0, "repartition", "--partitions", "7", "--yes", "--data-dir", "data")
	for _, line := range []string{"deployment: {namespace: tierwatch-e3, epoch: 3}", "clickhouse: {database: tierwatch_e3}"} {
		if !strings.Contains(out, line) {
			t.Errorf("the further one does not say %q:\n%s", line, out)
		}
	}
	if _, errOut := b.run(1, "verify", "--data-dir", "data", "--set", "deployment.namespace=tierwatch-e3", "--set", "deployment.epoch=3", "--set", "kafka.partitions=7",
		"--set", "clickhouse.database=tierwatch_e2"); !strings.Contains(errOut, "has rows of epoch 2") || !strings.Contains(errOut, "name another clickhouse.database") {
		t.Errorf("into the database of the one that was taken back: %s", errOut)
	}
}

// A log whose beginning was cut, with real engines: another number of partitions is made
// of it from a snapshot; new log, outputs and tables agree behind the CLOSE, and tell of
// each customer what the old ones did.
func TestRepartitionFromASnapshot(t *testing.T) {
	b, want := newBank(t)
	b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	b.run(0, "snapshot", "--out", "s", "--day", "2025-02-10", "--data-dir", "data")
	b.verify()
	b.run(0, "snapshot", "cut", "--from", "s", "--data-dir", "data", "--yes")
	was := b.verify("--from", "s")
	questions := [][]string{{"explain", "C000", "--json"}, {"explain", "C001", "--json", "--at", "2025-03-10"}, {"explain", "C002", "--json", "--at", "2025-04-05"}}
	var before []string
	for _, q := range questions {
		out, _ := b.run(0, append(q, "--from", "s", "--data-dir", "data")...)
		before = append(before, out)
	}

	args := []string{"repartition", "--partitions", "7", "--data-dir", "data"}
	if _, errOut := b.run(2, args...); !strings.Contains(errOut, "name with --from a snapshot whose next_offset") {
		t.Errorf("a log that was cut: %s", errOut)
	}
	if _, errOut := b.run(2, append(args, "--from", "s")...); !strings.Contains(errOut, "they go together") {
		t.Errorf("without --out: %s", errOut)
	}
	if _, errOut := b.run(2, append(args, "--from", "s", "--out", "s")...); !strings.Contains(errOut, "name a new directory") {
		t.Errorf("onto itself: %s", errOut)
	}
	args = append(args, "--from", "s", "--out", "n")
	if out, _ := b.run(0, args...); !strings.Contains(out, "begins   behind the CLOSE of 2025-02-10, with n") || !strings.Contains(out, "nothing is done without --yes") {
		t.Errorf("the plan: %s", out)
	}
	out, _ := b.run(0, append(args, "--yes")...)
	for _, line := range []string{
		fmt.Sprintf("copied   %d records of customers", was.Transactions), "whole from behind the CLOSE of 2025-02-10 on", "in the old database alone",
		"deployment: {namespace: tierwatch-e2, epoch: 2}", "tierwatch verify -c new.yaml --from n",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("the end does not say %q:\n%s", line, out)
		}
	}
	b.run(0, "snapshot", "check", "n")

	moved := []string{
		"--data-dir", "data", "--set", "deployment.namespace=tierwatch-e2", "--set", "deployment.epoch=2", "--set", "kafka.partitions=7",
		"--set", "clickhouse.database=tierwatch_e2",
	}
	b.run(0, append([]string{"migrate"}, moved...)...)
	if _, errOut := b.run(2, append([]string{"verify"}, moved...)...); !strings.Contains(errOut, "the beginning of the log was cut; name with --from a snapshot") {
		t.Errorf("verify without the snapshot: %s", errOut)
	}
	if _, errOut := b.run(1, append([]string{"verify", "--from", "n"}, moved...)...); !strings.Contains(errOut, "`tierwatch migrate --from SNAPSHOT`") {
		t.Errorf("into a database that does not know what was before: %s", errOut)
	}
	if _, errOut := b.run(2, append([]string{"migrate", "--from", "s"}, moved...)...); !strings.Contains(errOut, "the snapshot is not of this log") {
		t.Errorf("what was before, from the snapshot of the old log: %s", errOut)
	}
	if _, errOut := b.run(2, "migrate", "--from", "s", "--data-dir", "data"); !strings.Contains(errOut, "knows its log from the ENGINE on") {
		t.Errorf("what was before, into a database that has it: %s", errOut)
	}
	step := printed(t, out, "migrate")
	for range 2 {
		told, _ := b.run(0, append(step, moved...)...)
		if !strings.Contains(told, "tierwatch_e2 now has what was said up to the CLOSE of 2025-02-10 (n): base currency CNY, 0 rates, 1 policy") {
			t.Errorf("%v: %s", step, told)
		}
	}
	proved := func() *audit.Report {
		t.Helper()
		out, _ := b.run(0, append([]string{"verify", "--json", "--from", "n"}, moved...)...)
		r := new(audit.Report)
		if err := json.Unmarshal([]byte(out), r); err != nil {
			t.Fatal(err)
		}
		if r.Found != 0 {
			t.Fatalf("verify: %+v", r.First)
		}
		return r
	}
	now := proved()
	if now.Partitions != 7 || now.From.Day != "2025-02-10" || now.Transactions != was.Transactions || now.IDs != was.IDs || now.IngestLetters != was.IngestLetters ||
		fmt.Sprint(now.Outputs) != fmt.Sprint(was.Outputs) || now.Rows["customer_tiers"] == 0 || now.Rows["customer_tiers"] > historyCustomers {
		t.Errorf("the new log: %+v, the old one: %+v", now, was)
	}
	b.sameMoney("tierwatch_e2", now.Rows["customer_tiers"])
	for i, q := range questions {
		if told, _ := b.run(0, append(append(q, "--from", "n"), moved...)...); told != before[i] {
			t.Errorf("%v of the new log:\n%s\nof the old one:\n%s", q, told, before[i])
		}
	}
	b.run(0, append([]string{"dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--mapping", "fixed.yaml"}, moved...)...)
	if later := proved(); later.Transactions != now.Transactions+want.unknownCurrency {
		t.Errorf("%d transactions later, want %d more than %d", later.Transactions, want.unknownCurrency, now.Transactions)
	}
	b.run(0, append([]string{"state", "rebuild", "--partition", "3", "--from", "n"}, moved...)...)
	proved()
	b.run(0, append([]string{"snapshot", "--out", "later", "--from", "n"}, moved...)...)
}

// printed is the step with a sub-command that the end of a repartition tells, as it stands
// there but for the configuration.
func printed(t *testing.T, out, command string) []string {
	t.Helper()
	for line := range strings.Lines(out) {
		line, _, _ = strings.Cut(line, "#")
		if words, ok := strings.CutPrefix(strings.TrimSpace(line), "tierwatch "+command+" -c new.yaml"); ok {
			return append([]string{command}, strings.Fields(words)...)
		}
	}
	t.Fatalf("no step `tierwatch %s`:\n%s", command, out)
	return nil
}

// sameMoney wants a new database to tell of its customers the money that the old one does,
// and to name tiers and rates alike.
func (b *ledgerBank) sameMoney(made string, customers int64) {
	b.t.Helper()
	b.inside(wire.Needs{ClickHouse: true}, func(ctx context.Context, d *wire.Deployment) error {
		conn, err := clickhouse.Open(d.ClickHouse)
		if err != nil {
			return err
		}
		for name, what := range map[string]string{
			"tier_on":           "concat(customer_id, scheme) AS one, toString(tuple(tier, tier_next, aum_minor, adb_sum_minor, adb_to_date_minor, adb_estimate_minor, top_up_minor)) AS told, aum_minor > 0 AS some",
			"customer_tiers_on": "concat(customer_id, scheme) AS one, toString(tuple(tier, aum_minor, adb_estimate_minor, top_up_minor, act_by)) AS told, adb_estimate_minor > 0 AS some",
			"rates":             "concat(unit, toString(day)) AS one, toString(rate_e12) AS told, rate_e12 > 0 AS some",
			"tiers":             "concat(policy, toString(policy_version), scheme, tier) AS one, toString(tuple(threshold_minor, tier_zh, lands_on, effective_day, in_force)) AS told, 1 AS some",
		} {
			view := name
			if strings.HasSuffix(name, "_on") {
				view += "(day = '2025-04-10')"
			}
			var rows, some uint64
			var other []string
			query := fmt.Sprintf("SELECT count(), countIf(n.some), groupArrayIf(concat(n.one, ': ', n.told, ', want ', o.told), n.told != o.told) FROM (SELECT %[1]s FROM `%[2]s`.%[4]s) AS n LEFT JOIN (SELECT %[1]s FROM `%[3]s`.%[4]s) AS o ON o.one = n.one",
				what, made, d.ClickHouse.Database, view)
			if err := conn.QueryRow(ctx, query).Scan(&rows, &some, &other); err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
			want := map[string]uint64{"tier_on": uint64(customers), "customer_tiers_on": uint64(customers), "rates": 1, "tiers": 2}[name]
			if rows != want || some != want || len(other) > 0 {
				b.t.Errorf("%s of %s: %d rows, %d of them with a value, want %d; other than in the old database: %q", name, made, rows, some, want, other)
			}
		}
		return conn.Close()
	})
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// ledgerBank is a directory with data, mapping, policy and the engines' data.
type ledgerBank struct {
	t   *testing.T
	dir string
}

const historyMapping = `mapping: core
format: {type: csv}
source: core
rules:
  - {drop_when: {kind: TEST}, reason: test_row}
records:
  - record: transaction
    fields:
      customer_id: customer
      account_id: "A-{customer}"
      txn_id: id
      account_type: {const: DEMAND}
      txn_type: {const: UNKNOWN}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
      currency: currency
      amount: {from: amount, sign: credit_positive}
      event_time: {from: date, format: YYYY-MM-DD}
`

const historyPolicy = `policy: small
version: 1
base_currency: CNY
time_zone: Asia/Shanghai
classes:
  deposits: {types: [DEMAND], weight: 100%}
metrics:
  aum: {kind: adb, over: month, day_count: actual, first_period: since_open, classes: [deposits]}
schemes:
  card:
    by: aum
    assess: month
    entry: first_assessment
    upgrade: next_period
    tiers:
      - {name: mass, zh: 普通, en: Mass}
      - {name: gold, zh: 金卡, en: Gold, from: 50_000, watch_after: 1, down_after: 3, lands_on: last}
`

// facts are what the file says, counted as it was written.
type facts struct{ accepted, filtered, noCustomer, unknownCurrency int64 }

func (f *facts) read() int64 { return f.accepted + f.filtered + f.noCustomer + f.unknownCurrency }

const (
	historyDays      = 100
	historyCustomers = 150
	// longCustomers make a load that a signal surely finds at work: "loading" is first
	// said at row 4096.
	longCustomers = 600
)

// history writes bookings of 100 days from 2025-01-01: rich customers (even
// numbers) begin with 100,000.00, others with 10.00.
func history(customers int) (csv []byte, f facts) {
	var b bytes.Buffer
	b.WriteString("id,date,customer,kind,amount,currency\n")
	id := 0
	row := func(day int, customer, kind, amount, currency string) {
		id++
		date := time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		fmt.Fprintf(&b, "%d,%s,%s,%s,%s,%s\n", id, date, customer, kind, amount, currency)
	}
	for day := range historyDays {
		for c := range customers {
			customer := fmt.Sprintf("C%03d", c)
			switch {
			case day == 0 && c%2 == 0:
				row(day, customer, "N", "100000.00", "CNY")
				f.accepted++
			case (day+c)%50 == 7:
				row(day, customer, "TEST", "1.00", "CNY")
				f.filtered++
			case (day+c)%50 == 9:
				row(day, "", "N", "1.00", "CNY")
				f.noCustomer++
			case (day+c)%50 == 11:
				row(day, customer, "N", "3.00", "RMB")
				f.unknownCurrency++
			default:
				row(day, customer, "N", "10.00", "CNY")
				f.accepted++
			}
		}
	}
	return b.Bytes(), f
}

func newBank(t *testing.T) (*ledgerBank, facts) {
	t.Helper()
	return newBankOf(t, historyCustomers)
}

func newBankOf(t *testing.T, customers int) (*ledgerBank, facts) {
	t.Helper()
	needsEngine(t)
	b := &ledgerBank{t, t.TempDir()}
	csv, f := history(customers)
	b.write("core.csv", csv)
	b.write("core.yaml", []byte(historyMapping))
	b.write("fixed.yaml", []byte(strings.Replace(historyMapping, "currency: currency", "currency: {from: currency, map: {RMB: CNY, CNY: CNY}}", 1)))
	b.write("policy.yaml", []byte(historyPolicy))
	return b, f
}

func (b *ledgerBank) write(name string, data []byte) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// command is the program in the bank's directory. One that does not end is made to tell
// where each of its goroutines stands.
func (b *ledgerBank) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	b.t.Cleanup(cancel)
	c := program(ctx, args...)
	c.Dir = b.dir
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGQUIT) }
	return c
}

// run runs the program and wants its exit code.
func (b *ledgerBank) run(code int, args ...string) (out, errOut string) {
	b.t.Helper()
	var stdout, stderr bytes.Buffer
	c := b.command(args...)
	c.Stdout, c.Stderr = &stdout, &stderr
	_ = c.Run() // the code says it
	if got := c.ProcessState.ExitCode(); got != code {
		b.t.Fatalf("tierwatch %s exits with %d, want %d\n%s\n%s", strings.Join(args, " "), got, code, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

func (b *ledgerBank) verify(more ...string) *audit.Report {
	b.t.Helper()
	out, _ := b.run(0, append([]string{"verify", "--data-dir", "data", "--json"}, more...)...)
	r := new(audit.Report)
	if err := json.Unmarshal([]byte(out), r); err != nil {
		b.t.Fatal(err)
	}
	if r.Found != 0 {
		b.t.Fatalf("verify: %+v", r.First)
	}
	return r
}

// killedLoading runs args and kills the process when it has begun to write.
func (b *ledgerBank) killedLoading(args ...string) {
	b.t.Helper()
	c := b.command(args...)
	stderr, err := c.StderrPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), load.StageLoad+" ") {
			break
		}
	}
	if err := c.Process.Kill(); err != nil {
		b.t.Fatal(err)
	}
	_ = c.Wait() // it was killed
}

func TestHistoryIsLoadedOnceAndProved(t *testing.T) {
	b, want := newBankOf(t, longCustomers)
	args := []string{"load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv"}
	b.killedLoading(args...)

	out, errOut := b.run(0, append(args, "--json")...)
	var result load.Result
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatal(err)
	}
	if !result.Resumed || result.Skipped == 0 || result.Written == 0 || result.Written+result.Skipped != want.accepted {
		t.Errorf("resumed %t: %d written and %d there before, want %d together\n%s", result.Resumed, result.Written, result.Skipped, want.accepted, errOut)
	}
	books := result.Files[0]
	if books.Read != want.read() || books.Accepted != want.accepted || books.Filtered["test_row"] != want.filtered ||
		books.Rejected["no_customer"] != want.noCustomer || books.Rejected["unknown_currency"] != want.unknownCurrency {
		t.Errorf("books %+v, want %+v", books, want)
	}
	r := b.verify()
	if r.Transactions != want.accepted || r.IDs != want.accepted || r.IngestLetters != want.noCustomer+want.unknownCurrency {
		t.Errorf("log has %d transactions, %d ids and %d letters, want %+v", r.Transactions, r.IDs, r.IngestLetters, want)
	}
	if r.Outputs["snapshots"] == 0 || r.Rows["customer_tiers"] != longCustomers {
		t.Errorf("compared %v and %v", r.Outputs, r.Rows)
	}

	_, errOut = b.run(2, args...)
	if !strings.Contains(errOut, "is in the log already") {
		t.Errorf("a second load says %q", errOut)
	}
	b.explained()
	b.redriven(want)
	b.planted(1)
}

// inside starts engines of the data directory, for what a test does to them itself.
func (b *ledgerBank) inside(needs wire.Needs, do func(context.Context, *wire.Deployment) error) {
	b.t.Helper()
	var errOut bytes.Buffer
	a := &app{err: &errOut, stopIn: 2 * time.Minute}
	cfg, err := (&app{set: []string{"embedded.data_dir=" + filepath.Join(b.dir, "data")}}).config(quiet())
	if err != nil {
		b.t.Fatal(err)
	}
	err = a.with(b.t.Context(), cfg, needs, func(ctx context.Context, d *wire.Deployment, _ *lifecycle.Stack) error { return do(ctx, d) })
	if err != nil {
		b.t.Fatal(err, errOut.String())
	}
}

// planted falsifies a topic, at an offset of the log, and tables and wants all found.
func (b *ledgerBank) planted(offset int64, more ...string) {
	b.t.Helper()
	var booked []int64 // the events of partition 0, the last one first
	b.inside(wire.Needs{Kafka: true, ClickHouse: true}, func(ctx context.Context, d *wire.Deployment) error {
		client, err := kgo.NewClient(d.Kafka...)
		if err != nil {
			return err
		}
		defer client.Close()
		lie := &pb.TierChange{CustomerId: "C001", Scheme: "card", Log: &pb.Position{Offset: offset}}
		value, err := lie.MarshalVT()
		if err != nil {
			return err
		}
		topic := d.Namespace.Topic(topics.TierChanges)
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Key: []byte("C001"), Value: value}).FirstErr(); err != nil {
			return err
		}
		conn, err := clickhouse.Open(d.ClickHouse)
		if err != nil {
			return err
		}
		err = conn.QueryRow(ctx, "SELECT arrayReverse(arraySort(groupArray(toInt64(offset)))) FROM `"+d.ClickHouse.Database+"`.events_raw WHERE partition = 0").Scan(&booked)
		if err != nil {
			return err
		}
		change := func(what string) error {
			return conn.Exec(ctx, "ALTER TABLE `"+d.ClickHouse.Database+"`."+what+" SETTINGS mutations_sync = 2")
		}
		remove := func(table, where string) error { return change(table + " DELETE WHERE " + where) }
		// What stands of C005 is its first row, from before any snapshot, as if the later ones had been lost.
		stale := func() error {
			db := "`" + d.ClickHouse.Database + "`."
			return conn.Exec(ctx, "INSERT INTO "+db+"customer_tiers_raw SELECT * REPLACE (bitShiftLeft(toUInt128(toUInt16(day)), 64) + version AS version) FROM "+db+
				"customer_snapshots_raw AS raw WHERE customer_id = 'C005' ORDER BY raw.version LIMIT 1")
		}
		return errors.Join(remove("customer_tiers_raw", "customer_id = 'C005'"), stale(), remove("customer_tiers_raw", "customer_id = 'C002'"), remove("dlq_raw", "cause = 'no_customer'"),
			remove("events_raw", fmt.Sprintf("partition = 0 AND offset = %d", booked[0])), remove("accounts_raw", "customer_id = 'C003'"),
			change(fmt.Sprintf("events_raw UPDATE amount_minor = 77 WHERE partition = 0 AND offset = %d", booked[1])), conn.Close())
	})
	out, _ := b.run(3, append([]string{"verify", "--data-dir", "data"}, more...)...)
	for _, want := range []string{
		"topic tier-changes: log", "customer C001: the log gives no such record", "table customer_tiers: log", "customer C002: a row is missing", "customer C005: row card is not what the log gives", "a row is missing: no_customer of",
		fmt.Sprintf("table events_raw: log 0:%d, customer C", booked[0]), fmt.Sprintf("table events_raw: log 0:%d, customer C", booked[1]), "amount_minor is 77, the log says ",
		"customer C003: account A-C003: a row is missing",
	} {
		if !strings.Contains(out, want) {
			b.t.Errorf("verify does not say %q:\n%s", want, out)
		}
	}
}

// explained looks at a rich customer: 100,000.00 and 10.00 on most days.
func (b *ledgerBank) explained() {
	b.t.Helper()
	out, _ := b.run(0, "explain", "C000", "--data-dir", "data", "--json")
	var v explaining.View
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		b.t.Fatal(err)
	}
	if len(v.Schemes) != 1 || v.Schemes[0].Tier != "gold" || v.ClosedThrough != "2025-04-10" || len(v.Schemes[0].Results) != 3 {
		b.t.Errorf("explain: %+v", v)
	}
	balance := int64(100_000_00)
	for day := 1; day < historyDays; day++ {
		if m := day % 50; m != 7 && m != 9 && m != 11 {
			balance += 10_00
		}
	}
	if len(v.Accounts) != 1 || v.Accounts[0].Value != balance {
		b.t.Errorf("accounts %+v, want a balance of %d", v.Accounts, balance)
	}
	then, _ := b.run(0, "explain", "C000", "--at", "2025-01-15", "--lang", "en", "--data-dir", "data")
	if !strings.Contains(then, "As of the close of 2025-01-15, ") || !strings.Contains(then, "no tier yet") {
		b.t.Errorf("as of 2025-01-15:\n%s", then)
	}
	if _, errOut := b.run(2, "explain", "nobody", "--data-dir", "data"); !strings.Contains(errOut, "no record of this customer") {
		b.t.Errorf("nobody: %q", errOut)
	}
}

// redriven sends the rows with a wrong currency through a corrected mapping.
func (b *ledgerBank) redriven(want facts) {
	b.t.Helper()
	again := []string{"dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--data-dir", "data", "--mapping"}
	out, _ := b.run(3, append(again, "core.yaml")...)
	if out != fmt.Sprintf("%d rejected again\n", want.unknownCurrency) {
		b.t.Errorf("with the old mapping: %q", out)
	}
	out, _ = b.run(0, append(again, "fixed.yaml")...)
	if !strings.HasPrefix(out, fmt.Sprintf("%d written\n", want.unknownCurrency)) || !strings.Contains(out, "no fold is running") {
		b.t.Errorf("with the new mapping: %q", out)
	}
	out, _ = b.run(0, append(again, "fixed.yaml")...)
	if out != fmt.Sprintf("%d was redriven before\n", want.unknownCurrency) {
		b.t.Errorf("a second time: %q", out)
	}
	if _, errOut := b.run(2, "dlq", "redrive", "0:99999", "--data-dir", "data"); !strings.Contains(errOut, "no dead letter at [0:99999]") {
		b.t.Errorf("a place without a letter: %q", errOut)
	}
	if r := b.verify(); r.Transactions != want.accepted+want.unknownCurrency {
		b.t.Errorf("log has %d transactions, want %d", r.Transactions, want.accepted+want.unknownCurrency)
	}
	list, _ := b.run(0, "dlq", "list", "--cause", "no_customer", "--limit", "1", "--data-dir", "data")
	if !strings.Contains(list, fmt.Sprintf("no_customer  %d", want.noCustomer)) {
		b.t.Errorf("list: %s", list)
	}
	place := strings.Fields(strings.Split(list, "\n")[1])[0]
	if raw, _ := b.run(0, "dlq", "show", place, "--raw", "--data-dir", "data"); !strings.HasSuffix(raw, ",,N,1.00,CNY") {
		b.t.Errorf("original %q", raw)
	}
}

func TestCutArchiveIsRefusedWhole(t *testing.T) {
	b, _ := newBank(t)
	csv, _ := history(historyCustomers)
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := enc.EncodeAll(csv, nil)
	b.write("core.csv.zst", packed[:len(packed)/2])
	_, errOut := b.run(1, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv.zst")
	if !strings.Contains(errOut, "core.csv.zst") || !strings.Contains(errOut, "cut short") {
		t.Errorf("error %q", errOut)
	}
	if r := b.verify(); r.Records != 0 {
		t.Errorf("%d records are in the log", r.Records)
	}
}

func TestFilesFindTheirMappings(t *testing.T) {
	for _, c := range []struct {
		mappings, args []string
		want           string
	}{
		{[]string{"m"}, []string{"a", "b"}, "m:a m:b"},
		{[]string{"m", "n"}, []string{"a", "b"}, "m:a n:b"},
		{nil, []string{"m.yaml:a", "n.yml:b"}, "m.yaml:a n.yml:b"},
		{[]string{"m"}, []string{"a", "n.yaml:b", "c"}, "m:a n.yaml:b m:c"},
		{nil, []string{"a"}, "error"},
		{[]string{"m", "n"}, []string{"a", "b", "c"}, "error"},
		{[]string{"m"}, []string{"n.yaml:b"}, "error"},
	} {
		files, err := pairs(c.mappings, c.args)
		var got []string
		for _, f := range files {
			got = append(got, f.Mapping+":"+f.Path)
		}
		if text := strings.Join(got, " "); text != c.want && (c.want != "error" || err == nil) {
			t.Errorf("%v %v: %q, %v; want %q", c.mappings, c.args, text, err, c.want)
		}
	}
}

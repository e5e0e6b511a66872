package load_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// A mistake in a mapping or policy is told before anything is in the log.
func TestAMistakeLeavesTheLogEmpty(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY")
	for _, c := range []struct{ name, mapping, want string }{
		{"missing column", strings.Replace(bookings, "amount: {from: amount", "amount: {from: betrag", 1), `no column "betrag" in the file`},
		{"missing lookup file", strings.Replace(bookings, "records:", "lookups:\n  owner: {file: no.csv, format: {type: csv}, key: a, values: [b]}\nrecords:", 1), "no.csv"},
		{"unknown field", strings.Replace(bookings, "customer_id:", "custmer_id:", 1), "did you mean customer_id?"},
	} {
		bad := load.File{Path: f.Path, Mapping: trial.Write(t, dir, "bad.yaml", c.mapping)}
		_, err := b.Load(load.Options{Files: []load.File{f, bad}})
		if err == nil || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "bad.yaml:") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for name, want := range map[string]string{"weights_99": "99", "curves": "", "tiers_out_of_order": ""} {
		text, err := os.ReadFile("../../../pipeline/policy/testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Load(load.Options{Files: []load.File{f}, Policy: &pb.PolicyActivation{Name: name + ".yaml", Version: 1, Yaml: text}})
		if err == nil || !strings.Contains(err.Error(), name+".yaml:") || !strings.Contains(err.Error(), want) {
			t.Errorf("policy %s: %v", name, err)
		}
	}
	if n := len(b.Log()); n != 0 {
		t.Errorf("%d records are in the log", n)
	}
	if list := b.Control().Table().Policies(); len(list) != 0 {
		t.Errorf("%d policies were published", len(list))
	}
	b.MustLoad(load.Options{Files: []load.File{f}})
}

// A row whose key is not in a lookup goes to the dead letters; the rest goes on.
func TestARowWithoutItsLookup(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv", "1,2025-06-20,A1,10.00,CNY", "2,2025-06-20,A2,10.00,CNY", "3,2025-06-21,A1,10.00,CNY")
	trial.Write(t, dir, "owners.csv", "account,owner\nA1,C1\n")
	f.Mapping = trial.Write(t, dir, "owned.yaml", strings.Replace(strings.Replace(bookings,
		"records:", "lookups:\n  owner: {file: owners.csv, format: {type: csv}, key: account, values: [owner]}\nrecords:", 1),
		"customer_id: customer", "customer_id: {lookup: owner, key: customer}", 1))
	r := b.MustLoad(load.Options{Files: []load.File{f}})
	if books := r.Files[0]; books.Accepted != 2 || books.Rejected["lookup_missing"] != 1 {
		t.Errorf("books %+v", books)
	}
	list := b.Letters()
	if len(list) != 1 || list[0].Field != "customer_id" || string(list[0].Original) != "2,2025-06-20,A2,10.00,CNY" || list[0].OriginPosition != 3 {
		t.Errorf("letters %v", list)
	}
	if v := b.Customer("C1", 0); len(v.Accounts) != 1 || v.Accounts[0].Value != 20_00 {
		t.Errorf("accounts %+v", v.Accounts)
	}
}

// A mistyped year is a dead letter: a load writes the bank's time by its rows, and would
// close every day up to it.
func TestADayAhead(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "2,2125-06-21,C1,10.00,CNY", "3,2025-06-22,C1,10.00,CNY")
	r := b.MustLoad(load.Options{Files: []load.File{f}})
	if books := r.Files[0]; books.Accepted != 2 || books.Rejected["future_day"] != 1 {
		t.Errorf("books %+v", books)
	}
	list := b.Letters()
	if len(list) != 1 || list[0].Field != "booking_date" || list[0].OriginPosition != 3 || !strings.HasPrefix(list[0].Detail, "2125-06-21 lies ahead: want ") {
		t.Errorf("letters %v", list)
	}
	closes := int32(0)
	for _, rec := range b.Log() {
		closes = max(closes, rec.GetClose().GetDay())
	}
	if want, _ := event.ParseDay("2025-06-22"); closes != want {
		t.Errorf("closed to %s", event.FormatDay(closes))
	}
}

// A log keeps its policy: another is refused before anything is written, its own
// is the same command once more, and a new log wants one.
func TestThePolicyOfALog(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	one := file(t, dir, "one.csv", "1,2025-06-20,C1,10.00,CNY")
	two := file(t, dir, "two.csv", "2,2025-06-21,C1,10.00,CNY")
	silent := load.Options{
		Files: []load.File{one}, Announce: func(string) {}, Progress: func(string, int64, int64, int64) {},
	}
	if l, err := load.Prepare(t.Context(), b.Deployment, silent); !errors.Is(err, load.ErrNoPolicy) || exit.Of(err) != exit.Usage {
		t.Errorf("a new log without a policy: %v, %v", l, err)
	}
	b.MustLoad(load.Options{Files: []load.File{one}})
	before := len(b.Log())
	other := &pb.PolicyActivation{Name: "small", Version: 2, Yaml: []byte(strings.Replace(trial.Policy, "version: 1", "version: 2", 1))}
	_, err := b.Load(load.Options{Files: []load.File{two}, Policy: other})
	if !errors.Is(err, load.ErrOtherPolicy) || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "small version 1") {
		t.Errorf("another policy: %v", err)
	}
	if n := len(b.Log()); n != before {
		t.Errorf("the refused load wrote %d records", n-before)
	}
	b.MustLoad(load.Options{Files: []load.File{two}})
}

// Files without a usable row leave the log empty, and their books say why.
func TestNoUsableRow(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,XXQ", "2,2025-06-20,,10.00,CNY")
	r, err := b.Load(load.Options{Files: []load.File{f}})
	if err == nil || !strings.Contains(err.Error(), "no row of any file can be used") {
		t.Fatalf("load: %v", err)
	}
	for _, want := range []string{
		`core.csv line 2: unknown_currency: currency: "XXQ" is no ISO 4217 code`, "core.csv line 3: no_customer: customer_id: is blank",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if len(r.Files) != 1 || r.Files[0].Read != 2 || r.Files[0].Accepted != 0 ||
		r.Files[0].Rejected["unknown_currency"] != 1 || r.Files[0].Rejected["no_customer"] != 1 {
		t.Errorf("books %+v", r.Files)
	}
	if n := len(b.Log()); n != 0 {
		t.Errorf("%d records are in the log", n)
	}
}

// TestALoadLetsNoVersionOvertake: version 2 has no day and waits for the conductor, so
// version 3, whose day is in the files, waits too (rule R178).
func TestALoadLetsNoVersionOvertake(t *testing.T) {
	for name, c := range map[string]struct {
		second int32
		want   int // activations in each of the two partitions
	}{"the older one has a day": {20261, 3}, "the older one has none": {0, 1}} {
		t.Run(name, func(t *testing.T) {
			b, dir := trial.New(t), t.TempDir()
			b.MustLoad(load.Options{Files: []load.File{file(t, dir, "one.csv", "1,2025-06-20,C1,10.00,CNY")}})
			for i, day := range []int32{c.second, 20262} { // 2025-06-23
				version := fmt.Sprintf("version: %d", i+2)
				p := &pb.PolicyPublication{
					Name: "small", Version: uint32(i + 2), EffectiveDay: day, Yaml: []byte(strings.Replace(trial.Policy, "version: 1", version, 1)),
				}
				if err := b.Control().PublishPolicy(t.Context(), p); err != nil {
					t.Fatal(err)
				}
			}
			b.MustLoad(load.Options{Files: []load.File{file(t, dir, "two.csv", "2,2025-06-25,C1,10.00,CNY")}})
			if got := show(b.Log()); count(got, "policy") != 2*c.want {
				t.Errorf("the log has %q, want %d policies", got, 2*c.want)
			}
		})
	}
}

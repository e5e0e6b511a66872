package role_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// booking is canonical JSON; change pairs are a field and its JSON, "" leaves it out.
func booking(id, customer string, amount int, at time.Time, change ...string) string {
	fields := []string{
		"event_id", `"core:` + id + `:1"`, "customer_id", `"` + customer + `"`, "account_id", `"A"`, "account_type", `"DEMAND"`,
		"txn_type", `"TRANSFER_IN"`, "direction", `"CREDIT"`, "amount_minor", fmt.Sprint(amount), "currency", `"CNY"`,
		"event_time", `"` + at.UTC().Format(time.RFC3339) + `"`, "status", `"POSTED"`, "initiator", `"CUSTOMER"`,
	}
	value := map[string]string{}
	var order []string
	for i := 0; i < len(fields); i += 2 {
		value[fields[i]] = fields[i+1]
		order = append(order, fields[i])
	}
	for i := 0; i < len(change); i += 2 {
		if _, ok := value[change[i]]; !ok {
			order = append(order, change[i])
		}
		value[change[i]] = change[i+1]
	}
	var parts []string
	for _, f := range order {
		if value[f] != "" {
			parts = append(parts, `"`+f+`":`+value[f])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// takenBack makes a booking the reversal of another.
func takenBack(of string) []string {
	return []string{"txn_type", `"REVERSAL"`, "direction", `"DEBIT"`, "reversal_of", `"core:` + of + `"`}
}

// bad is one way in which a bank's records are wrong.
type bad struct {
	name string
	docs []string // the last one is refused, if cause is not blank
	// twin are good records to the same effect, for the other customer.
	twin  []string
	cause string // of the dead letter; blank: the fold leaves it out with a verdict, or takes it
	stage string
}

func badInput(now time.Time) []bad {
	one := func(name, cause string, change ...string) bad {
		return bad{name: name, docs: []string{booking(name, "BAD", 1_000_000_00, now, change...)}, cause: cause, stage: "ingest"}
	}
	pay := func(id, customer string, amount int, change ...string) string {
		return booking(id, customer, amount, now, change...)
	}
	return []bad{
		{name: "malformed JSON", docs: []string{`{"event_id":"core:x:1",`}, cause: "malformed_json", stage: "ingest"},
		one("wrong type", "wrong_type", "amount_minor", `{"much":1}`),
		one("text for a number", "bad_number", "amount_minor", `"much"`),
		one("unknown enum", "unknown_enum", "txn_type", `"GIFT"`),
		one("negative amount", "negative_amount", "amount_minor", `-1`),
		one("unknown currency", "unknown_currency", "currency", `"RMB"`),
		one("year 0001", "date_range", "event_time", `"0001-01-01T00:00:00Z"`),
		one("year 9999", "date_range", "booking_date", `"9999-12-31"`),
		one("10 MB", "too_large", "branch_id", `"`+strings.Repeat("x", 10<<20)+`"`),
		one("invalid UTF-8", "invalid_utf8", "branch_id", "\"\xff\""),
		{
			name: "a month ahead", docs: []string{booking("ahead", "BAD", 1_000_000_00, now.AddDate(0, 1, 0))},
			cause: "future_day", stage: "fold",
		},
		{
			name: "duplicate id", docs: []string{pay("dup", "BAD", 5_00), pay("dup", "BAD", 5_00)},
			twin: []string{pay("dup", "GOOD", 5_00)},
		},
		{
			name: "one id with two amounts", docs: []string{pay("two", "BAD", 6_00), pay("two", "BAD", 999_999_00)},
			twin: []string{pay("two", "GOOD", 6_00)}, cause: "id_conflict", stage: "fold",
		},
		{
			name: "reversal before its original", docs: []string{pay("r1", "BAD", 7_00, takenBack("o1")...), pay("o1", "BAD", 7_00)},
			twin: []string{pay("o1", "GOOD", 7_00), pay("r1", "GOOD", 7_00, takenBack("o1")...)},
		},
		{
			name: "reversal twice", docs: []string{
				pay("o2", "BAD", 8_00), pay("r2", "BAD", 8_00, takenBack("o2")...), pay("r3", "BAD", 8_00, takenBack("o2")...),
			},
			twin:  []string{pay("o2", "GOOD", 8_00), pay("r2", "GOOD", 8_00, takenBack("o2")...)},
			cause: "already_reversed", stage: "fold",
		},
		{
			name: "an old balance_after", docs: []string{
				pay("told", "BAD", 2_00, "balance_after_minor", "6001300"),
				booking("late", "BAD", 9_00, now.Add(-time.Hour), "balance_after_minor", "1"),
			},
			twin: []string{
				pay("told", "GOOD", 2_00, "balance_after_minor", "6001300"), booking("late", "GOOD", 9_00, now.Add(-time.Hour)),
			},
		},
	}
}

// Two customers with a tier get the same good records; one also gets everything that
// a bank can get wrong. Each mistake has its dead letter or verdict, the stream goes
// on, and in the end nothing tells the two apart.
func TestBadInputMovesNobody(t *testing.T) {
	b := trial.New(t)
	b.Publish()
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
	b.Run(role.Conductor, run, err)
	run, err = role.NewIngest(b.Deployment, role.IngestOptions{ReportEvery: 20 * time.Millisecond})
	b.Run(role.Ingest, run, err)
	b.Fold()

	now := time.Now()
	offset := int64(0)
	send := func(docs ...string) (last int64) {
		b.Send(docs...)
		offset += int64(len(docs))
		return offset - 1
	}
	for _, c := range []string{"GOOD", "BAD"} {
		send(fmt.Sprintf(`{"record":"seed","customer_id":%q,"scheme":"card","tier":"gold","since_date":"2024-01-01","event_time":%q}`, c, now.UTC().Format(time.RFC3339)),
			booking("first", c, 60_000_00, now.Add(-2*time.Hour), "balance_after_minor", "6000000"))
	}
	cases := badInput(now)
	at := map[string]int64{}
	for _, c := range cases {
		at[c.name] = send(c.docs...)
		send(c.twin...)
	}
	send(booking("last", "GOOD", 1_00, now), booking("last", "BAD", 1_00, now))
	end := send("the last letter")
	for _, c := range []string{"GOOD", "BAD"} {
		b.Arrived(func(r *pb.LogRecord) bool { return r.Transaction.GetTxnId() == "last" && r.Transaction.CustomerId == c })
	}
	b.Letter(func(l *pb.DeadLetter) bool { return l.Stage == "ingest" && l.OriginPosition == end })
	b.Folded()

	wrong := map[int64]letters.Letter{}
	for _, l := range b.Letters() {
		place := l.OriginPosition
		if l.Stage == "fold" { // it knows the record of the log
			var r pb.LogRecord
			if err := r.UnmarshalVT(l.Original); err != nil {
				t.Fatal(err)
			}
			place = r.Transaction.Origin.Position
		}
		wrong[place] = l
	}
	expected := 1 // the last letter
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l, ok := wrong[at[c.name]]
			switch {
			case c.cause == "" && ok:
				t.Errorf("is refused: %s %s", l.Cause, l.Detail)
			case c.cause != "" && (!ok || l.Cause != c.cause || l.Stage != c.stage || len(l.Original) == 0):
				t.Errorf("letter %t of %s by %s with an original of %d bytes, want %s by %s", ok, l.GetCause(), l.GetStage(), len(l.GetOriginal()), c.cause, c.stage)
			}
		})
		if c.cause != "" {
			expected++
		}
	}
	if len(wrong) != expected {
		t.Errorf("%d dead letters, want %d", len(wrong), expected)
	}
	good, other := b.Customer("GOOD", 0), b.Customer("BAD", 0)
	other.Customer = good.Customer
	if good.Schemes[0].Tier != "gold" || good.Accounts[0].Value != 60_023_00 {
		t.Errorf("the good customer is %s with %d", good.Schemes[0].Tier, good.Accounts[0].Value)
	}
	if d := cmp.Diff(good, other, cmp.AllowUnexported(*good, good.Schemes[0]), cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".ID" // of an alert: it holds the customer
	}, cmp.Ignore())); d != "" {
		t.Error("the mistakes left a trace:\n", d)
	}
}

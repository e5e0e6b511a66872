package letters_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

const bookings = `mapping: bookings
format: {type: csv}
source: teller
records:
  - record: transaction
    fields:
      customer_id: customer
      account_id: account
      txn_id: id
      account_type: {const: DEMAND}
      txn_type: {from: type, map: {REV: REVERSAL}, unmapped: UNKNOWN}
      status: {const: POSTED}
      initiator: {const: CUSTOMER}
      currency: currency
      base_amount: {const: "1.00"}
      amount: {from: amount, sign: credit_positive}
      reversal_of: {from: original, null_values: [""]}
      event_time: {from: date, format: YYYY-MM-DD}
`

// refused loads rows into a log of which the fold refuses some.
func refused(t *testing.T, rows ...string) *trial.Bank {
	t.Helper()
	b, dir := trial.New(t), t.TempDir()
	text := "id,date,customer,account,type,currency,amount,original\n" + strings.Join(rows, "\n") + "\n"
	b.MustLoad(load.Options{MaxDisorder: 2000, Files: []load.File{{
		Path: trial.Write(t, dir, "teller.csv", text), Mapping: trial.Write(t, dir, "m.yaml", bookings),
	}}})
	b.Fold()
	b.Folded()
	return b
}

// tell gives what a person is told of each letter, by cause.
func tell(t *testing.T, b *trial.Bank) (told map[string]string) {
	t.Helper()
	book, err := letters.OpenBook(t.Context(), b.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	told = map[string]string{}
	for _, l := range b.Letters() {
		if err := letters.Recall(t.Context(), b.Deployment, &l); err != nil {
			t.Fatal(err)
		}
		told[l.Cause] = l.Source + "|" + l.FieldName() + "|" + book.Origin(&l) + "|" + l.Explain(b.Calendar.BusinessDay(l.At))
	}
	return told
}

// A letter of the fold leads back to its row, and says what was wrong, which values,
// and what to do.
func TestALetterOfTheFoldLeadsBackToItsRow(t *testing.T) {
	told := tell(t, refused(t,
		"1,2025-06-20,C1,A1,N,CNY,1.00,",
		"1,2025-06-20,C1,A2,N,CNY,1.00,", // another content
		"2,2025-06-21,C1,A1,N,USD,1.00,",
		"3,2025-06-21,C1,A1,REV,CNY,-1.00,teller:1",
		"4,2025-06-22,C1,A1,REV,CNY,-1.00,teller:1",
	))
	for cause, want := range map[string][2]string{
		"id_conflict":      {"teller|event_id|teller.csv line 3, log ", "teller:1:1 was there already with another content; this one says CREDIT 1.00 CNY on 2025-06-20: a correction needs a higher version"},
		"unit_mismatch":    {"teller|unit|teller.csv line 4, log ", "account A1 is not held in USD: give its USD part an account_id of its own"},
		"already_reversed": {"teller|reversal_of|teller.csv line 6, log ", "its original teller:1 was taken back before"},
	} {
		if got := told[cause]; !strings.HasPrefix(got, want[0]) || !strings.Contains(got, want[1]) {
			t.Errorf("%s: %q, want %q and %q", cause, got, want[0], want[1])
		}
	}
	if len(told) != 3 {
		t.Errorf("letters %v", told)
	}
}

// A reversal that waited in vain holds no record: the log has it, and the letter's
// place is the reversal's, not that of the CLOSE that gave it up.
func TestAReversalThatWaitedLeadsBackToItsRow(t *testing.T) {
	b := refused(t, "1,2024-01-10,C1,A1,N,CNY,1.00,", "2,2024-01-11,C1,A1,REV,CNY,-1.00,teller:77", "3,2025-06-20,C1,A1,N,CNY,1.00,")
	const want = "teller|reversal_of|teller.csv line 3, log "
	if got := tell(t, b)["unknown_original"]; !strings.HasPrefix(got, want) || !strings.Contains(got, "its original teller:77 did not come within 400 days") {
		t.Errorf("%q, want %q", got, want)
	}

	client, err := kgo.NewClient(b.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var cut kadm.Offsets
	for p := range b.Partitions {
		cut.AddOffset(b.Namespace.Topic(topics.Events), p, -1, -1) // all there is
	}
	if _, err := kadm.NewClient(client).DeleteRecords(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	if got := tell(t, b)["unknown_original"]; !strings.HasPrefix(got, "|reversal_of|log ") || !strings.Contains(got, "its original booking did not come") {
		t.Errorf("of a log that was cut: %q", got)
	}
}

// Every cause that a test of the fold knows is told in words, and is known.
func TestEveryCauseOfTheFoldIsTold(t *testing.T) {
	files, err := filepath.Glob("../../../pipeline/fold/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`dlq/([a-z_]+)`).FindAllStringSubmatch(string(text), -1) {
			seen[m[1]] = true
		}
	}
	if len(seen) < 12 {
		t.Errorf("the tests of the fold know %d causes", len(seen))
	}
	for _, cause := range fold.Causes() {
		seen[cause] = true
	}
	want := append(fold.Causes(), "refused_by_clickhouse", "unreadable")
	for _, c := range event.Causes() {
		want = append(want, string(c))
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(letters.Causes(), want) {
		t.Errorf("told are %v\nknown are %v", letters.Causes(), want)
	}
	for cause := range seen {
		for _, rec := range []*pb.LogRecord{nil, {Transaction: &pb.Transaction{CustomerId: "C1", AccountId: "A1"}}} {
			l := letters.Letter{Record: rec, DeadLetter: &pb.DeadLetter{Stage: letters.StageFold, Cause: cause, Field: "business_day"}}
			if len(l.Explain(0)) < 30 {
				t.Errorf("%s is told as %q", cause, l.Explain(0))
			}
		}
		if !slices.Contains(letters.Causes(), cause) {
			t.Errorf("%s is no known cause", cause)
		}
	}
}

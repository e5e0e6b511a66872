package mapping

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// A date that comes again is not read again; it must be the same date, and one
// that is wrong must not become the one before it.
func TestDatesThatComeAgain(t *testing.T) {
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, dates := range [][2]string{
		{`"2025-06-20"`, `"2025-06-21"`},
		{`"2025-06-20"`, `"2025-06-21"`},
		{`"2025-06-21"`, `"2025-06-20"`},
		{`"2025-06-31"`, `"2025-06-20"`},
		{`"2025-06-21"`, `""`},
		{`null`, `"2025-06-20"`},
		{`true`, `"2025-06-20"`},
		{`"2025-06-21"`, `"2025-06-2"`},
		{`"2025-06-21"`, `"2025-06-20"`},
	} {
		doc := strings.Replace(salary, `"status"`, `"booking_date":`+dates[0]+`,"value_date":`+dates[1]+`,"status"`, 1)
		out, err := m.Row(event.Row{Doc: []byte(doc)}, func(r *pb.LogRecord) error {
			got = append(got, fmt.Sprintf("%d %d", r.Transaction.BusinessDay-20259, r.Transaction.ValueDay-20259))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if out.Verdict == event.Rejected {
			got = append(got, string(out.Reject.Cause)+" "+out.Reject.Field)
		}
	}
	want := []string{
		"0 1", "0 1", "1 0", "bad_date booking_date", "1 1", "1 0", "wrong_type booking_date", "bad_date value_date", "1 0",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The short way of a time gives what the long way gives, or leaves it to it.
func TestPlainTimes(t *testing.T) {
	long, err := parseLayout("rfc3339", -1)
	if err != nil {
		t.Fatal(err)
	}
	cal := builder(t, "Asia/Shanghai", "", "CNY").Calendar
	taken := 0
	var last lastDate
	rapid.Check(t, func(t *rapid.T) {
		date := rapid.SampledFrom([]string{"2025-06-21", "2025-06-22", "2024-02-29", "2025-02-29", "1970-01-02", "2149-06-06", "1970-01-01", "0001-01-01", "9999-12-31", "2025-6-021", "20x5-06-21"}).Draw(t, "date")
		clock := fmt.Sprintf("%02d:%02d:%02d", rapid.IntRange(0, 25).Draw(t, "h"), rapid.IntRange(0, 61).Draw(t, "m"), rapid.IntRange(0, 61).Draw(t, "s"))
		zone := rapid.SampledFrom([]string{"Z", "+08:00", "-11:30", "+18:59", "+19:00", "+08:60", "", "z", "+0800", ".5Z", "+08:0x"}).Draw(t, "zone")
		text := []byte(date + rapid.SampledFrom([]string{"T", "T", "T", " "}).Draw(t, "t") + clock + zone)
		got, ok := plainInstant(text, &last)
		if !ok {
			return
		}
		taken++
		m, err := long.parse(text)
		if err != nil {
			t.Fatalf("%s: %d, but the long way says %v", text, got, err)
		}
		if want, err := m.instant(cal); err != nil || got != want {
			t.Fatalf("%s: %d, want %d, %v", text, got, want, err)
		}
	})
	if taken == 0 {
		t.Error("the short way took nothing")
	}
}

// What goes a short way gives what the long way gives: the same record, the same
// reject.
func TestShortWaysAreTheLongOnes(t *testing.T) {
	const text = `
mapping: test
format: {type: json}
source: t
records:
  - record: transaction
    balance_after: day
    unique: true
    fields:
      customer_id: c
      account_id: {const: A}
      txn_id: id
      currency: {const: CNY}
      amount_minor: amount
      balance_after_minor: balance
      event_time: {const: "2025-06-21T14:05:00Z"}
      account_type: {const: DEMAND}
      status: {from: status, map: {P: POSTED, "": POSTED, R: REVERSED}, default: POSTED}
      txn_type: {from: type, map: {PAY: CARD_SPEND, "7": SALARY_IN, "true": FEE}}
      direction: {from: direction, map: {in: CREDIT, out: DEBIT}, unmapped: CREDIT}
      initiator: {from: initiator, map: {S: SYSTEM}, null_values: ["-"], default: CUSTOMER}
      channel: {from: channel, map: {a: APP}}
      same_owner: {from: own, map: {J: true, N: false}}
      internal_transfer: {const: true}
      product_code: {from: product, map: {x: loan}}
`
	short, long := compile(t, text), compile(t, text)
	ways := map[string]shortcut{}
	for i, s := range short.outputs[0].short {
		ways[short.outputs[0].ops[i].field.Name] = s.how
		long.outputs[0].short[i] = hop{}
	}
	for name, how := range map[string]shortcut{
		"account_type": shortConst, "internal_transfer": shortConst, "balance_trust": shortConst, "unique": shortConst,
		"status": shortEnum, "txn_type": shortEnum, "direction": shortEnum, "channel": shortEnum, "same_owner": shortEnum,
		"initiator": 0, "product_code": 0, "currency": 0, "customer_id": shortText, "amount_minor": shortInt,
	} {
		if ways[name] != how {
			t.Errorf("%s goes the way %d, want %d", name, ways[name], how)
		}
	}
	b := builder(t, "Asia/Shanghai", "", "CNY")
	one, err := short.Mapper(b)
	if err != nil {
		t.Fatal(err)
	}
	other, err := long.Mapper(b)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]*rapid.Generator[string]{}
	for key, good := range map[string][]string{
		"status": {`"P"`, `"R"`}, "type": {`"PAY"`, `"7"`, `7`}, "direction": {`"in"`, `"out"`}, "initiator": {`"S"`, `"-"`},
		"channel": {`"a"`}, "own": {`"J"`, `"N"`}, "product": {`"x"`},
	} {
		// Mostly good ones: a row that is rejected says nothing of its other fields.
		values[key] = rapid.OneOf(rapid.SampledFrom(good), rapid.SampledFrom(good), rapid.SampledFrom(good),
			rapid.SampledFrom([]string{`""`, `"?"`, `null`, `true`, `1`, `{}`, `["in"]`}))
	}
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		doc := `{"c":"C","id":"1","amount":5,"balance":7`
		for _, key := range []string{"status", "type", "direction", "initiator", "channel", "own", "product"} {
			if rapid.IntRange(0, 9).Draw(t, "has") > 0 {
				doc += `,"` + key + `":` + values[key].Draw(t, key)
			}
		}
		row := event.Row{Doc: []byte(doc + "}")}
		got, want := mapped(t, one, row), mapped(t, other, row)
		if got != want {
			t.Fatalf("%s: %s\nthe long way %s", row.Doc, got, want)
		}
		if !strings.HasPrefix(got, "!") {
			accepted++
		}
	})
	if accepted == 0 {
		t.Error("no row was accepted")
	}
}

// mapped tells all that a row becomes.
func mapped(t *rapid.T, m *Mapper, row event.Row) (what string) {
	out, err := m.Row(row, func(r *pb.LogRecord) error {
		data, err := r.MarshalVT()
		what = fmt.Sprintf("%x", data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if out.Verdict == event.Rejected {
		what = fmt.Sprintf("!%s %s %s", out.Reject.Cause, out.Reject.Field, out.Reject.Detail)
	}
	return what
}

package synth

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"
)

type shares struct{ bookings, malformed, repeats, late, reversals int }

func count(t *testing.T, p Params) (n shares, rows [][]byte) {
	t.Helper()
	seen := map[string]bool{}
	play(t, New(p), func(day int32, it Item) {
		if it.Malformed != nil {
			n.malformed++
			rows = append(rows, bytes.Clone(it.Malformed))
			return
		}
		x := it.Record.Transaction
		if x == nil {
			return
		}
		n.bookings++
		switch {
		case seen[x.Source+":"+x.TxnId]:
			n.repeats++
		case x.ReversalOf != "":
			n.reversals++
		case x.BusinessDay != day || x.ValueDay != day:
			n.late++
		}
		seen[x.Source+":"+x.TxnId] = true
	})
	return n, rows
}

func TestNoiseIsAsAsked(t *testing.T) {
	p := small(1_500)
	p.MalformedPPM, p.LatePPM, p.DuplicatePPM, p.ReversalPPM = 5_000, 10_000, 8_000, 6_000
	n, _ := count(t, p)
	for _, c := range []struct {
		name       string
		got, asked int
	}{
		{"malformed", n.malformed, p.MalformedPPM},
		{"late", n.late, p.LatePPM},
		{"repeats", n.repeats, p.DuplicatePPM},
		{"reversals", n.reversals, p.ReversalPPM},
	} {
		if ppm := c.got * 1_000_000 / n.bookings; ppm < c.asked*3/4 || ppm > c.asked*5/4 {
			t.Errorf("%s: %d ppm, asked for %d", c.name, ppm, c.asked)
		}
	}
}

func TestNoNoise(t *testing.T) {
	p := small(300)
	p.MalformedPPM, p.LatePPM, p.DuplicatePPM, p.ReversalPPM = 0, 0, 0, 0
	if n, _ := count(t, p); n.malformed+n.late+n.repeats+n.reversals != 0 {
		t.Errorf("asked for none, got %+v", n)
	}
}

// refused tells why a reader of canonical JSON cannot take a row, "" if it can.
func refused(row []byte) string {
	if !utf8.Valid(row) {
		return "utf-8"
	}
	var x struct {
		Customer  string `json:"customer_id"`
		Direction string `json:"direction"`
		Currency  string `json:"currency"`
		Time      string `json:"event_time"`
		Amount    int64  `json:"amount_minor"`
	}
	if !json.Valid(row) {
		return "json"
	}
	if json.Unmarshal(row, &x) != nil {
		return "type"
	}
	_, badTime := time.Parse(time.RFC3339, x.Time)
	switch {
	case x.Customer == "":
		return "customer"
	case x.Direction != "DEBIT" && x.Direction != "CREDIT":
		return "direction"
	case len(x.Currency) != 3:
		return "currency"
	case badTime != nil:
		return "time"
	case x.Amount < 0:
		return "negative"
	}
	return ""
}

func TestBrokenRowsAreBroken(t *testing.T) {
	p := small(500)
	p.MalformedPPM = 20_000
	_, rows := count(t, p)
	why := map[string]int{}
	for _, row := range rows {
		w := refused(row)
		if why[w]++; w == "" {
			t.Fatalf("nothing is wrong with %s", row)
		}
	}
	for _, w := range []string{"utf-8", "json", "type", "customer", "direction", "currency", "time", "negative"} {
		if why[w] == 0 {
			t.Errorf("no row is broken in its %s: %v", w, why)
		}
	}
}

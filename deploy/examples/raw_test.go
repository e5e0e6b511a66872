package examples_test

import (
	"encoding/csv"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// row is a booking of trans.asc, read without any of the program's own readers.
// Money is in haler.
type row struct {
	account         string
	day             int32
	signed, balance int64
}

type accountDay struct {
	account string
	day     int32
}

// table reads a Berka file: its rows as maps by column.
func table(tb testing.TB, in io.Reader) []map[string]string {
	tb.Helper()
	r := csv.NewReader(in)
	r.Comma = ';'
	all, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var list []map[string]string
	for _, cells := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = cells[i]
		}
		list = append(list, m)
	}
	return list
}

func bookings(tb testing.TB, path string) []row {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := zstd.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	defer z.Close()
	var list []row
	for _, m := range table(tb, z) {
		day, err := time.Parse("060102", m["date"])
		if err != nil {
			tb.Fatal(err)
		}
		r := row{m["account_id"], int32(day.Unix() / 86400), hundredths(tb, m["amount"]), hundredths(tb, m["balance"])}
		if m["type"] != "PRIJEM" {
			r.signed = -r.signed
		}
		list = append(list, r)
	}
	return list
}

func owners(tb testing.TB, path string) map[string]string {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	of := map[string]string{}
	for _, m := range table(tb, f) {
		if m["type"] == "OWNER" {
			of[m["account_id"]] = m["client_id"]
		}
	}
	return of
}

// hundredths reads a decimal with up to two places.
func hundredths(tb testing.TB, s string) int64 {
	tb.Helper()
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil || len(part) > 2 {
		tb.Fatalf("amount %q", s)
	}
	return n
}

// byAccountDay sorts rows by account and day, and lists the accounts of each day.
func byAccountDay(rows []row) (days map[accountDay][]row, booked map[int32][]string) {
	days, booked = map[accountDay][]row{}, map[int32][]string{}
	for _, r := range rows {
		k := accountDay{r.account, r.day}
		if days[k] == nil {
			booked[r.day] = append(booked[r.day], r.account)
		}
		days[k] = append(days[k], r)
	}
	return days, booked
}

// lasts lists the balances at which an order of the rows can end that begins at
// from and in which each balance follows from the one before it within 0.20.
func lasts(rows []row, from int64) []int64 {
	if len(rows) == 0 {
		return []int64{from}
	}
	var ends []int64
	for i, r := range rows {
		if gap := r.balance - r.signed - from; gap < -20 || gap > 20 {
			continue
		}
		rest := append(append([]row(nil), rows[:i]...), rows[i+1:]...)
		ends = append(ends, lasts(rest, r.balance)...)
	}
	return ends
}

// positions are the records of a log, counted.
type positions struct{ transactions, ids, origins int }

func (h *history) positions(tb testing.TB) positions {
	tb.Helper()
	ids, origins := map[string]bool{}, map[string]bool{}
	var n positions
	for i := range h.records {
		if h.records[i].partition == control {
			continue
		}
		rec := &pb.LogRecord{}
		if err := rec.UnmarshalVTUnsafe(h.records[i].value); err != nil {
			tb.Fatal(err)
		}
		o := rec.GetLifecycle().GetOrigin()
		if t := rec.Transaction; t != nil {
			o = t.Origin
			n.transactions++
			ids[t.Source+":"+t.TxnId] = true
		}
		origins[o.Name+":"+strconv.FormatInt(o.Position, 10)] = true
	}
	n.ids, n.origins = len(ids), len(origins)
	return n
}

func same(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

package main

import (
	"slices"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// a small bank, and a log that holds just what it sent.
func sound(t *testing.T) *sources {
	t.Helper()
	b := &bank{out: &sender{}}
	s := &sources{
		found: &findings{}, bank: b, tally: &tally{}, nature: map[string]nature{}, topic: map[place]string{},
		book: &logbook{partitions: make([][]entry, 1), out: map[place]pb.VerdictKind{}, letters: map[place]string{}},
	}
	for i, r := range []row{
		{value: []byte(`{"event_id":"core:1:1","customer_id":"C","amount_minor":5}`)},
		{value: []byte(`{"event_id":"core:2:1","customer_id":"C","amount_minor":7}`)},
		{value: []byte(`{"event_id":`), nature: broken},
		{value: []byte(`{"record":"end_of_day"}`), nature: mark},
	} {
		b.sent = append(b.sent, &r)
		b.out.acks = append(b.out.acks, ack{&r, int64(i)})
		s.nature[string(r.value)] = r.nature
		s.topic[place{0, int64(i)}] = string(r.value)
	}
	s.book.letters[place{0, 2}] = "malformed_json"
	s.log1(t, "1", 5, 0)
	s.log1(t, "2", 7, 1)
	return s
}

// log1 appends a booking to the log.
func (s *sources) log1(t *testing.T, txn string, amount, position int64) {
	t.Helper()
	value, err := (&pb.LogRecord{Transaction: &pb.Transaction{
		CustomerId: "C", Source: "core", TxnId: txn, Version: 1, AmountMinor: amount, Origin: &pb.Origin{Name: sourceTopic, Position: position},
	}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	part := &s.book.partitions[0]
	*part = append(*part, entry{place{0, int64(len(*part))}, "C", value})
}

// Each way in which source and log can part is told, and nothing else.
func TestSourceAgainstLog(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(s *sources)
		want int
	}{
		{"sound", func(*sources) {}, 0},
		{"acknowledged and gone", func(s *sources) { delete(s.topic, place{0, 3}) }, 2},
		{"acknowledged and another", func(s *sources) { s.bank.out.acks[0].offset = 1 }, 1},
		{"nobody sent it", func(s *sources) { s.topic[place{0, 9}] = "?"; s.log1(t, "9", 1, 9) }, 2},
		{"lost", func(s *sources) { s.book.partitions[0] = s.book.partitions[0][:1] }, 2},
		{"another amount", func(s *sources) {
			s.book.partitions[0] = s.book.partitions[0][:1]
			s.log1(t, "2", 8, 1)
		}, 1},
		{"taken in twice", func(s *sources) { s.log1(t, "2", 7, 1) }, 1},
		{"read twice and recognised", func(s *sources) {
			s.log1(t, "2", 7, 1)
			s.book.out[place{0, 2}] = pb.VerdictKind_VERDICT_DUPLICATE
		}, 0},
		{"kept out without a reason", func(s *sources) { s.book.out[place{0, 0}] = pb.VerdictKind_VERDICT_DUPLICATE }, 1},
		{"refused", func(s *sources) { s.book.out[place{0, 0}] = pb.VerdictKind_VERDICT_REJECTED }, 0},
		{"a broken row without letter", func(s *sources) { clear(s.book.letters) }, 1},
		{"a broken row in the log", func(s *sources) { s.log1(t, "3", 7, 2) }, 2},
		{"a marker in the log", func(s *sources) { s.log1(t, "4", 7, 3) }, 2},
	} {
		s := sound(t)
		c.harm(s)
		s.acknowledged()
		if err := s.log(); err != nil {
			t.Fatal(err)
		}
		if err := s.repeats(); err != nil {
			t.Fatal(err)
		}
		if s.found.n != c.want {
			t.Errorf("%s: %d differences, want %d: %q", c.name, s.found.n, c.want, s.found.first)
		}
	}
}

// A forged booking has the id of another and says something else; nothing but a booking
// is forged, and none twice.
func TestForged(t *testing.T) {
	got := forged(&row{value: []byte(`{"event_id":"core:1:1","amount_minor":5,"currency":"CNY"}`), partition: 1})
	if got == nil || string(got.value) != `{"event_id":"core:1:1","amount_minor":57,"currency":"CNY"}` || got.partition != 1 {
		t.Fatalf("forged %+v", got)
	}
	for _, r := range []*row{got, {value: []byte(`{"record":"profile"}`)}, {value: []byte(`{"event_id":`), nature: broken}} {
		if x := forged(r); x != nil {
			t.Errorf("%s is forged as %s", r.value, x.value)
		}
	}
}

// The records of a writer of time.
func tickOf(term, at int64) *pb.LogRecord {
	return &pb.LogRecord{Tick: &pb.Tick{Term: term, At: at, BusinessDay: int32(at / 86400)}}
}

func closeOf(term int64, day int32) *pb.LogRecord {
	return &pb.LogRecord{Close: &pb.Close{Term: term, Day: day, Cut: int64(day+1) * 86400}}
}

// Lower terms, days that are closed and TICKs that are not later count for nothing; a gap
// is told, and partitions that part.
func TestClocks(t *testing.T) {
	closes := func(term int64, days ...int32) (list []*pb.LogRecord) {
		for _, day := range days {
			list = append(list, closeOf(term, day))
		}
		return list
	}
	whole := closes(1, 10, 11, 12)
	days := slices.Concat(closes(1, 10, 11), closes(2, 12))
	otherCut := closeOf(1, 12)
	otherCut.Close.Cut++
	otherDay := tickOf(1, 100)
	otherDay.Tick.BusinessDay++
	// Writer 1 tells 100 and 200, and no more of 200; writer 2 goes on.
	handed := slices.Concat(days[:2], []*pb.LogRecord{tickOf(1, 100), tickOf(1, 200), tickOf(2, 300)}, days[2:])
	for _, c := range []struct {
		name       string
		one, other []*pb.LogRecord
		want       int
		cutShort   int
	}{
		{"the same", whole, whole, 0, 0},
		{"a hand-over", whole, slices.Concat(closes(1, 10, 11), closes(2, 11, 12), closes(1, 13)), 0, 0},
		{"a gap", whole, closes(1, 10, 12), 2, 0},
		{"the last is missing", whole, closes(1, 10, 11), 2, 0},
		{"another cut", whole, slices.Concat(whole[:2], []*pb.LogRecord{otherCut}), 1, 0},
		{"the same TICKs", handed, handed, 0, 0},
		{"a TICK that its writer could not tell all", handed, without(handed, 3), 0, 1},
		{"that TICK comes when the writer has lost the office", handed, slices.Insert(without(handed, 3), 4, handed[3]), 0, 1},
		{"that TICK is told again", handed, slices.Insert(without(handed, 3), 3, tickOf(2, 200)), 0, 0},
		{"a TICK is missing whose writer went on", handed, without(handed, 2), 1, 0},
		{"two are missing, one of them the last of its writer", handed, without(without(handed, 2), 2), 1, 1},
		{"a TICK is missing before a CLOSE of its writer", append([]*pb.LogRecord{tickOf(1, 50)}, whole...), whole, 1, 0},
		{"a TICK of another day", append([]*pb.LogRecord{tickOf(1, 100)}, whole...), append([]*pb.LogRecord{otherDay}, whole...), 2, 0},
	} {
		for _, lists := range [][][]*pb.LogRecord{{c.one, c.other}, {c.other, c.one}} {
			book := newLogbook(len(lists))
			for p, list := range lists {
				for _, r := range list {
					value, err := r.MarshalVT()
					if err != nil {
						t.Fatal(err)
					}
					book.partitions[p] = append(book.partitions[p], entry{value: value})
				}
			}
			var found findings
			h, err := clocks(book, &bank{first: 10, last: 12}, &found)
			if err != nil {
				t.Fatal(err)
			}
			if found.n != c.want || h.CutShort != c.cutShort {
				t.Errorf("%s: %d differences, want %d: %q; %d TICKs cut short, want %d", c.name, found.n, c.want, found.first, h.CutShort, c.cutShort)
			}
		}
	}
}

// without leaves one of a list out.
func without(list []*pb.LogRecord, i int) []*pb.LogRecord {
	return slices.Delete(slices.Clone(list), i, i+1)
}

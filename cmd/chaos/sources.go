package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// tally counts what a check has looked at.
type tally struct {
	SourceRecords int `json:"source_records"`
	Good          int `json:"good"`
	Broken        int `json:"broken"`
	Marks         int `json:"marks"`
	LogRecords    int `json:"log_records"`
	Controls      int `json:"control_records"`
	Transactions  int `json:"transactions"`
	EventIDs      int `json:"event_ids"`
	// Repeats are further records of an event id, each recognised; ReadTwice are
	// source records that are in the log more than once.
	Repeats   int `json:"repeats"`
	ReadTwice int `json:"read_twice"`
}

// wire is what of a source record must arrive, read without the program's mapping.
type wire struct {
	Record   string `json:"record"`
	EventID  string `json:"event_id"`
	Customer string `json:"customer_id"`
	Amount   int64  `json:"amount_minor"`
}

// sources compares the bank with the source topic, and that with log and dead letters.
type sources struct {
	found  *findings
	book   *logbook
	bank   *bank
	tally  *tally
	nature map[string]nature // by value
	// topic is what the source topic holds.
	topic map[place]string
}

func (s *sources) check(ctx context.Context) error {
	s.nature, s.topic = map[string]nature{}, map[place]string{}
	for _, r := range s.bank.sent {
		s.nature[string(r.value)] = r.nature
	}
	err := readAll(ctx, s.bank.kafka, sourceTopic, func(r *kgo.Record) error {
		s.topic[place{r.Partition, r.Offset}] = string(r.Value)
		return nil
	})
	if err != nil {
		return err
	}
	s.tally.SourceRecords = len(s.topic)
	s.acknowledged()
	if err := s.log(); err != nil {
		return err
	}
	return s.repeats()
}

// acknowledged: what the broker has acknowledged is there, and nothing else is.
func (s *sources) acknowledged() {
	for _, a := range s.bank.out.acks {
		at := place{a.row.partition, a.offset}
		if s.topic[at] != string(a.row.value) {
			s.found.add("source topic: the broker acknowledged a record at %s and holds another or none", at)
		}
	}
	arrived := map[string]bool{}
	for at, value := range s.topic {
		arrived[value] = true
		if _, ok := s.nature[value]; !ok {
			s.found.add("source topic: the bank never sent what is at %s", at)
		}
	}
	for _, r := range s.bank.sent {
		if !arrived[string(r.value)] {
			s.found.add("source topic: a row of the bank is missing: %.80s", r.value)
		}
	}
}

// log: each good record is in the log, under its id and with its amount, each broken
// one among the dead letters, and nothing else is in either.
func (s *sources) log() error {
	in := map[place]int{}
	for _, part := range s.book.partitions {
		for i := range part {
			e := &part[i]
			s.tally.LogRecords++
			if e.customer == "" {
				s.tally.Controls++
				continue
			}
			r, err := e.record()
			if err != nil {
				return err
			}
			o := kafka.Origin(r)
			if o == nil {
				s.found.add("log %s: a record without origin", e.place)
				continue
			}
			at := place{o.Partition, o.Position}
			in[at]++
			s.same(e, r, at)
		}
	}
	for at, value := range s.topic {
		n, letter := in[at], s.book.letters[at]
		switch s.nature[value] {
		case good:
			s.tally.Good++
			if n == 0 {
				s.found.add("the log has not what the source holds at %s (dead letter %q): %.80s", at, letter, value)
			}
			if n > 1 {
				s.tally.ReadTwice++
			}
		case broken:
			s.tally.Broken++
			if n > 0 || letter == "" {
				s.found.add("the broken record at %s of the source is %d times in the log, dead letter %q", at, n, letter)
			}
		case mark:
			s.tally.Marks++
			if n > 0 || letter != "" {
				s.found.add("the marker at %s of the source is %d times in the log, dead letter %q", at, n, letter)
			}
		}
	}
	return nil
}

// same compares a record of the log with the one it came from.
func (s *sources) same(e *entry, r *pb.LogRecord, at place) {
	value, ok := s.topic[at]
	if !ok || s.nature[value] != good {
		s.found.add("log %s comes from %s of the source, where no good record is", e.place, at)
		return
	}
	var w wire
	if err := json.Unmarshal([]byte(value), &w); err != nil {
		s.found.add("source %s: %v", at, err)
		return
	}
	if w.Customer != e.customer {
		s.found.add("log %s is of customer %s, its source %s of %s", e.place, e.customer, at, w.Customer)
	}
	if t := r.Transaction; t != nil && (idOf(t) != w.EventID || t.AmountMinor != w.Amount) {
		s.found.add("log %s is %s with %d, its source %s is %s with %d", e.place, idOf(t), t.AmountMinor, at, w.EventID, w.Amount)
	}
	if (r.Transaction == nil) != (w.Record != "") {
		s.found.add("log %s is of another kind than its source %s: %s", e.place, at, w.Record)
	}
}

func idOf(t *pb.Transaction) string {
	return fmt.Sprintf("%s:%s:%d", t.Source, t.TxnId, max(t.Version, 1))
}

// repeats: of the records of an event id the fold has taken in one, unless it refused
// the event itself.
func (s *sources) repeats() error {
	type standing struct{ n, taken, refused int }
	ids := map[string]*standing{}
	for _, part := range s.book.partitions {
		for i := range part {
			e := &part[i]
			if e.customer == "" {
				continue
			}
			r, err := e.record()
			if err != nil {
				return err
			}
			if r.Transaction == nil {
				continue
			}
			s.tally.Transactions++
			key := e.customer + " " + idOf(r.Transaction)
			if ids[key] == nil {
				ids[key] = &standing{}
			}
			st := ids[key]
			st.n++
			switch kind, out := s.book.out[e.place]; {
			case !out:
				st.taken++
			case kind == pb.VerdictKind_VERDICT_REJECTED:
				st.refused++
			}
		}
	}
	s.tally.EventIDs = len(ids)
	for id, st := range ids {
		s.tally.Repeats += st.n - 1
		if st.taken > 1 || st.taken == 0 && st.refused == 0 {
			s.found.add("event %s: of %d records in the log %d were taken in, %d refused", id, st.n, st.taken, st.refused)
		}
	}
	for _, r := range s.bank.sent {
		if r.nature != good {
			continue
		}
		var w wire
		if err := json.Unmarshal(r.value, &w); err != nil {
			return fmt.Errorf("read a row of the bank: %w", err)
		}
		if w.EventID != "" && ids[w.Customer+" "+strings.TrimSpace(w.EventID)] == nil {
			s.found.add("event %s of the bank is not in the log", w.EventID)
		}
	}
	return nil
}

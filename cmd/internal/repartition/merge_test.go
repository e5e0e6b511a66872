package repartition

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// controlRecord makes the control record of a word: its kind, the term of its writer, and
// what it says: T5, E5, K5/100, C5/10, H5/10, P5/2, R5/10.
func controlRecord(t *testing.T, word string) []byte {
	t.Helper()
	var term, what int64
	if _, err := fmt.Sscanf(word[1:], "%d/%d", &term, &what); err != nil {
		_, _ = fmt.Sscanf(word[1:], "%d", &term) // T and E say no more
	}
	rec := new(pb.LogRecord)
	switch word[0] {
	case 'T':
		rec.Term = &pb.Term{Term: term, Mode: pb.Mode_BACKFILL}
	case 'E':
		rec.Engine = &pb.Engine{Term: term, Version: 1, BaseCurrency: "CNY", TimeZone: "UTC", Epoch: 1}
	case 'K':
		rec.Tick = &pb.Tick{Term: term, At: what, BusinessDay: int32(what / 100)}
	case 'C':
		rec.Close = &pb.Close{Term: term, Day: int32(what)}
	case 'H':
		rec.Handover = &pb.Handover{Term: term, Day: int32(what)}
	case 'P':
		rec.Policy = &pb.PolicyActivation{Term: term, Name: "p", Version: uint32(what), Yaml: []byte("no policy")}
	case 'R':
		rec.Rates = &pb.Rates{Term: term, Day: int32(what), Rates: []*pb.Rate{{Unit: "USD", RateE12: term}}}
	}
	value, err := rec.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// text is the target that notes what comes, as words without terms.
type text struct{ words []string }

func (x *text) customer(_ context.Context, r *kgo.Record, parked bool) error {
	word := string(r.Value)
	if parked {
		word = "(" + word + ")"
	}
	x.words = append(x.words, word)
	return nil
}

func (x *text) control(_ context.Context, m *mark) error {
	word := "?"
	switch r := m.rec; {
	case r.Term != nil:
		word = fmt.Sprint("T", m.term)
	case r.Engine != nil:
		word = "E"
	case r.Tick != nil:
		word = fmt.Sprint("K", r.Tick.At)
	case r.Close != nil:
		word = fmt.Sprint("C", r.Close.Day)
	case r.Handover != nil:
		word = fmt.Sprint("H", r.Handover.Day)
	case r.Policy != nil:
		word = fmt.Sprint("P", r.Policy.Version)
	case r.Rates != nil:
		word = fmt.Sprint("R", r.Rates.Day, "=", r.Rates.Rates[0].RateE12)
	}
	x.words = append(x.words, word)
	return nil
}

// merged merges partitions, given as words: those with a small letter are records of
// the customer of that letter; "!" behind a word parks it.
func merged(t *testing.T, lanes ...string) []string {
	t.Helper()
	order := map[string]int{} // a word is written at one time everywhere
	x := new(text)
	g := &merge{target: x}
	for id, lane1 := range lanes {
		var records []*kgo.Record
		parked := map[int64]bool{}
		for i, word := range strings.Fields(lane1) {
			word, isParked := strings.CutSuffix(word, "!")
			parked[int64(i)] = isParked
			if _, known := order[word]; !known {
				order[word] = len(order)
			}
			r := &kgo.Record{Partition: int32(id), Offset: int64(i), Timestamp: time.UnixMilli(int64(order[word]))}
			if word[0] >= 'a' {
				r.Key, r.Value = []byte(word[:1]), []byte(word)
			} else {
				r.Value = controlRecord(t, word)
			}
			records = append(records, r)
		}
		g.lanes = append(g.lanes, &lane{
			id: int32(id), count: map[int64]int{}, parked: func(offset int64) bool { return parked[offset] },
			read: func(context.Context) (*kgo.Record, error) {
				if len(records) == 0 {
					return nil, io.EOF
				}
				r := records[0]
				records = records[1:]
				return r, nil
			},
		})
	}
	if err := g.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x.words
}

func TestMerge(t *testing.T) {
	for name, c := range map[string]struct{ lanes, want []string }{
		"each partition's segment comes before the next control record": {
			[]string{"T1 E1 P1/1 K1/100 a1 a2 C1/1 a3", "T1 E1 P1/1 K1/100 b1 C1/1 b2"},
			[]string{"T1 E P1 K100 a1 a2 b1 C1 a3 b2"},
		},
		"a writer who was replaced is not heard": {
			[]string{"T1 T4 a1 C1/1 C4/1 a2", "T1 T4 C4/1 b1"},
			[]string{"T1 T4 a1 C1 a2 b1"},
		},
		"a TICK that some never got is written where others have it": {
			[]string{"T1 K1/100 a1 K1/200 a2 T4 K4/300 a3", "T1 K1/100 b1 T4 K4/300 b2"},
			[]string{"T1 K100 a1 b1 K200 a2 T4 K300 a3 b2"},
		},
		"a CLOSE that some got early waits for the one that all have": {
			[]string{"T1 a1 C1/7 a2 T4 K4/800 a3 C4/7 a4", "T1 b1 T4 K4/800 b2 C4/7 b3"},
			[]string{"T1 a1 b1 T4 K800 b2 C7 a2 a3 a4 b3"},
		},
		"also when the writer after him died of the same": {
			[]string{"T1 C1/7 a1 T4 T6 C6/7 a2", "T1 T4 C4/7 b1 T6 C6/7 b2", "T1 c1 T4 c2 T6 c3 C6/7 c4"},
			[]string{"T1 c1 T4 c2 T6 c3 C7 a1 a2 b1 b2 c4"},
		},
		"the last CLOSE, which nobody could repeat, is written for all": {
			[]string{"T1 C1/7 a1", "T1 b1"},
			[]string{"T1 b1 C7 a1"},
		},
		"no longer than to the next record that decides": {
			[]string{"T1 C1/7 a1 T4 P4/2 C4/7 a2", "T1 b1 T4 b2 P4/2 b3 C4/7 b4"},
			[]string{"T1 b1 T4 b2 C7 a1 P2 b3 C7 a2 b4"}, // of which the second has no effect
		},
		"a HANDOVER that some got twice is written once": {
			[]string{"T1 H1/7 a1 T4 a2 H4/7 a3 T6 C6/8", "T1 T4 b1 H4/7 b2 T6 C6/8"},
			[]string{"T1 T4 b1 H7 a1 a2 a3 b2 T6 C8"},
		},
		"the opening of a log, begun twice": {
			[]string{"T1 E1 P1/1 K1/100 T4 E4 P4/1 K4/200 a1", "T1 T4 E4 P4/1 K4/200 b1"},
			[]string{"T1 T4 E P1 K100 K200 a1 b1"},
		},
		"rates are those of the writer who closed the day, last": {
			[]string{"T1 R1/7 T4 R4/7 C4/7 a1", "T1 b1 T4 b2 R4/7 C4/7 b3"},
			[]string{"T1 b1 R7=1 T4 b2 R7=4 C7 a1 b3"},
		},
		"a record that failed in one partition while later ones did not": {
			[]string{"T1 K1/100 a1 K1/200 a2 C1/1 a3", "T1 K1/100 b1 C1/1 b2"},
			[]string{"T1 K100 a1 b1 K200 a2 C1 a3 b2"},
		},
		"also when the writer wrote on for long": {
			[]string{"T1 K1/100 K1/200 a1 K1/300 a2 K1/400 a3 C1/5 a4", "T1 K1/100 b1 K1/300 b2 K1/400 b3 C1/5 b4"},
			[]string{"T1 K100 b1 K200 a1 K300 a2 b2 K400 a3 b3 C5 a4 b4"},
		},
		"parked records of customers go along, of the writer only if some fold took them": {
			[]string{"T1 a1! P1/2! a2 P1/3! a3", "T1 P1/2! b1 P1/3 b2"},
			[]string{"T1 (a1) a2 b1 P3 a3 b2"},
		},
		"a partition without anything": {
			[]string{"T1 a1 C1/1 a2", ""},
			[]string{"T1 a1 C1 a2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := strings.Join(merged(t, c.lanes...), " "), strings.Join(c.want, " "); got != want {
				t.Errorf("%v give\n%s, want\n%s", c.lanes, got, want)
			}
		})
	}
}

// TestMergeKeepsEveryCustomersCloses: however often writers die midway and are heard
// again too late, each customer's records stay in order and among the same CLOSEs, and
// CLOSEs and TICKs are written once, in order.
func TestMergeKeepsEveryCustomersCloses(t *testing.T) {
	for seed := range uint64(400) {
		lanes := troubled(rand.New(rand.NewPCG(seed, 1)))
		var all []string
		last := map[byte]int64{}
		for _, word := range merged(t, lanes...) {
			var n int64
			if kind := word[0]; kind == 'C' {
				_, _ = fmt.Sscan(word[1:], &n)
				if n <= last[kind] {
					continue // without effect, as a fold takes it
				}
				last[kind] = n
			}
			all = append(all, word)
		}
		for id, lane1 := range lanes {
			want, got := seenBy(byte('a'+id), effective(lane1)), seenBy(byte('a'+id), all)
			if !slices.Equal(want, got) {
				t.Fatalf("seed %d: %q\npartition %d sees\n%v, was\n%v", seed, lanes, id, got, want)
			}
		}
	}
}

// effective leaves out what a fold of one partition ignores.
func effective(lane1 string) (list []string) {
	ruling, closed := int64(0), int64(0)
	for word := range strings.FieldsSeq(lane1) {
		if word[0] >= 'a' {
			list = append(list, word)
			continue
		}
		var term, what int64
		_, _ = fmt.Sscanf(word[1:], "%d/%d", &term, &what)
		if term < ruling {
			continue
		}
		if word[0] == 'T' {
			ruling = term
		}
		if word[0] == 'C' && what > closed {
			closed = what
			list = append(list, fmt.Sprint("C", what))
		}
	}
	return list
}

// seenBy are the records of a customer with the number of CLOSEs before each.
func seenBy(who byte, words []string) (list []string) {
	closes := 0
	for _, word := range words {
		switch word[0] {
		case 'C':
			closes++
		case who:
			list = append(list, fmt.Sprint(word, " after ", closes))
		}
	}
	return list
}

// troubled are partitions into which writers have written who died midway.
func troubled(r *rand.Rand) []string {
	lanes := make([][]string, 2+r.IntN(3))
	n := 0
	customers := func() {
		for id := range lanes {
			for range r.IntN(3) {
				n++
				lanes[id] = append(lanes[id], fmt.Sprintf("%c%d", 'a'+id, n))
			}
		}
	}
	tick, day := 100, 0
	var late []string // of the writer before
	for term := 1; term < 5; term++ {
		alive := make([]bool, len(lanes)) // by partition: this writer still reaches it
		for id := range alive {
			alive[id] = true
			lanes[id] = append(lanes[id], fmt.Sprint("T", term))
			if len(late) > 0 && r.IntN(2) == 0 {
				lanes[id] = append(lanes[id], late...)
			}
		}
		for op := range 1 + r.IntN(6) {
			customers()
			word := fmt.Sprintf("K%d/%d", term, tick)
			if op%2 == 1 {
				word = fmt.Sprintf("C%d/%d", term, day+1)
			}
			dies := r.IntN(5) == 0
			for id := range lanes {
				if dies && r.IntN(2) == 0 {
					alive[id] = false
				}
				if alive[id] {
					lanes[id] = append(lanes[id], word)
				}
			}
			late = []string{word}
			if dies {
				break
			}
			if tick++; op%2 == 1 {
				day++
			}
		}
		customers()
	}
	texts := make([]string, len(lanes))
	for id := range lanes {
		texts[id] = strings.Join(lanes[id], " ")
	}
	return texts
}

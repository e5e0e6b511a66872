package synth

import (
	"bufio"
	"bytes"
	"encoding/json"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// witness is what the stream shows of a customer.
type witness struct {
	// out and in are external transfers by the other bank's code, fen.
	out, in map[string]int64
	// own are the days on which he himself did something.
	own []int32
}

func watch(t *testing.T, b *Bank) map[string]*witness {
	t.Helper()
	all := map[string]*witness{}
	seen := map[string]bool{}
	play(t, b, func(_ int32, it Item) {
		if it.Record == nil || it.Record.Transaction == nil || it.Record.Transaction.Status != pb.TxnStatus_POSTED {
			return
		}
		x := it.Record.Transaction
		if seen[x.Source+":"+x.TxnId] {
			return
		}
		seen[x.Source+":"+x.TxnId] = true
		w := all[x.CustomerId]
		if w == nil {
			w = &witness{out: map[string]int64{}, in: map[string]int64{}}
			all[x.CustomerId] = w
		}
		if x.TxnType == pb.TxnType_TRANSFER_OUT {
			w.out[x.CounterpartyBankCode] += x.AmountMinor
		}
		if x.TxnType == pb.TxnType_DEPOSIT_TRANSFER_IN {
			w.in[x.CounterpartyBankCode] += x.AmountMinor
		}
		if x.Initiator == pb.Initiator_CUSTOMER {
			w.own = append(w.own, x.BusinessDay)
		}
	})
	return all
}

func truths(t *testing.T, b *Bank) (all []Truth) {
	t.Helper()
	var out bytes.Buffer
	if err := b.WriteTruth(&out); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(&out)
	for lines.Scan() {
		var x Truth
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		all = append(all, x)
	}
	return all
}

func TestTruthIsInTheStream(t *testing.T) {
	b := New(small(3_000))
	seen := watch(t, b)
	began := map[string]int{}
	for _, x := range truths(t, b) {
		w := seen[x.Customer]
		if !x.Begun {
			continue
		}
		began[x.Story]++
		switch x.Story {
		case "leak", "sudden_outflow", "maturity_leaves":
			if w == nil || w.out[x.Destination] < x.AmountMinor {
				t.Errorf("%+v: the stream shows less", x)
			}
		case "growth":
			if w == nil || w.in[x.Destination] < x.AmountMinor {
				t.Errorf("%+v: the stream shows less", x)
			}
		case "silent":
			for _, day := range w.own {
				if start := dayText(day); start > x.Start {
					t.Errorf("%+v: he did something on %s", x, start)
					break
				}
			}
		}
	}
	for _, story := range storyNames[1:] {
		if began[story] < 5 {
			t.Errorf("%d stories of %s began: %v", began[story], story, began)
		}
	}
}

func TestOutflowsHurt(t *testing.T) {
	b := New(small(3_000))
	before := map[string]int64{}
	for i := range b.customers {
		before[b.ids[i]] = b.assets(&b.customers[i], b.params.Start)
	}
	play(t, b, func(int32, Item) {})
	after := map[string]int64{}
	for i := range b.customers {
		after[b.ids[i]] = b.assets(&b.customers[i], b.last)
	}
	lost, kept := 0, 0
	for _, x := range truths(t, b) {
		if x.Story != "sudden_outflow" && x.Story != "leak" || !x.Begun || x.AmountMinor < before[x.Customer]/3 || before[x.Customer] == 0 {
			continue
		}
		if after[x.Customer] < before[x.Customer]*9/10 {
			lost++
		} else {
			kept++
		}
	}
	if lost < 20 || lost < 3*kept {
		t.Errorf("of those from whom a third has gone %d have less than at the start, %d do not", lost, kept)
	}
}

func dayText(day int32) string { return string(appendDate(nil, day)) }

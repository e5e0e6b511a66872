package fold_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const aheadPolicy = `policy: test
version: @v
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  aum: {kind: adb, over: month}
schemes:
  card:
    by: aum
    assess: month
    restate: 60d
    tiers:
      - {name: mass}
@silver      - {name: gold, from: 50_000, down_after: 1}
`

// aheadLog is the log of a sample: three are gold by January, another tier comes between
// the two on 15 February, and a day later it is told that they were not. It gives the
// places of the second policy and of the CLOSE before it comes into force.
func aheadLog(t *testing.T) (log [][]byte, second, closing int) {
	t.Helper()
	l := &gen.Log{}
	l.Begin(strings.NewReplacer("@v", "1", "@silver", "").Replace(aheadPolicy), gen.Day("2025-01-01"))
	for _, c := range []string{"C", "D", "E"} {
		l.Seed(c, "card", "gold", gen.Day("2024-01-01"), 0, 0)
		l.Balance(c, "A"+c, gen.Day("2024-12-31"), 60_000_00)
	}
	l.CloseThrough(gen.Day("2025-01-01"), gen.Day("2025-02-09"))
	second = len(l.Records)
	l.Policy(strings.NewReplacer("@v", "2", "@silver", "      - {name: silver, from: 20_000, down_after: 1}\n").Replace(aheadPolicy), 2, gen.Day("2025-02-15"))
	l.CloseThrough(gen.Day("2025-02-10"), gen.Day("2025-02-14"))
	closing = len(l.Records) - 1
	l.CloseThrough(gen.Day("2025-02-15"), gen.Day("2025-02-15"))
	l.Tick(gen.Day("2025-02-16"))
	for _, c := range []string{"C", "D", "E"} {
		l.Book(c, "A"+c, gen.Day("2025-01-01"), -55_000_00)
	}
	for _, r := range l.Records {
		v, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, v)
	}
	return log, second, closing
}

// TestOlderStateAheadOfItsProgress: a program of format 3 died in the drain behind the CLOSE
// that brings other tiers, when it had saved one customer of three. Whether that policy is
// known to be told at the progress record, or lies behind it as well, all are corrected.
func TestOlderStateAheadOfItsProgress(t *testing.T) {
	log, second, closing := aheadLog(t)
	sample := readSample(t, filepath.Join("testdata", "state", "ahead3.txt"), 3)
	early := slices.Clone(sample)
	early[len(early)-1] = progressAt(t, log, second-5)
	for from, list := range map[int][]fold.Saved{closing: sample, second - 5: early} {
		l := fold.NewLoading(fold.Options{Saves: true})
		for _, r := range list {
			l.Take(r.Key, r.Value)
		}
		p, at, err := l.Done()
		if err != nil || int(at) != from {
			t.Fatalf("goes on at %d, want %d: %v", at, from, err)
		}
		var said []string
		var out fold.Outputs
		for i := from; i < len(log); i++ {
			if err := p.Apply(int64(i), log[i], &out); err != nil {
				t.Fatal(err)
			}
			for !p.Drain(1000, &out) {
				continue
			}
			for _, o := range out.List {
				if m, ok := decode(t, o).(*pb.TierChange); ok {
					said = append(said, fmt.Sprint(o.Customer, " ", m.Kind, " ", m.From, ">", m.To))
				}
			}
			out.Reset()
		}
		if want := []string{"C CORRECTED gold>mass", "D CORRECTED gold>mass", "E CORRECTED gold>mass"}; !slices.Equal(said, want) {
			t.Errorf("from %d: %q, want %q", from, said, want)
		}
	}
}

// progressAt is the progress record of format 3 when all before a place of the log is saved.
func progressAt(t *testing.T, log [][]byte, at int) fold.Saved {
	t.Helper()
	p := player{t: t, log: log, part: fold.New(fold.Options{Saves: true}), mute: 1 << 62}
	for i := range at {
		p.apply(i, 1000)
	}
	var topic stateTopic
	var saves fold.Saves
	p.part.Save(p.part.Unsaved(), &saves)
	p.part.SaveProgress(int64(at), &saves)
	topic.put(&saves)
	return asOlder(t, 3, topic.list)[len(topic.list)-1]
}

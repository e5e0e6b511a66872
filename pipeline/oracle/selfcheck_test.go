package oracle_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// play applies a log to a new oracle.
func play(t *rapid.T, l *gen.Log, sparse bool) *oracle.Oracle {
	o := oracle.New(oracle.FromText(gen.Base))
	o.Sparse = sparse
	for i, r := range l.Records {
		if err := o.Apply(int64(i), r); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	return o
}

// TestFallsOnTheDay: the oracle's own promise, that a projected fall comes on its
// day if nothing but CLOSE follows.
func TestFallsOnTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := gen.Draw(t, gen.Features{MaxDays: 80})
		o := play(t, l, true)
		last, _ := o.LastClose()
		for _, id := range []string{"C1", "C2"} {
			c := o.Customer(id)
			if c == nil {
				continue
			}
			scheme := o.Plan().Schemes[0].Name
			p := c.Project(scheme)
			if p.FallsOn == 0 {
				continue
			}
			before := len(o.Outcome().Changes)
			for d := last + 1; d < p.FallsOn; d++ {
				if err := o.Apply(1_000_000+int64(d), &pb.LogRecord{Close: &pb.Close{Day: d, Cut: gen.Cut(d)}}); err != nil {
					t.Fatal(err)
				}
			}
			fell := false
			for _, ch := range o.Outcome().Changes[before:] {
				down := ch.Kind == pb.ChangeKind_DOWNGRADED || ch.Kind == pb.ChangeKind_DOWN_PROPOSED
				if ch.Customer == id && ch.Scheme == scheme && down {
					fell = fell || ch.Effective == p.FallsOn
				}
			}
			if !fell {
				t.Fatalf("%s should fall on %s\n%s", id, gen.Date(p.FallsOn), l)
			}
			return
		}
	})
}

// TestTopUpIsTheLeast: a deposit of top_up makes the open period qualify under
// the oracle's own condition, one unit less does not.
func TestTopUpIsTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := gen.Draw(t, gen.Features{MaxDays: 80, Pure: true, NoHeals: true, NoSide: true})
		o := play(t, l, true)
		c := o.Customer("C1")
		if c == nil {
			return
		}
		scheme := o.Plan().Schemes[0].Name
		m, p := c.Money(scheme), c.Project(scheme)
		if !p.Miss || !m.Reachable || m.TopUp.Sign() == 0 {
			return
		}
		for less := range int64(2) {
			n := new(big.Int).Sub(m.TopUp, big.NewInt(less)).Int64()
			again := *l
			again.Records = append([]*pb.LogRecord(nil), l.Records...)
			again.Book("C1", "deposit", c.Today(), n, gen.ID("deposit"))
			if miss := play(t, &again, true).Customer("C1").Project(scheme).Miss; miss != (less == 1) {
				t.Fatalf("deposit of %d (top up %s): still a miss is %v\n%s", n, m.TopUp, miss, l)
			}
		}
	})
}

package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/cases"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestOlderStateKnowsLifts: formats 3 and 4 did not tell lifts between periods. Read before
// any correction, they show in the results, and come again as those of the present format.
func TestOlderStateKnowsLifts(t *testing.T) {
	for _, c := range cases.Again() {
		log := make([][]byte, len(c.Log.Records))
		late := 0 // the first record of a day that is closed
		closed := int32(0)
		for i, r := range c.Log.Records {
			v, err := r.MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			log[i] = v
			if closed = max(closed, r.GetClose().GetDay()); r.Transaction != nil && r.Transaction.BusinessDay <= closed && late == 0 {
				late = i
			}
		}
		if late == 0 || c.HidesLift {
			continue
		}
		for _, format := range []uint8{3, 4, 5} {
			p := player{t: t, log: log, part: fold.New(fold.Options{Saves: true}), mute: 1 << 62}
			for i := range late {
				p.apply(i, 1000)
			}
			list := copied(t, p.part, late-1)
			if format < 5 {
				list = asOlder(t, format, list)
			}
			l := fold.NewLoading(fold.Options{Saves: true})
			for _, r := range list {
				l.Take(r.Key, r.Value)
			}
			part, _, err := l.Done()
			if err != nil {
				t.Fatal(err)
			}
			var out fold.Outputs
			for i := late; i < len(log); i++ {
				if err := part.Apply(int64(i), log[i], &out); err != nil {
					t.Fatal(err)
				}
				for !part.Drain(1000, &out) {
					continue
				}
			}
			for _, o := range out.List {
				if m, ok := decode(t, o).(*pb.TierChange); ok {
					t.Errorf("%s, of format %d: %s %s>%s", c.Name, format, m.Kind, m.From, m.To)
				}
			}
		}
	}
}

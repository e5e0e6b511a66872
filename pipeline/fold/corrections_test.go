package fold_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// content is the last word on a transaction that the fold accepted.
type content struct {
	amount int64
	of     string
	status pb.TxnStatus
}

// TestCorrectionsInAnyOrder: whatever versions, statuses and partial reversals came
// in whatever order, what counts follows from the last word on each transaction: the
// balance is the sum of all that is posted, an original has left what the reversals
// in force do not take.
func TestCorrectionsInAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		tp := newTape(t, fold.Options{}, tapePolicy)
		now, ver := map[string]content{}, map[string]uint32{}
		var log []string
		closed := first - 1
		for range 25 {
			if rng.IntN(8) == 0 {
				closed++
				tp.close(closed)
			}
			id, x := drawContent(rng)
			if old, ok := now[id]; ok && rng.IntN(3) == 0 {
				old.status = pb.TxnStatus(1 + rng.IntN(4)) // a step of the same version
				x = old
			} else {
				ver[id]++
			}
			tp.write(wrap(x.txn(id, max(ver[id], 1))))
			told := tp.told()
			log = append(log, fmt.Sprintf("%s v%d %+v: %s", id, ver[id], x, told))
			if refused(told) {
				continue
			}
			now[id] = x
			if got, want := tp.stands(), counted(now); got != want {
				t.Fatalf("seed %d:\n%s\n got %s\nwant %s", seed, strings.Join(log, "\n"), got, want)
			}
		}
	}
}

// refused tells that a record was to change nothing.
func refused(told string) bool {
	return strings.Contains(told, "rejected/") || strings.Contains(told, "conflict/") || strings.Contains(told, "superseded/older") || told == "duplicate"
}

func drawContent(rng *rand.Rand) (string, content) {
	x := content{amount: 1 + rng.Int64N(100), status: pb.TxnStatus_POSTED}
	if rng.IntN(4) == 0 {
		x.status = pb.TxnStatus_PENDING
	}
	if rng.IntN(3) == 0 {
		return fmt.Sprint(rng.IntN(2)), x
	}
	x.of = fmt.Sprint(rng.IntN(2))
	return fmt.Sprint("r", rng.IntN(3)), x
}

func (x content) txn(id string, v uint32) *pb.Transaction {
	if x.of == "" {
		return txn(id, first, x.amount, version(v), status(x.status))
	}
	return txn(id, first, -x.amount, version(v), status(x.status), reversalOf(x.of, pb.ReversalKind_PARTIAL))
}

// counted works out what stands of the last words.
func counted(now map[string]content) string {
	var bal, n, inflow, most, days int64
	for _, id := range slices.Sorted(maps.Keys(now)) {
		x := now[id]
		if x.status != pb.TxnStatus_POSTED {
			continue
		}
		if x.of != "" {
			bal -= x.amount
			continue
		}
		bal += x.amount
		left := x.amount
		for _, r := range now {
			if r.of == id && r.status == pb.TxnStatus_POSTED {
				left -= r.amount
			}
		}
		if left > 0 {
			n, inflow, most, days = n+1, inflow+left, max(most, left), 1
		}
	}
	return fmt.Sprintf("balance %d, n %d, inflow %d, most %d, days %d", bal, n, inflow, most, days)
}

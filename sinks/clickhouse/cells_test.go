package clickhouse

import (
	"math/rand/v2"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// fillBatch puts n bookings, snapshots and alerts of a seeded bank into a batch.
func fillBatch(t *testing.T, b *batch, seed uint64, n int) {
	t.Helper()
	g := &branchBank{r: rand.New(rand.NewPCG(seed, 6)), day: 20000}
	d := &decoder{}
	for i := range n {
		offset := int64(i)
		decodeAll(t, d, b, topics.Events, int32(i%3), offset, g.transaction(n))
		decodeAll(t, d, b, topics.Snapshots, int32(i%3), offset, g.snapshot(i))
		a := populated(new(pb.Alert))
		a.Revision, a.Log = uint32(i+1), &pb.Position{Offset: offset}
		a.Reasons, a.Customer.BranchPath = a.Reasons[:i%3], a.Customer.BranchPath[:i%2]
		decodeAll(t, d, b, topics.Alerts, int32(i%3), offset, a)
	}
	b.seal()
}

// stored is a digest of each table of a database.
func stored(t *testing.T, conn driver.Conn) map[string]uint64 {
	t.Helper()
	sums := map[string]uint64{}
	for _, r := range newBatch().tables() {
		sums[r.name()] = count(t, conn, "SELECT groupBitXor(cityHash64(toString(tuple(*)))) FROM "+r.name()+" FINAL")
	}
	return sums
}

// TestPartsOfABatch: rows inserted in parts are those inserted at once, also from
// memory that another batch has used.
func TestPartsOfABatch(t *testing.T) {
	conn, db := database(t)
	fresh := newBatch()
	fillBatch(t, fresh, 1, 300)
	put(t, db, fresh)
	want := stored(t, conn)

	conn, db = database(t)
	used := newBatch()
	fillBatch(t, used, 2, 500)
	used.reset()
	fillBatch(t, used, 1, 300)
	out := poolOf(t, connOptions(t, db))
	for _, r := range used.tables() {
		for lo := 0; lo < r.count(); lo += 77 {
			if err := out.insert(t.Context(), r.insertion(db, lo, min(lo+77, r.count()))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for table, sum := range stored(t, conn) {
		if sum != want[table] {
			t.Errorf("%s: the parts are not the whole", table)
		}
	}
	if want["events_raw"] == 0 || want["customer_tiers_raw"] == 0 || want["alert_history_raw"] == 0 {
		t.Errorf("the test stores too little: %v", want)
	}
}

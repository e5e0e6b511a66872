package clickhouse

import (
	"math/rand/v2"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
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
	put(t, conn, db, fresh)
	want := stored(t, conn)

	conn, db = database(t)
	used := newBatch()
	fillBatch(t, used, 2, 500)
	used.reset()
	fillBatch(t, used, 1, 300)
	out := inserterOf(t)
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

// TestCompressedLink: to another machine blocks go compressed, in several pieces
// where they are large.
func TestCompressedLink(t *testing.T) {
	conn, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 20_000)
	put(t, conn, db, b)
	want := stored(t, conn)

	conn, db = database(t)
	pool := inserterOf(t)
	l, err := dial(t.Context(), &pool.conn)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.comp = compress.NewWriter(compress.LevelZero, compress.LZ4)
	for _, r := range b.tables() {
		if r.count() == 0 {
			continue
		}
		if err := l.insert(t.Context(), r.insertion(db, 0, r.count())); err != nil {
			t.Fatal(err)
		}
	}
	for table, sum := range stored(t, conn) {
		if sum != want[table] {
			t.Errorf("%s: compressed rows differ", table)
		}
	}
}

// TestIdleLinkIsReplaced: a connection that was cut while idle costs no error.
func TestIdleLinkIsReplaced(t *testing.T) {
	_, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 3)
	pool := inserterOf(t)
	for range 3 {
		if err := pool.insert(t.Context(), b.events.insertion(db, 0, 3)); err != nil {
			t.Fatal(err)
		}
		l := <-pool.idle
		l.close()
		pool.idle <- l
	}
}

// TestWrongPasswordIsTold: what the server says at the greeting is the error.
func TestWrongPasswordIsTold(t *testing.T) {
	_, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 3)
	pool := inserterOf(t)
	pool.conn.Password = "wrong"
	err := pool.insert(t.Context(), b.events.insertion(db, 0, 3))
	if reason(err) != "access" {
		t.Fatalf("reason %q of %v, want access", reason(err), err)
	}
}

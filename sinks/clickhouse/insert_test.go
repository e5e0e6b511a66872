package clickhouse

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// TestCompressedBlocks: to another machine blocks go compressed, in several pieces
// where they are large. The same rows arrive.
func TestCompressedBlocks(t *testing.T) {
	conn, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 20_000)
	put(t, db, b)
	want := stored(t, conn)

	conn, db = database(t)
	to := connOptions(t, db)
	o, err := to.driver()
	if err != nil {
		t.Fatal(err)
	}
	o.MaxCompressionBuffer = 1 << 20
	compressed, err := ch.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer compressed.Close()
	for _, r := range b.tables() {
		if r.count() == 0 {
			continue
		}
		if err := (&pool{conn: compressed}).insert(t.Context(), r.insertion(db, 0, r.count())); err != nil {
			t.Fatal(err)
		}
	}
	for table, sum := range stored(t, conn) {
		if sum != want[table] {
			t.Errorf("%s: compressed rows differ", table)
		}
	}
}

// TestLoopback: only on this machine blocks go as they are.
func TestLoopback(t *testing.T) {
	for addrs, want := range map[string]bool{
		"127.0.0.1:9000": true, "[::1]:9000": true, "localhost:9000": true,
		"10.0.0.1:9000": false, "clickhouse:9000": false, "127.0.0.1:9000 10.0.0.1:9000": false, "127.0.0.1": false,
	} {
		if got := loopback(strings.Fields(addrs)); got != want {
			t.Errorf("%s: %t, want %t", addrs, got, want)
		}
	}
}

// TestIdleConnectionIsReplaced: a connection that was cut while idle costs no error.
func TestIdleConnectionIsReplaced(t *testing.T) {
	_, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 3)
	o := connOptions(t, db)
	p := newProxy(t, o.Addrs[0])
	p.open(t)
	o.Addrs = []string{p.addr}
	out := poolOf(t, o)
	for range 3 {
		if err := out.insert(t.Context(), b.events.insertion(db, 0, 3)); err != nil {
			t.Fatal(err)
		}
		p.cut()
	}
}

// TestWrongPasswordIsTold: what the server says at the greeting is the error.
func TestWrongPasswordIsTold(t *testing.T) {
	_, db := database(t)
	b := newBatch()
	fillBatch(t, b, 1, 3)
	o := connOptions(t, db)
	o.Password = "wrong"
	err := poolOf(t, o).insert(t.Context(), b.events.insertion(db, 0, 3))
	if reason(err) != "access" {
		t.Fatalf("reason %q of %v, want access", reason(err), err)
	}
}

// TestOtherSchemaIsTold: a column of another type is the schema's fault, not the
// rows', and does not cost the connection of the next insert.
func TestOtherSchemaIsTold(t *testing.T) {
	conn, db := database(t)
	if err := conn.Exec(t.Context(), "ALTER TABLE events_raw MODIFY COLUMN amount_minor Int32"); err != nil {
		t.Fatal(err)
	}
	b := newBatch()
	fillBatch(t, b, 1, 3)
	out := poolOf(t, connOptions(t, db))
	err := out.insert(t.Context(), b.events.insertion(db, 0, 3))
	if reason(err) != "schema" || refused(err) {
		t.Fatalf("reason %q, refused %t of %v, want schema and not refused", reason(err), refused(err), err)
	}
	if err := out.insert(t.Context(), b.alerts.insertion(db, 0, 3)); err != nil {
		t.Fatal(err)
	}
}

// TestEndOfContextEndsInsert: a server that does not answer holds nobody up.
func TestEndOfContextEndsInsert(t *testing.T) {
	conn, db := database(t)
	slowEvents(t, conn, 3)
	b := newBatch()
	fillBatch(t, b, 1, 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- poolOf(t, connOptions(t, db)).insert(ctx, b.events.insertion(db, 0, 3)) }()
	for eventsAtWork(t, conn, db) == 0 { // each question takes its time
		select {
		case err := <-ended:
			t.Fatalf("%v, and no insert was seen at work", err)
		default:
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want the end of the context", err)
	}
	if eventsAtWork(t, conn, db) == 0 {
		t.Error("it has waited for the server")
	}
}

// slowEvents lets an insert of events take n times three seconds: one sleep may not
// be longer than that.
func slowEvents(t *testing.T, conn driver.Conn, n int32) {
	t.Helper()
	for i := range n {
		if err := conn.Exec(t.Context(), "ALTER TABLE events_raw ADD COLUMN slow"+itoa(i)+" UInt8 MATERIALIZED sleep(3)"); err != nil {
			t.Fatal(err)
		}
	}
}

// eventsAtWork counts the inserts of events that have their rows and are not done.
func eventsAtWork(t *testing.T, conn driver.Conn, db string) uint64 {
	t.Helper()
	return count(t, conn, "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO `"+db+"`.`events_raw`%' AND read_rows > 0")
}

// The caller's context ends right after an INSERT, as it does for every batch, but
// the driver must not see that.
func TestAContextThatOutlastsAnInsert(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	own, over := outlasting(parent)
	over()
	cancel()
	if own.Err() != nil {
		t.Error("it ends with the insert")
	}
	parent, cancel = context.WithTimeout(t.Context(), time.Hour)
	own, over = outlasting(parent)
	defer over()
	if at, ok := own.Deadline(); !ok || time.Until(at) > time.Hour {
		t.Error("it has not the caller's deadline")
	}
	cancel()
	<-own.Done() // while the insert runs it ends with the caller's
}

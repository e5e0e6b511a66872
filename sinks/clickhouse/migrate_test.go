package clickhouse

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

func TestMigrateOnceThenNothing(t *testing.T) {
	conn, db := emptyDatabase(t)
	cluster := connOptions(t, db).Cluster
	first, err := Migrate(t.Context(), conn, db, cluster)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Applied) == 0 || int(first.Version) != len(first.Applied) {
		t.Fatalf("applied %v, version %d", first.Applied, first.Version)
	}
	second, err := Migrate(t.Context(), conn, db, cluster)
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Applied) != 0 || second.Version != first.Version {
		t.Fatalf("second run applied %v, version %d", second.Applied, second.Version)
	}
}

func TestMigrateByManyAtOnce(t *testing.T) {
	conn, db := emptyDatabase(t)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = Migrate(t.Context(), conn, db, Cluster{}) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("process %d: %v", i, err)
		}
	}
	again, err := Migrate(t.Context(), conn, db, Cluster{})
	if err != nil || len(again.Applied) != 0 {
		t.Fatalf("afterwards: %v, %v", again, err)
	}
}

func TestMigrateMakesTheDatabase(t *testing.T) {
	conn, db := emptyDatabase(t)
	other := db + "_made"
	if _, err := Migrate(t.Context(), conn, other, Cluster{}); err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec(t.Context(), "DROP DATABASE "+other); err != nil {
		t.Fatal(err)
	}
}

func TestMigrateRefusesChangedFile(t *testing.T) {
	conn, db := database(t)
	if err := conn.Exec(t.Context(), "INSERT INTO schema_migrations VALUES (1, '001_x.sql', 'other', now())"); err != nil {
		t.Fatal(err)
	}
	_, err := Migrate(t.Context(), conn, db, Cluster{})
	if err == nil || !strings.Contains(err.Error(), "001_verdicts.sql was changed after") {
		t.Fatalf("got %v", err)
	}
}

func TestMigrateRefusesLaterSchema(t *testing.T) {
	conn, db := database(t)
	if err := conn.Exec(t.Context(), "INSERT INTO schema_migrations VALUES (999, '999_x.sql', 'other', now())"); err != nil {
		t.Fatal(err)
	}
	_, err := Migrate(t.Context(), conn, db, Cluster{})
	if err == nil || !strings.Contains(err.Error(), "use the newer program") {
		t.Fatalf("got %v", err)
	}
}

func TestMigrateErrorNamesFileAndStatement(t *testing.T) {
	conn, db := emptyDatabase(t)
	// A table of somebody else makes the view over it fail.
	if err := conn.Exec(t.Context(), "CREATE TABLE verdicts_raw (x Int8) ENGINE = Memory"); err != nil {
		t.Fatal(err)
	}
	_, err := Migrate(t.Context(), conn, db, Cluster{})
	if err == nil || !strings.Contains(err.Error(), "001_verdicts.sql, statement 2 (CREATE OR REPLACE VIEW") {
		t.Fatalf("got %v", err)
	}
}

// A process that was stopped longer than its lock counts, while another took the lock
// over, did its work and gave it back, goes on where it was.
func TestAMigrationGoesOnWhereAnotherTookItsLockOver(t *testing.T) {
	conn, db := emptyDatabase(t)
	slow, err := takeLock(t.Context(), conn, db)
	if err != nil {
		t.Fatal(err)
	}
	shown(t, conn, db, time.Now().Add(-lockStale-2*time.Second))
	slow.shown = time.Now().Add(-lockStale - 2*time.Second)
	if _, err := Migrate(t.Context(), conn, db, Cluster{}); err != nil {
		t.Fatal(err)
	}
	if err := slow.refresh(t.Context()); err != nil {
		t.Errorf("refresh: %v", err)
	}
	if err := slow.release(t.Context()); err != nil {
		t.Errorf("release: %v", err)
	}
}

// TestEverythingIsDescribed: semantics 8 asks for a comment on each table and column.
// A view that was made anew behind the last migration is described by the next one.
func TestEverythingIsDescribed(t *testing.T) {
	conn, db := database(t)
	wantComments(t, conn, db)
	if err := conn.Exec(t.Context(), "CREATE OR REPLACE VIEW opening_balances COMMENT 'By hand' AS SELECT * FROM opening_balances_raw FINAL"); err != nil {
		t.Fatal(err)
	}
	none := held(t, conn, db)
	for range 2 {
		if result, err := Migrate(t.Context(), conn, db, connOptions(t, db).Cluster); err != nil || len(result.Applied) > 0 {
			t.Fatalf("%v, %v", result, err)
		}
	}
	wantComments(t, conn, db)
	if lock := held(t, conn, db); lock != none {
		t.Errorf("the lock is left: %s", lock)
	}
}

// wantComments wants a comment on each table and column of a database.
func wantComments(t *testing.T, conn driver.Conn, db string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
SELECT name FROM system.tables WHERE database = $1 AND comment = ''
UNION ALL
SELECT concat(table, '.', name) FROM system.columns WHERE database = $1 AND comment = ''`, db)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s has no comment", name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

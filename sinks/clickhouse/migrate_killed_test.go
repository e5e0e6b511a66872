package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	ddl "github.com/tierwatch/tierwatch/schemas/clickhouse"
)

var errDied = errors.New("the process has died")

// dying is the connection of a process that dies behind a statement: what it asks for
// afterwards, the release of its lock too, never reaches the server.
type dying struct {
	driver.Conn
	behind func(statement string) bool
	dead   bool
}

func (c *dying) Exec(ctx context.Context, query string, args ...any) error {
	if c.dead {
		return errDied
	}
	if err := c.Conn.Exec(ctx, query, args...); err != nil {
		return err
	}
	if c.dead = c.behind(statementOf(query, args)); c.dead {
		return errDied
	}
	return nil
}

// statementOf tells statements apart: those about the lock by what they do, as their text
// says who and when, and notes of files by the file's number.
func statementOf(query string, args []any) string {
	switch {
	case strings.Contains(query, ".schema_lock "):
		what, _, _ := strings.Cut(query, " COMMENT '")
		return what
	case len(args) > 0:
		return fmt.Sprint(query, args[0])
	}
	return query
}

// schemaOf is all that a database has: tables and views as they would be made again,
// columns with their comments, and the files noted.
func schemaOf(t *testing.T, conn driver.Conn, db string) string {
	t.Helper()
	text := ask(t, conn, "SELECT name, engine, comment, create_table_query FROM system.tables WHERE database = $1 ORDER BY name", db) +
		ask(t, conn, "SELECT table, name, type, default_kind, default_expression, comment FROM system.columns WHERE database = $1 ORDER BY table, position", db) +
		ask(t, conn, "SELECT version, file, checksum FROM `"+db+"`.schema_migrations FINAL ORDER BY version")
	return strings.ReplaceAll(text, db, "db")
}

// wantSchema compares a database with one whose migration nothing has ended.
func wantSchema(t *testing.T, what string, conn driver.Conn, db, want string) {
	t.Helper()
	got := schemaOf(t, conn, db)
	for got != "" || want != "" {
		var is, shall string
		is, got, _ = strings.Cut(got, "\n")
		shall, want, _ = strings.Cut(want, "\n")
		if is != shall {
			t.Errorf("%s: the schema differs:\n%s\nwant\n%s", what, is, shall)
			return
		}
	}
}

// A migration is killed behind each of its statements in turn, and each time begun anew:
// behind those of the files, the notes that a file is applied, and the descriptions of
// views. What it makes is what one makes that is let be.
func TestAMigrationKilledBehindEachStatement(t *testing.T) {
	whole, wholeDB := database(t)
	want := schemaOf(t, whole, wholeDB)
	conn, db := emptyDatabase(t)
	ran, deaths := map[string]bool{}, 0
	for {
		// Each life ends behind the first statement that none before it has run.
		c := &dying{Conn: conn, behind: func(statement string) bool {
			first := !ran[statement]
			ran[statement] = true
			return first
		}}
		_, err := Migrate(t.Context(), c, db, Cluster{})
		if err == nil {
			break
		}
		if !errors.Is(err, errDied) {
			t.Fatalf("after %d deaths: %v", deaths, err)
		}
		deaths++
		// So long after the death that the lock counts no more: see the test of that.
		if err := conn.Exec(t.Context(), "DROP TABLE IF EXISTS schema_lock SYNC"); err != nil {
			t.Fatal(err)
		}
	}
	files, err := ddl.Migrations(db, ddl.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	every := map[string]bool{}
	for _, f := range files {
		for _, s := range f.Statements {
			every[s] = true
		}
	}
	if least := len(every) + len(files); deaths <= least {
		t.Errorf("killed %d times, want more than the %d statements and notes of the files", deaths, least)
	}
	wantSchema(t, fmt.Sprintf("killed %d times", deaths), conn, db, want)
}

// held is what the lock of a database says of its holder.
func held(t *testing.T, conn driver.Conn, db string) string {
	t.Helper()
	return ask(t, conn, "SELECT comment FROM system.tables WHERE database = $1 AND name = 'schema_lock'", db)
}

// shown makes the lock of a database look as if its holder had shown himself at a time.
func shown(t *testing.T, conn driver.Conn, db string, at time.Time) {
	t.Helper()
	var path string
	if err := conn.QueryRow(t.Context(), "SELECT metadata_path FROM system.tables WHERE database = $1 AND name = 'schema_lock'", db).Scan(&path); err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(engine.dir, "data", path)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// asking counts how often the lock is asked for.
type asking struct {
	driver.Conn
	asked func()
}

func (c *asking) Exec(ctx context.Context, query string, args ...any) error {
	if strings.HasPrefix(query, "CREATE TABLE `") && strings.Contains(query, ".schema_lock ") {
		c.asked()
	}
	return c.Conn.Exec(ctx, query, args...)
}

// The lock that a killed migration has left is waited for while its holder may be at work,
// and is then taken over: what was begun is brought to its end.
func TestTheLockOfAKilledMigration(t *testing.T) {
	whole, wholeDB := database(t)
	want := schemaOf(t, whole, wholeDB)
	conn, db := emptyDatabase(t)
	none := held(t, conn, db)
	dies := &dying{Conn: conn, behind: func(s string) bool { return strings.HasPrefix(s, "CREATE OR REPLACE VIEW") }}
	if _, err := Migrate(t.Context(), dies, db, Cluster{}); !errors.Is(err, errDied) {
		t.Fatalf("killed behind the first view: %v", err)
	}
	dead := held(t, conn, db)
	if dead == none {
		t.Fatal("the killed migration has left no lock")
	}

	shown(t, conn, db, time.Now().Add(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tries := 0
	waits := &asking{Conn: conn, asked: func() {
		if tries++; tries == 4 {
			cancel()
		}
	}}
	if _, err := Migrate(ctx, waits, db, Cluster{}); err == nil {
		t.Error("it did not wait for a lock that was shown lately")
	}
	if got := held(t, conn, db); got != dead || tries < 4 {
		t.Errorf("a lock that was shown lately is now %q, was %q; asked for %d times", got, dead, tries)
	}

	shown(t, conn, db, time.Now().Add(-lockStale-2*time.Second))
	if _, err := Migrate(t.Context(), conn, db, Cluster{}); err != nil {
		t.Fatal(err)
	}
	wantSchema(t, "the lock taken over", conn, db, want)
}

// One that was killed when all was done has left its lock to those who find nothing to do.
func TestTheLockOfAMigrationKilledAtItsEnd(t *testing.T) {
	conn, db := database(t)
	none, want := held(t, conn, db), schemaOf(t, conn, db)
	if _, err := takeLock(t.Context(), conn, db); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		at    time.Time
		stays bool
	}{{"shown lately", time.Now().Add(time.Hour), true}, {"long not shown", time.Now().Add(-lockStale - 2*time.Second), false}} {
		shown(t, conn, db, c.at)
		if result, err := Migrate(t.Context(), conn, db, Cluster{}); err != nil || len(result.Applied) > 0 {
			t.Errorf("%s: %v, %v; there is nothing to do", c.name, result, err)
		}
		if stays := held(t, conn, db) != none; stays != c.stays {
			t.Errorf("%s: the lock is there afterwards: %t", c.name, stays)
		}
	}
	wantSchema(t, "without a lock", conn, db, want)
}

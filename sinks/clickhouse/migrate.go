package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	ddl "github.com/tierwatch/tierwatch/schemas/clickhouse"
)

// MigrationResult says what Migrate did.
type MigrationResult struct {
	// Applied are the files applied by this call, in order.
	Applied []string
	// Version is the schema's version afterwards: the number of the last file.
	Version uint32
}

// Upgrade is Migrate over a connection of its own.
func Upgrade(ctx context.Context, o ConnOptions) (MigrationResult, error) {
	conn, err := Open(o)
	if err != nil {
		return MigrationResult{}, err
	}
	result, err := Migrate(ctx, conn, o.Database, o.Cluster)
	if closeErr := conn.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("close ClickHouse: %w", closeErr)
	}
	return result, err
}

// Migrate makes the database db if it is absent and applies the schema files that
// it lacks, in order. Columns of views that have lost their comments get them back.
// It may run at any time, by several processes at once: they take turns, and every
// statement can run twice should two of them meet after all.
// It fails when a file was changed after it had been applied and when the database
// is of a later release; errors name the file and the statement.
//
// With a cluster it does so on every server of it. A schema stays on the servers it
// was made for: another cluster, another number of shards is refused.
func Migrate(ctx context.Context, conn driver.Conn, db string, cluster Cluster) (result MigrationResult, err error) {
	layout, err := cluster.layout(ctx, conn)
	if err != nil {
		return result, err
	}
	files, err := ddl.Migrations(db, layout)
	if err != nil {
		return result, fmt.Errorf("migrate ClickHouse: %w", err)
	}
	ctx = everywhere(ctx, layout)
	if err := checkLayout(ctx, conn, db, layout); err != nil {
		return result, err
	}
	if err := prepare(ctx, conn, db, layout); err != nil {
		return result, err
	}
	result.Version = uint32(len(files))
	todo, err := missing(ctx, conn, db, files)
	if err != nil {
		return result, err
	}
	if len(todo) == 0 {
		bare, err := undescribed(ctx, conn, db)
		if err != nil {
			return result, err
		}
		if len(bare) == 0 {
			clearLock(ctx, conn, db)
			return result, nil
		}
	}
	lock, err := takeLock(ctx, conn, db)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, lock.release(ctx)) }()
	// Asked again: another process may just have done it.
	if todo, err = missing(ctx, conn, db, files); err != nil {
		return result, err
	}
	for i, file := range todo {
		if err := apply(ctx, conn, lock, file); err != nil {
			return result, err
		}
		if i == len(todo)-1 {
			// Before the last file is noted, so that one who dies here does it again.
			if err := describeViews(ctx, conn, db, layout); err != nil {
				return result, err
			}
		}
		if err := noteApplied(ctx, conn, db, layout, file, time.Now().UTC()); err != nil {
			return result, err
		}
		result.Applied = append(result.Applied, file.File)
	}
	if len(todo) == 0 {
		// A view was made anew behind the last note: by hand, or by a slow process whose lock
		// was taken over and that has died.
		return result, describeViews(ctx, conn, db, layout)
	}
	return result, nil
}

func prepare(ctx context.Context, conn driver.Conn, db string, l ddl.Layout) error {
	// Asked first: a user without the right to create databases may migrate one that exists.
	var exists uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM system.databases WHERE name = $1", db).Scan(&exists); err != nil {
		return fmt.Errorf("migrate ClickHouse: look for database %s: %w", db, err)
	}
	if exists == 0 {
		if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS `"+db+"`"+l.OnCluster()); err != nil {
			return fmt.Errorf("migrate ClickHouse: create database %s: %w", db, err)
		}
	}
	if err := conn.Exec(ctx, schemaTable(db, l)); err != nil {
		return fmt.Errorf("migrate ClickHouse: create table %s.schema_migrations: %w", db, err)
	}
	return nil
}

// missing returns the files that the database lacks.
func missing(ctx context.Context, conn driver.Conn, db string, files []ddl.Migration) ([]ddl.Migration, error) {
	done, latest, err := applied(ctx, conn, db)
	if err != nil {
		return nil, err
	}
	if known := uint32(len(files)); latest > known {
		return nil, fmt.Errorf("migrate ClickHouse: database %s has schema %d, this program knows up to %d: use the newer program", db, latest, known)
	}
	var list []ddl.Migration
	for _, file := range files {
		switch sum, ok := done[file.Version]; {
		case !ok:
			list = append(list, file)
		case sum != file.Checksum:
			return nil, fmt.Errorf("migrate ClickHouse: %s was changed after database %s applied it: restore the file and add the change as a new one", file.File, db)
		}
	}
	return list, nil
}

// applied returns the checksum of each file applied and the highest number.
func applied(ctx context.Context, conn driver.Conn, db string) (map[uint32]string, uint32, error) {
	rows, err := conn.Query(ctx, "SELECT version, checksum FROM `"+db+"`.schema_migrations FINAL")
	if err != nil {
		return nil, 0, fmt.Errorf("migrate ClickHouse: read %s.schema_migrations: %w", db, err)
	}
	defer rows.Close()
	done := map[uint32]string{}
	var latest uint32
	for rows.Next() {
		var version uint32
		var sum string
		if err := rows.Scan(&version, &sum); err != nil {
			return nil, 0, fmt.Errorf("migrate ClickHouse: read %s.schema_migrations: %w", db, err)
		}
		done[version] = sum
		latest = max(latest, version)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("migrate ClickHouse: read %s.schema_migrations: %w", db, err)
	}
	return done, latest, nil
}

// apply runs one file, which is noted afterwards: where a process dies before, the next
// one runs it once more.
func apply(ctx context.Context, conn driver.Conn, lock *migrationLock, file ddl.Migration) error {
	for i, statement := range file.Statements {
		if err := lock.refresh(ctx); err != nil {
			return err
		}
		if err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("migrate ClickHouse: apply %s, statement %d (%s): %w", file.File, i+1, firstLine(statement), err)
		}
	}
	return nil
}

func firstLine(statement string) string {
	line, _, _ := strings.Cut(statement, "\n")
	return strings.TrimSpace(line)
}

// describeViews gives every column of a view x that has no comment the comment of
// the same column of table x_raw, so that the schema says it once.
func describeViews(ctx context.Context, conn driver.Conn, db string, l ddl.Layout) error {
	list, err := undescribed(ctx, conn, db)
	if err != nil {
		return err
	}
	for _, v := range list {
		statement := "ALTER TABLE `" + db + "`.`" + v.name + "`" + l.OnCluster() + " " + strings.Join(v.comments, ", ")
		if err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("migrate ClickHouse: describe columns of view %s.%s: %w", db, v.name, err)
		}
	}
	return nil
}

// bareView is a view with columns that lack a comment; comments are the clauses that
// give it to them.
type bareView struct {
	name     string
	comments []string
}

// undescribed lists the views that describeViews has to do with.
func undescribed(ctx context.Context, conn driver.Conn, db string) ([]bareView, error) {
	rows, err := conn.Query(ctx, `
SELECT v.table, v.name, r.comment
FROM system.columns AS v
INNER JOIN system.columns AS r ON r.database = v.database AND r.table = concat(v.table, '_raw') AND r.name = v.name
WHERE v.database = $1 AND r.database = $1 AND v.comment = '' AND r.comment != ''
ORDER BY v.table, v.position`, db)
	if err != nil {
		return nil, fmt.Errorf("migrate ClickHouse: read columns of %s: %w", db, err)
	}
	defer rows.Close()
	var list []bareView
	for rows.Next() {
		var view, column, comment string
		if err := rows.Scan(&view, &column, &comment); err != nil {
			return nil, fmt.Errorf("migrate ClickHouse: read columns of %s: %w", db, err)
		}
		if n := len(list); n == 0 || list[n-1].name != view {
			list = append(list, bareView{name: view})
		}
		v := &list[len(list)-1]
		v.comments = append(v.comments, "COMMENT COLUMN `"+column+"` '"+strings.ReplaceAll(comment, "'", "''")+"'")
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("migrate ClickHouse: read columns of %s: %w", db, err)
	}
	return list, nil
}

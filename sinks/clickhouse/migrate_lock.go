package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

const (
	// lockStale is the age at which a lock nobody refreshes counts as left behind
	// by a process that died.
	lockStale = 15 * time.Second
	lockPause = 100 * time.Millisecond
	// codeTableExists is TABLE_ALREADY_EXISTS, codeNoTable UNKNOWN_TABLE.
	codeTableExists = 57
	codeNoTable     = 60
)

// migrationLock is a table whose creation is the lock: ClickHouse has no other
// thing that only one of two clients can do. It keeps concurrent statements from
// getting in each other's way; that each of them can run twice is what makes the
// result right even if a lock was taken over from a process that was only slow.
type migrationLock struct {
	conn  driver.Conn
	db    string
	shown time.Time
}

func takeLock(ctx context.Context, conn driver.Conn, db string) (*migrationLock, error) {
	l := &migrationLock{conn: conn, db: db}
	for {
		err := conn.Exec(ctx, "CREATE TABLE `"+db+"`.schema_lock (holder String COMMENT 'unused') ENGINE = Null COMMENT '"+l.holder()+"'")
		if err == nil {
			l.shown = time.Now()
			return l, nil
		}
		if exception, ok := errors.AsType[*proto.Exception](err); !ok || exception.Code != codeTableExists {
			return nil, fmt.Errorf("migrate ClickHouse: create lock %s.schema_lock: %w", db, err)
		}
		if err := l.dropStale(ctx); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("migrate ClickHouse: wait for another process that migrates %s: %w", db, ctx.Err())
		case <-time.After(lockPause):
		}
	}
}

func (l *migrationLock) holder() string {
	return fmt.Sprintf("A migration by process %d is under way since %d", os.Getpid(), time.Now().UnixNano())
}

// refresh shows the others, from time to time, that the holder lives. Where one of them
// has taken the lock over, done its work and given it back, there is nothing to show: the
// holder runs its statements once more, the last of them too.
func (l *migrationLock) refresh(ctx context.Context) error {
	if time.Since(l.shown) < lockStale/5 {
		return nil
	}
	l.shown = time.Now()
	err := l.conn.Exec(ctx, "ALTER TABLE `"+l.db+"`.schema_lock MODIFY COMMENT '"+l.holder()+"'")
	if exception, ok := errors.AsType[*proto.Exception](err); ok && exception.Code == codeNoTable {
		return nil
	}
	if err != nil {
		return fmt.Errorf("migrate ClickHouse: refresh lock %s.schema_lock: %w", l.db, err)
	}
	return nil
}

func (l *migrationLock) dropStale(ctx context.Context) error {
	var stale uint64
	err := l.conn.QueryRow(ctx, `SELECT count() FROM system.tables
WHERE database = $1 AND name = 'schema_lock' AND metadata_modification_time < now() - toIntervalSecond($2)`,
		l.db, int64(lockStale.Seconds())).Scan(&stale)
	if err != nil {
		return fmt.Errorf("migrate ClickHouse: look at lock %s.schema_lock: %w", l.db, err)
	}
	if stale == 0 {
		return nil
	}
	return l.drop(ctx)
}

func (l *migrationLock) drop(ctx context.Context) error {
	if err := l.conn.Exec(ctx, "DROP TABLE IF EXISTS `"+l.db+"`.schema_lock SYNC"); err != nil {
		return fmt.Errorf("migrate ClickHouse: drop lock %s.schema_lock: %w", l.db, err)
	}
	return nil
}

// clearLock drops what a process that died behind its last statement has left. Nobody
// needs that: a user who may not drop tables leaves it.
func clearLock(ctx context.Context, conn driver.Conn, db string) {
	_ = (&migrationLock{conn: conn, db: db}).dropStale(ctx)
}

// release gives the lock back, also when ctx has ended.
func (l *migrationLock) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockStale)
	defer cancel()
	return l.drop(ctx)
}

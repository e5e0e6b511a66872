package clickhouse

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"github.com/tierwatch/tierwatch/sinks/retry"
)

// Prepare brings the schema up to date, as [Migrate] does, and waits for a ClickHouse
// that is away, without bound and as loudly as Run: who shares a process with the
// warehouse works meanwhile. What waiting does not mend is returned: a password, a
// right, a schema of a later release. So is the end of ctx.
func (s *Sink) Prepare(ctx context.Context) error {
	waits := false
	err := retry.Policy{
		First: 100 * time.Millisecond, Max: 10 * time.Second,
		Retryable: passing,
		OnRetry: func(_ int, pause time.Duration, err error) {
			s.waits(&waits, err)
			s.log.Warn().Err(err).Dur("pause", pause).Msg("the warehouse waits for ClickHouse to bring its schema up to date")
		},
	}.Do(ctx, func(ctx context.Context) error {
		_, err := Upgrade(ctx, s.cfg.Conn)
		return err
	})
	if waits {
		s.metrics.waiting.Dec()
	}
	return err
}

// passing tells an error of a server that is away, coming up or short of something
// from one that stays until somebody changes a setting.
func passing(err error) bool {
	if _, answered := errors.AsType[*proto.Exception](err); answered {
		return !slices.Contains([]string{"schema", "access", "server"}, reason(err))
	}
	if _, cut := errors.AsType[net.Error](err); cut {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ch.ErrAcquireConnTimeout)
}

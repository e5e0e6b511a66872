package clickhouse

import (
	"context"
	"fmt"
	"net"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// insertion is one INSERT: rows of one table, which ClickHouse takes as one block.
type insertion struct {
	statement string
	// token, if set, makes ClickHouse take what comes under it only once; without one
	// it goes by a hash of the rows.
	token string
	// send gives the columns to the driver, in the order of the statement.
	send func(driver.Batch) error
}

func (in *insertion) settings() ch.Settings {
	s := ch.Settings{
		"insert_deduplicate": 1,
		"async_insert":       0,
		"optimize_on_insert": 0,
		// A catch-up may span years of months.
		"max_partitions_per_insert_block": 0,
	}
	if in.token != "" {
		s["insert_deduplication_token"] = in.token
	}
	return s
}

// inserter does one INSERT and returns when its rows are acknowledged. It is called
// from several goroutines.
type inserter interface {
	insert(ctx context.Context, in *insertion) error
	close() error
}

// pool inserts over connections that are kept between inserts. One that was cut
// while it was idle is replaced without a word.
type pool struct {
	conn    driver.Conn
	cluster Cluster
}

func newPool(o ConnOptions) (*pool, error) {
	options, err := o.driver()
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse for inserts: %w", err)
	}
	options.MaxIdleConns, options.MaxOpenConns = inserters, inserters
	// So much of an encoded block is gathered before it is sent.
	options.MaxCompressionBuffer = 1 << 20
	if loopback(o.Addrs) {
		options.Compression = nil // it would cost more than it saves
	}
	conn, err := ch.Open(options)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse for inserts: %w", err)
	}
	return &pool{conn, o.Cluster}, nil
}

// loopback tells that every address is on this machine.
func loopback(addrs []string) bool {
	for _, addr := range addrs {
		host, _, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && !ip.IsLoopback() {
			return false
		}
	}
	return true
}

// lingers is how long the context of an INSERT lives on after it.
const lingers = time.Second

// outlasting is a context for one INSERT: it ends when ctx does, but not because
// the INSERT is over. The driver's watchdog of a batch may look at its context after
// Send has returned (clickhouse-go#2032); if that has ended meanwhile it closes a
// connection that by then carries another INSERT. over is called after the INSERT.
func outlasting(ctx context.Context) (own context.Context, over func()) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(insertTimeout)
	}
	own, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	stop := context.AfterFunc(ctx, cancel)
	return own, func() {
		if stop() {
			time.AfterFunc(lingers, cancel)
		}
	}
}

func (p *pool) insert(ctx context.Context, in *insertion) error {
	ctx, over := outlasting(ctx)
	defer over()
	batch, err := p.conn.PrepareBatch(ch.Context(ctx, ch.WithSettings(p.cluster.with(in.settings()))), in.statement)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer batch.Close() // of no effect: sending ends it, and so does a column it refuses
	if err := in.send(batch); err != nil {
		return err
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

func (p *pool) close() error {
	if err := p.conn.Close(); err != nil {
		return fmt.Errorf("close ClickHouse: %w", err)
	}
	return nil
}

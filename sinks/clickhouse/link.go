package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	ch "github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// revision is the release of the native protocol that is spoken: the oldest that
// has all an insert needs. Servers keep serving it, and answer in it with nothing
// that a newer one added.
const revision = int(proto.FeatureQueryStartTime)

// clientName is what ClickHouse's query log shows.
const clientName = "tierwatch"

// chunk is how many bytes of a block are gathered before they are sent.
const chunk = 1 << 20

// link is one connection that inserts. It is used by one goroutine at a time, and
// not again after an error.
type link struct {
	conn   net.Conn
	r      *proto.Reader
	buf    proto.Buffer
	comp   *compress.Writer // nil: blocks go as they are
	body   int              // where in buf the block begins that is written
	used   bool             // an insert has passed
	expiry func() bool      // takes the watch on the context off
}

// dial connects to the first address that answers and logs in.
func dial(ctx context.Context, o *ConnOptions) (*link, error) {
	var errs []error
	for _, addr := range o.Addrs {
		l, err := dialOne(ctx, o, addr)
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("connect to ClickHouse: %w", errors.Join(errs...))
}

func dialOne(ctx context.Context, o *ConnOptions, addr string) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, orDefault(o.DialTimeout, 5*time.Second))
	defer cancel()
	var conn net.Conn
	var err error
	if o.TLS != nil {
		conn, err = (&tls.Dialer{Config: o.TLS}).DialContext(ctx, "tcp", addr)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn, r: proto.NewReader(conn)}
	if !loopback(conn) {
		l.comp = compress.NewWriter(compress.LevelZero, compress.LZ4)
	}
	l.watch(ctx)
	err = l.greet(o)
	if err = l.unwatch(ctx, err); err != nil {
		_ = conn.Close() // the first error is the one to tell
		return nil, fmt.Errorf("log in at %s: %w", addr, err)
	}
	return l, nil
}

// loopback tells that the other side is on this machine, where compression costs
// more than it saves.
func loopback(conn net.Conn) bool {
	addr, ok := conn.RemoteAddr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// watch lets the end of ctx end every read and write of the connection.
func (l *link) watch(ctx context.Context) {
	_ = l.conn.SetDeadline(time.Time{}) // a closed connection tells it at the next use
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })
	l.expiry = stop
}

// unwatch ends the watch; an error that the end of ctx caused is named so.
func (l *link) unwatch(ctx context.Context, err error) error {
	l.expiry()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

func (l *link) greet(o *ConnOptions) error {
	user := o.User
	if user == "" {
		user = "default"
	}
	// No default database: statements are qualified.
	proto.ClientHello{
		Name: clientName, Major: 1, ProtocolVersion: revision, User: user, Password: o.Password,
	}.Encode(&l.buf)
	if err := l.flush(); err != nil {
		return err
	}
	code, err := l.r.UVarInt()
	switch {
	case err != nil:
		return fmt.Errorf("read greeting: %w", err)
	case proto.ServerCode(code) == proto.ServerCodeException:
		return l.exception()
	case proto.ServerCode(code) != proto.ServerCodeHello:
		return fmt.Errorf("read greeting: packet %d: is this the native port of ClickHouse?", code)
	}
	var hello proto.ServerHello
	if err := hello.DecodeAware(l.r, revision); err != nil {
		return fmt.Errorf("read greeting: %w", err)
	}
	if hello.Revision < revision {
		return fmt.Errorf("the server speaks revision %d, this needs %d: use ClickHouse 21.8 or newer", hello.Revision, revision)
	}
	return nil
}

func (l *link) close() { _ = l.conn.Close() } // what matters was acknowledged

// flush sends what is gathered.
func (l *link) flush() error {
	_, err := l.conn.Write(l.buf.Buf)
	l.buf.Reset()
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// insert does one INSERT and returns when its rows are acknowledged.
func (l *link) insert(ctx context.Context, in *insertion) error {
	l.watch(ctx)
	types, err := l.ask(in)
	if err == nil {
		err = l.send(in, types)
	}
	if err == nil {
		err = l.acknowledged()
	}
	err = l.unwatch(ctx, err)
	l.used = err == nil
	return err
}

// errStale is of a connection that was cut while nobody used it.
var errStale = errors.New("the connection was closed meanwhile")

// ask sends the statement and returns the types of its columns.
func (l *link) ask(in *insertion) ([]proto.ColumnType, error) {
	q := proto.Query{
		Body: in.statement + " FORMAT Native", Stage: proto.StageComplete, Settings: in.settings,
		Info: proto.ClientInfo{
			ProtocolVersion: revision, Major: 1, Interface: proto.InterfaceTCP, Query: proto.ClientQueryInitial,
			InitialAddress: "0.0.0.0:0", ClientName: clientName,
		},
	}
	if l.comp != nil {
		q.Compression = proto.CompressionEnabled
	}
	q.EncodeAware(&l.buf, revision)
	l.end() // no external tables
	if err := l.flush(); err != nil {
		return nil, l.stale(err)
	}
	var header proto.ColInfoInput
	if err := l.read(&header); err != nil {
		return nil, l.stale(err)
	}
	types := make([]proto.ColumnType, len(in.names))
	for i, name := range in.names {
		for _, c := range header {
			if c.Name == name {
				types[i] = c.Type
			}
		}
		if types[i] == "" {
			return nil, fmt.Errorf("the server names no type for column %s", name)
		}
	}
	return types, nil
}

// stale marks an error of a connection that has been idle, unless the server said
// something.
func (l *link) stale(err error) error {
	if _, told := errors.AsType[*ch.Exception](err); told || !l.used {
		return err
	}
	var op *net.OpError
	if errors.Is(err, io.EOF) || errors.As(err, &op) && !op.Timeout() {
		return fmt.Errorf("%w: %w", errStale, err)
	}
	return err
}

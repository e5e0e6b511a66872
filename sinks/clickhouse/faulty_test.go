package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

var (
	errLost    = errors.New("connection lost")
	errNoReply = errors.New("connection lost after the rows were sent")
)

// fault says what happens to an insert.
type fault int

const (
	works fault = iota
	// lost: the rows never reach the server.
	lost
	// noReply: the server stores them, the answer is lost.
	noReply
)

// faultyInserter lets inserts fail as decide says; it is asked for every one.
type faultyInserter struct {
	inserter
	decide func(query string) fault
}

func (c *faultyInserter) insert(ctx context.Context, in *insertion) error {
	f := c.decide(in.statement)
	if f == lost {
		return errLost
	}
	if err := c.inserter.insert(ctx, in); err != nil {
		return err
	}
	if f == noReply {
		return errNoReply
	}
	return nil
}

// proxy forwards connections to ClickHouse once it is opened.
type proxy struct {
	addr string
	tls  *tls.Config // nil: connections as they come
	wg   sync.WaitGroup

	mu     sync.Mutex
	target string
	conns  []net.Conn // the clients' sides
}

// newProxy reserves an address at which nothing listens yet.
func newProxy(tb testing.TB, target string) *proxy {
	tb.Helper()
	port := kafkatest.FreePorts(tb.Context(), 1)[0]
	return &proxy{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), target: target}
}

// lead changes where new connections go.
func (p *proxy) lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// open starts to listen until the test ends.
func (p *proxy) open(tb testing.TB) {
	tb.Helper()
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		tb.Fatal(err)
	}
	if p.tls != nil {
		l = tls.NewListener(l, p.tls)
	}
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.forward(c) })
		}
	})
	tb.Cleanup(func() {
		l.Close()
		p.cut() // an engine keeps its connections to the other
		p.wg.Wait()
	})
}

// cut ends every connection there is.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *proxy) forward(c net.Conn) {
	defer c.Close()
	p.mu.Lock()
	p.conns = append(p.conns, c)
	target := p.target
	p.mu.Unlock()
	s, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer s.Close()
	done := make(chan struct{}, 2) // 2: both directions end without a reader
	pipe := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src)
		done <- struct{}{}
	}
	go pipe(c, s)
	go pipe(s, c)
	<-done
	c.Close()
	s.Close()
	<-done
}

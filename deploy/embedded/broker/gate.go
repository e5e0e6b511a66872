package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// acceptRetry is the pause after a failed accept (no file descriptor left).
const acceptRetry = 50 * time.Millisecond

// gate is the broker's listener. It holds its TCP port from the start but lets
// clients in only after openDoor, while the child's own client comes in through
// memory at any time. So nobody can begin a transaction beside a compaction.
type gate struct {
	anyPort bool // take another port when the wanted one is taken

	ln        net.Listener
	conns     chan net.Conn // unbuffered: Accept takes what dial and accept hand over
	door      sync.Once
	closed    chan struct{}
	closeOnce sync.Once
	accepting sync.WaitGroup
}

func newGate(anyPort bool) *gate {
	return &gate{anyPort: anyPort, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// listen binds the port. kfake calls it once.
func (g *gate) listen(network, address string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), network, address)
	if errors.Is(err, syscall.EADDRINUSE) && g.anyPort {
		fmt.Fprintf(os.Stderr, "%s is taken, using another port\n", address)
		ln, err = lc.Listen(context.Background(), network, "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	g.ln = ln
	return g, nil
}

// openDoor lets clients in. Those that connected before waited in the backlog.
func (g *gate) openDoor() {
	g.door.Do(func() { g.accepting.Go(g.accept) })
}

func (g *gate) accept() {
	for {
		conn, err := g.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "accept: %v\n", err)
			select {
			case <-time.After(acceptRetry):
				continue
			case <-g.closed:
				return
			}
		}
		select {
		case g.conns <- conn:
		case <-g.closed:
			_ = conn.Close() // nobody will serve it
			return
		}
	}
}

// dial connects the child's own client, whatever the address.
func (g *gate) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case g.conns <- server:
		return client, nil
	case <-g.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// closeDoor lets nobody else in from outside. Clients inside stay connected.
func (g *gate) closeDoor() {
	_ = g.ln.Close() // a listening socket has nothing to lose
	g.door.Do(func() {})
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case conn := <-g.conns:
		return conn, nil
	case <-g.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It may be called more than once.
func (g *gate) Close() error {
	g.closeOnce.Do(func() { close(g.closed) })
	g.closeDoor()
	g.accepting.Wait()
	return nil
}

// Addr implements net.Listener.
func (g *gate) Addr() net.Addr { return g.ln.Addr() }

// port is the TCP port that clients use.
func (g *gate) port() (int, error) {
	addr, ok := g.ln.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("port of listener %s: not a TCP address", g.ln.Addr())
	}
	return addr.Port, nil
}

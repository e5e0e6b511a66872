package broker

import (
	"errors"
	"net"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// accepted runs the broker's side of the gate: it reports each connection by
// the network it came through.
func accepted(g *gate) <-chan string {
	ch := make(chan string, 10) // 10: more than any test connects
	go func() {
		defer close(ch)
		for {
			conn, err := g.Accept()
			if err != nil {
				return
			}
			ch <- conn.LocalAddr().Network()
			_ = conn.Close()
		}
	}()
	return ch
}

func dialTCP(t *testing.T, addr string) error {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", addr)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return err
}

func TestGateLetsOnlyTheOwnClientInAtFirst(t *testing.T) {
	g := newGate(false)
	if _, err := g.listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	in := accepted(g)
	if err := dialTCP(t, g.Addr().String()); err != nil { // waits in the backlog
		t.Fatal(err)
	}
	own, err := g.dial(t.Context(), "tcp", "anywhere")
	if err != nil {
		t.Fatal(err)
	}
	_ = own.Close()
	if got := <-in; got != "pipe" {
		t.Errorf("first through the gate: %s, want the own client's pipe", got)
	}
	g.openDoor()
	if got := <-in; got != "tcp" {
		t.Errorf("through the open door: %s, want tcp", got)
	}

	g.closeDoor()
	if err := dialTCP(t, g.Addr().String()); err == nil {
		t.Error("a client came through the closed door")
	}
	own, err = g.dial(t.Context(), "tcp", "anywhere")
	if err != nil {
		t.Fatal(err)
	}
	_ = own.Close()
	if got := <-in; got != "pipe" {
		t.Errorf("behind the closed door: %s, want the own client's pipe", got)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := <-in; open {
		t.Error("Accept goes on after Close")
	}
	if _, err := g.dial(t.Context(), "tcp", "anywhere"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dial after Close: error = %v, want net.ErrClosed", err)
	}
}

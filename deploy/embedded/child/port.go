package child

import (
	"context"
	"net"
	"strconv"
)

// FreePort returns port when it can be bound on 127.0.0.1 now, else 0, which
// lets the system choose. For engines that open their ports themselves.
func FreePort(port int) int {
	if port == 0 {
		return 0
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0
	}
	_ = ln.Close() // a listening socket has nothing to lose
	return port
}

package headroom

import (
	"os"
	"runtime"
)

// Bytes is what the heap may grow by before it is collected, at least.
const Bytes = 128 << 20

// Keep takes effect until the function it returns is called. It allocates space
// that is never touched, so that it takes no memory, and holds nothing to look
// through; the collector counts it as live and waits until the heap has grown by as
// much. Metrics of the heap are higher by [Bytes]. An operator who sets GOGC or
// GOMEMLIMIT has his own plan: then it does nothing.
func Keep() (release func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	untouched := make([]byte, Bytes)
	return func() { runtime.KeepAlive(untouched) }
}

package worker

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire is a network that can be cut, or hold an answer back.
type wire struct {
	keys   []kmsg.Key
	strike func() bool

	mu    sync.Mutex
	dead  bool
	conns []net.Conn
	late  *late
}

// late is an answer that is held back.
type late struct {
	key  kmsg.Key
	here chan struct{} // closed when it has come
	gate chan struct{} // closed when it may pass
	once sync.Once
}

func (l *late) let() { l.once.Do(func() { close(l.gate) }) }

// holdBack holds the next answer to a request of the kind until it is let pass.
func (w *wire) holdBack(key kmsg.Key) *late {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = &late{key: key, here: make(chan struct{}), gate: make(chan struct{})}
	return w.late
}

// OnBrokerRead implements kgo.HookBrokerRead. Nothing else is read from the same
// connection meanwhile.
func (w *wire) OnBrokerRead(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	w.mu.Lock()
	l := w.late
	if l == nil || err != nil || l.key != kmsg.Key(key) {
		w.mu.Unlock()
		return
	}
	w.late = nil
	w.mu.Unlock()
	close(l.here)
	<-l.gate
}

func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, host)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && w.dead {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	w.conns = append(w.conns, c)
	return c, err
}

// cutAt cuts the wire right behind a request of the keys for which strike says so: the
// broker has it, its answer is lost. Call it before the wire is used.
func (w *wire) cutAt(strike func() bool, keys ...kmsg.Key) { w.strike, w.keys = strike, keys }

// OnBrokerWrite implements kgo.HookBrokerWrite.
func (w *wire) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	if err == nil && slices.Contains(w.keys, kmsg.Key(key)) && w.strike() {
		w.cut()
	}
}

func (w *wire) isCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
	for _, c := range w.conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

// memRegistry is the control topic's part in memory.
type memRegistry struct {
	mu     sync.Mutex
	owners map[int32]string
	skips  map[int32][]int64
}

func (m *memRegistry) Claim(_ context.Context, p int32, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[p] = id
	return nil
}

func (m *memRegistry) Owner(_ context.Context, p int32) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owners[p], nil
}

func (m *memRegistry) Skips(_ context.Context, p int32) ([]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.skips[p], nil
}

func contains(s, part string) bool { return strings.Contains(s, part) }

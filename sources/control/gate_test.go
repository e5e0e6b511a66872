package control

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A gate whose broker is away asks again and again; it does not end ingest.
func TestTheGateWaitsForItsBroker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var dials atomic.Int32 // the client dials from goroutines of its own
	gate, err := NewGate([]kgo.Opt{
		kgo.SeedBrokers("localhost:9"), kgo.RequestRetries(0),
		kgo.Dialer(func(context.Context, string, string) (net.Conn, error) {
			if dials.Add(1) == 3 {
				cancel()
			}
			return nil, errors.New("away")
		}),
	}, "test", Wall{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	if err := gate.Run(ctx); err != nil {
		t.Errorf("the gate gives up: %v", err)
	}
	if dials.Load() < 3 || gate.Open() {
		t.Errorf("%d tries to reach the broker, open %t", dials.Load(), gate.Open())
	}
}

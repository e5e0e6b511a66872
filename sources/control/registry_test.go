package control

import (
	"context"
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestWhoIsStoppedDoesNotWaitForAnother: one partition asks a broker that is silent;
// another that waits behind it, and is taken away, ends at once.
func TestWhoIsStoppedDoesNotWaitForAnother(t *testing.T) {
	r, err := NewRegistry([]kgo.Opt{kgo.SeedBrokers("127.0.0.1:1")}, topics.Namespace("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.take(t.Context()); err != nil { // the first
		t.Fatal(err)
	}
	defer r.give()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, skips := r.Skips(stopped, 1)
	_, owner := r.Owner(stopped, 1)
	for asked, err := range map[string]error{"skips": skips, "owner": owner, "claim": r.Claim(stopped, 1, "id")} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was stopped", asked, err)
		}
	}
}

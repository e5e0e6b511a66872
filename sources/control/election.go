package control

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// election is membership in the group over the control topic's one partition.
// Who holds the partition holds office.
type election struct {
	client *kgo.Client
	// offices delivers a context for each time in office, which ends with it.
	// Capacity 1: an office that nobody took up is replaced by the next.
	offices chan context.Context
	resign  context.CancelFunc
}

func (c *Conductor) stand() (*election, error) {
	e := &election{offices: make(chan context.Context, 1), resign: func() {}}
	topic := c.o.Namespace.Topic(topics.Control)
	// Revoked by the group, or lost with it: the client tells of the latter only who
	// asks for it.
	gone := func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
		if len(lost[topic]) > 0 {
			e.resign()
		}
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), c.o.Kafka...),
		kgo.ConsumerGroup(c.o.Namespace.Group("conductor")),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtEnd()),
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(c.o.SessionTimeout),
		kgo.HeartbeatInterval(c.heartbeat()),
		kgo.RebalanceTimeout(2*c.o.SessionTimeout), // a member that died while it joined holds the others up so long
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) {
			if len(got[topic]) > 0 {
				e.take()
			}
		}),
		kgo.OnPartitionsRevoked(gone),
		kgo.OnPartitionsLost(gone),
	)...)
	if err != nil {
		return nil, fmt.Errorf("stand for conductor: %w", err)
	}
	client.PauseFetchTopics(topic) // only the membership counts
	e.client = client
	return e, nil
}

func (c *Conductor) heartbeat() time.Duration {
	return max(c.o.SessionTimeout/6, 100*time.Millisecond)
}

// take begins an office, and ends one that nobody ended. The group calls take and
// resign one at a time.
func (e *election) take() {
	e.resign()
	ctx, cancel := context.WithCancel(context.Background())
	e.resign = cancel
	select {
	case <-e.offices:
	default:
	}
	e.offices <- ctx
}

func (e *election) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = e.client.LeaveGroupContext(ctx) // else the others wait for the session timeout
	e.client.Close()
	e.resign()
}

package topology

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// knownPause is how long to wait before a broker is asked again.
	knownPause = 50 * time.Millisecond
	// knownWait bounds the wait for all brokers.
	knownWait = 30 * time.Second
)

// awaitKnown returns when every broker that answers knows the topics and their leaders.
// The controller tells the others of a new topic after it has told us: who asks the next
// broker at once would hear that there is none, and would take that for a fault.
func awaitKnown(ctx context.Context, client *kgo.Client, names []string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, knownWait, fmt.Errorf("not all brokers know the new topics after %s", knownWait))
	defer cancel()
	for _, b := range client.DiscoveredBrokers() {
		for {
			err := knows(ctx, b, names)
			if err == nil {
				break
			}
			if _, wait := errors.AsType[*kerr.Error](err); !wait {
				break // it does not answer: nor does it answer others
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%w: %w", context.Cause(ctx), err)
			case <-time.After(knownPause):
			}
		}
	}
	return ctx.Err()
}

// knows asks one broker. An error of Kafka's says what it does not know yet.
func knows(ctx context.Context, b *kgo.Broker, names []string) error {
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &name
		req.Topics = append(req.Topics, t)
	}
	answer, err := b.RetriableRequest(ctx, req)
	if err != nil {
		return err
	}
	for _, t := range answer.(*kmsg.MetadataResponse).Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return err
		}
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil && !errors.Is(err, kerr.ReplicaNotAvailable) {
				return err
			}
		}
	}
	return nil
}

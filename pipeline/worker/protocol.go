package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Protocol is how a group decides who gets which partition.
type Protocol string

const (
	// Classic lets one of the members decide, and all join again for it.
	Classic Protocol = "classic"
	// Consumer lets the broker decide, and tell each member with its heartbeat (KIP-848,
	// Kafka 4.0 and later; the client asks for 4.3, which takes a commit of a member
	// who has not heard of the newest decision if it does not concern him).
	Consumer Protocol = "consumer"
)

// consumerHeartbeat is the first version of the request that is no preview.
const consumerHeartbeat = 1

// preflightProtocol refuses brokers that do not know the protocol: the client would
// take the classic one without a word. With it the session's timeout is no member's
// matter but the group's, so that it is set there.
func (w *Worker) preflightProtocol(ctx context.Context) error {
	if w.o.Protocol != Consumer {
		return nil
	}
	able, err := speaks(ctx, w.admin, kmsg.ConsumerGroupHeartbeat, consumerHeartbeat)
	if err != nil {
		return err
	}
	if able { // and it is switched on
		err := w.whenUp(ctx, func() error {
			_, err := describeConsumer(ctx, w.admin, w.group())
			return err
		})
		if able = !errors.Is(err, kerr.UnsupportedVersion); able && err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
			return err
		}
	}
	if !able {
		return refuse("the brokers do not take the group protocol %q: it needs Kafka 4.0, better 4.3, on all of them, group.version 1 and "+
			"group.coordinator.rebalance.protocols with consumer; or set fold.group_protocol: %s", Consumer, Classic)
	}
	return w.setSession(ctx)
}

// setSession makes the session's timeout that of the group.
func (w *Worker) setSession(ctx context.Context) error {
	beat := w.o.SessionTimeout / 9 // of 45 s, Kafka's least, this is 5 s, its least too
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeGroupConfig, w.group()
	for _, set := range []struct {
		name string
		to   time.Duration
	}{{"consumer.session.timeout.ms", w.o.SessionTimeout}, {"consumer.heartbeat.interval.ms", beat}} {
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op, c.Value = set.name, kmsg.IncrementalAlterConfigOpSet, new(strconv.FormatInt(set.to.Milliseconds(), 10))
		r.Configs = append(r.Configs, c)
	}
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	req.Resources = append(req.Resources, r)
	resp, err := req.RequestWith(ctx, w.client)
	if err != nil {
		return fmt.Errorf("set the session timeout of group %s: %w", w.group(), err)
	}
	for i := range resp.Resources {
		if failed := kerr.ErrorForCode(resp.Resources[i].ErrorCode); failed != nil {
			err = errors.Join(err, fmt.Errorf("%w: %s", failed, text(resp.Resources[i].ErrorMessage)))
		}
	}
	switch {
	case errors.Is(err, kerr.InvalidConfig):
		return refuse("the brokers do not take a session timeout of %s with a heartbeat each %s for group %s: unless told they take 45s to 60s; "+
			"change kafka.session_timeout, or their group.consumer.min.session.timeout.ms and group.consumer.min.heartbeat.interval.ms (or the two with max): %w",
			w.o.SessionTimeout, beat, w.group(), err)
	case errors.Is(err, kerr.GroupAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return refuse("set the session timeout of group %s: it takes the right AlterConfigs on the group; or set fold.group_protocol: %s: %w",
			w.group(), Classic, err)
	case err != nil:
		return fmt.Errorf("set the session timeout of group %s: %w", w.group(), err)
	}
	return nil
}

// leave tells the group that the member goes. A static one of the newer protocol only
// pauses: its partitions wait for it until its session is over. The client leaves its
// instance out of that, which brokers refuse, and so it is told here.
func (s *session) leave(ctx context.Context) error {
	member, _ := s.kafka.Client().GroupMetadata()
	err := s.kafka.Client().LeaveGroupContext(ctx)
	if s.w.o.Protocol != Consumer || s.w.o.InstanceID == "" || member == "" || !errors.Is(err, kerr.InvalidRequest) {
		return err
	}
	const pauses = -2
	req := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	req.Group, req.MemberID, req.MemberEpoch, req.InstanceID = s.w.group(), member, pauses, &s.w.o.InstanceID
	resp, err := req.RequestWith(ctx, s.w.client)
	if err != nil {
		return fmt.Errorf("pause member %s: %w", s.w.o.InstanceID, err)
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}

package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Member is one who works for a consumer group.
type Member struct {
	// ID is the group's own name for him.
	ID string
	// Instance names a static member; else it is empty.
	Instance string
	// Host is where he connects from, with the slash that brokers put before it.
	Host string
}

// Members are those who work for a group, whichever protocol it goes by; none if there
// is no such group. Errors are Kafka's.
func Members(ctx context.Context, admin *kadm.Client, group string) ([]Member, error) {
	described, err := admin.DescribeGroups(ctx, group)
	if err == nil {
		err = described.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("describe group %s: %w", group, err)
	}
	var list []Member
	if err == nil {
		for _, m := range described[group].Members {
			list = append(list, newMember(m.MemberID, m.InstanceID, m.ClientHost))
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	// A group of the newer protocol has no members in the eyes of the older one, or is
	// unknown to it.
	newer, err := describeConsumer(ctx, admin, group)
	if errors.Is(err, kerr.GroupIDNotFound) || errors.Is(err, kerr.UnsupportedVersion) {
		return nil, nil
	}
	if err != nil {
		if able, asked := speaks(ctx, admin, kmsg.ConsumerGroupDescribe, 0); asked == nil && !able {
			return nil, nil
		}
		return nil, err
	}
	for _, m := range newer.Members {
		list = append(list, newMember(m.MemberID, m.InstanceID, m.ClientHost))
	}
	return list, nil
}

// describeConsumer asks for a group of the newer protocol. A broker that knows the
// request, and has the protocol switched off, answers with kerr.UnsupportedVersion.
func describeConsumer(ctx context.Context, admin *kadm.Client, group string) (g kadm.DescribedConsumerGroup, err error) {
	described, err := admin.DescribeConsumerGroups(ctx, group)
	if err == nil {
		err = described.Error()
	}
	if err != nil {
		return g, fmt.Errorf("describe group %s: %w", group, err)
	}
	return described[group], nil
}

func newMember(id string, instance *string, host string) Member {
	return Member{ID: id, Instance: text(instance), Host: host}
}

// text is a text of the protocol that may be absent.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// speaks says whether every broker knows a version of a request.
func speaks(ctx context.Context, admin *kadm.Client, request kmsg.Key, version int16) (bool, error) {
	brokers, err := admin.ApiVersions(ctx)
	if err != nil {
		return false, fmt.Errorf("ask the brokers what they know: %w", err)
	}
	for _, b := range brokers {
		if b.Err != nil {
			return false, fmt.Errorf("ask broker %d what it knows: %w", b.NodeID, b.Err)
		}
		if most, ok := b.KeyMaxVersion(request.Int16()); !ok || most < version {
			return false, nil
		}
	}
	return true, nil
}

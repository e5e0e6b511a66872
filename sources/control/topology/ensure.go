package topology

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Options of Ensure.
type Options struct {
	Namespace topics.Namespace
	// Partitions of the log and of everything that goes with it, 1 … 10,000.
	// Fixed for the life of a deployment.
	Partitions int32
	// Replication factor of new topics; -1 is the broker's default.
	Replication int16
}

// Finding is one setting of one topic that will not do.
type Finding struct {
	Topic, Setting, Found, Wanted, Remedy string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s is %s, must be %s: %s", f.Topic, f.Setting, f.Found, f.Wanted, f.Remedy)
}

// Findings is the error of Ensure: everything that is wrong, at once.
type Findings []Finding

// Error implements error, one line a finding.
func (f Findings) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return fmt.Sprintf("%d topic settings are wrong:\n  %s", len(f), strings.Join(lines, "\n  "))
}

// Ensure creates the topics that are missing, with explicit settings, and
// checks the others. It changes nothing that exists. The error is Findings when
// settings are wrong; then nothing was created either. When it returns, all brokers
// know the topics.
func Ensure(ctx context.Context, client *kgo.Client, o Options) error {
	for n := 1; ; n++ {
		err := ensure(ctx, client, o)
		if _, wrong := errors.AsType[Findings](err); !wrong || n == looks {
			return err
		}
		select { // a broker may tell of settings from before the change that it has just heard of
		case <-ctx.Done():
			return err
		case <-time.After(knownPause):
		}
	}
}

// looks is how often settings are looked at before they count as wrong.
const looks = 10

func ensure(ctx context.Context, client *kgo.Client, o Options) error {
	admin := kadm.NewClient(client)
	if err := o.Namespace.Validate(); err != nil {
		return err
	}
	if o.Partitions < 1 || o.Partitions > 10_000 {
		return fmt.Errorf("partitions %d: must be 1 … 10000", o.Partitions)
	}
	if o.Replication == 0 {
		o.Replication = -1
	}
	specs := topics.Table()
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = o.Namespace.Topic(specs[i].ID)
	}
	found, err := admin.ListTopics(ctx, names...)
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	var missing []topics.Spec
	var there []string
	for i, spec := range specs {
		switch detail := found[names[i]]; {
		case errors.Is(detail.Err, kerr.UnknownTopicOrPartition):
			missing = append(missing, spec)
		case detail.Err != nil:
			return fmt.Errorf("describe topic %s: %w", names[i], detail.Err)
		default:
			there = append(there, names[i])
		}
	}
	if err := check(ctx, admin, o, found, there); err != nil {
		return err
	}
	for _, spec := range missing {
		if err := create(ctx, admin, o, spec); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return awaitKnown(ctx, client, names)
}

func create(ctx context.Context, admin *kadm.Client, o Options, spec topics.Spec) error {
	name := o.Namespace.Topic(spec.ID)
	settings := map[string]*string{}
	for k, v := range spec.Settings() {
		settings[k] = &v
	}
	if o.Replication >= manyReplicas {
		settings[inSync] = new(strconv.Itoa(leastInSync))
	}
	made, err := admin.CreateTopic(ctx, spec.Partitions(o.Partitions), o.Replication, settings, name)
	switch {
	case errors.Is(err, kerr.TopicAlreadyExists): // another process was faster
		return nil
	case err != nil:
		return fmt.Errorf("create topic %s: %w", name, err)
	}
	return secure(ctx, admin, made)
}

func check(ctx context.Context, admin *kadm.Client, o Options, found kadm.TopicDetails, there []string) error {
	if len(there) == 0 {
		return nil
	}
	configs, err := admin.DescribeTopicConfigs(ctx, there...)
	if err != nil {
		return fmt.Errorf("describe settings of topics: %w", err)
	}
	var wrong Findings
	for _, spec := range topics.Table() {
		name := o.Namespace.Topic(spec.ID)
		if !slices.Contains(there, name) {
			continue
		}
		config, err := configs.On(name, nil)
		if err == nil {
			err = config.Err
		}
		if err != nil {
			return fmt.Errorf("describe settings of topic %s: %w", name, err)
		}
		wrong = append(wrong, checkPartitions(name, len(found[name].Partitions), int(spec.Partitions(o.Partitions)), spec)...)
		wrong = append(wrong, checkSettings(name, spec, config, found[name].Partitions.NumReplicas())...)
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

func checkPartitions(name string, have, want int, spec topics.Spec) Findings {
	if have == want {
		return nil
	}
	remedy := fmt.Sprintf("set partitions to %d in the configuration, or use another topic prefix and load again", have)
	if spec.Single {
		remedy = fmt.Sprintf("kafka-topics.sh --delete --topic %s, then start again", name)
	}
	return Findings{{name, "partitions", strconv.Itoa(have), strconv.Itoa(want), remedy}}
}

func checkSettings(name string, spec topics.Spec, config kadm.ResourceConfig, replicas int) Findings {
	var wrong Findings
	value := func(key string) (string, bool) {
		for _, c := range config.Configs {
			if c.Key == key && c.Value != nil {
				return *c.Value, true
			}
		}
		return "", false
	}
	want := spec.Settings()
	add := func(key, found, wanted string) {
		wrong = append(wrong, Finding{name, key, found, wanted, alter(name, key, want[key])})
	}
	if v, ok := value("cleanup.policy"); ok && v != want["cleanup.policy"] {
		add("cleanup.policy", v, want["cleanup.policy"])
	}
	if spec.Cleanup == topics.Compact {
		const key = "delete.retention.ms"
		if v, ok := value(key); ok && shorter(v, want[key]) {
			add(key, v, "at least "+want[key])
		}
	} else {
		for _, key := range []string{"retention.ms", "retention.bytes"} {
			if v, ok := value(key); ok && shorter(v, want[key]) {
				add(key, v, "at least "+want[key]+" (-1: for ever)")
			}
		}
	}
	if v, ok := value("max.message.bytes"); ok {
		if n, err := strconv.Atoi(v); err != nil || n < spec.MaxMessageBytes {
			add("max.message.bytes", v, "at least "+want["max.message.bytes"])
		}
	}
	if v, ok := value(inSync); ok {
		wrong = append(wrong, checkInSync(name, replicas, v)...)
	}
	return wrong
}

// alter is the command that changes a setting of a topic.
func alter(topic, key, value string) string {
	return fmt.Sprintf("kafka-configs.sh --alter --entity-type topics --entity-name %s --add-config %s=%s", topic, key, value)
}

// shorter compares retentions, of which -1 is the longest.
func shorter(have, want string) bool {
	h, err := strconv.ParseInt(have, 10, 64)
	if err != nil {
		return true
	}
	w, _ := strconv.ParseInt(want, 10, 64) // ours
	if h < 0 {
		return false
	}
	return w < 0 || h < w
}

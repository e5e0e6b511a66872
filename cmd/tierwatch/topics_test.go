package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// cluster is three brokers of Apache Kafka and the program against them.
type cluster struct {
	kafkatest.Broker
	t   *testing.T
	adm *kadm.Client
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	k := kafkatest.Apache(t, 3)
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Seeds...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &cluster{k, t, kadm.NewClient(client)}
}

// says runs the program, which is to end so, and returns what it has said.
func (c *cluster) says(want exit.Code, args ...string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	p := program(ctx, append(args, "--brokers", strings.Join(c.Seeds, ","), "--set", "deployment.namespace="+string(c.Namespace),
		"--set", "deployment.time_zone=Asia/Shanghai", "--set", "deployment.base_currency=CNY", "--set", "http.addr=127.0.0.1:0")...)
	var out bytes.Buffer
	p.Stdout, p.Stderr = &out, &out
	got, err := exit.OK, p.Run()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.Code(e.ExitCode())
	} else if err != nil {
		c.t.Fatal(err)
	}
	if got != want {
		c.t.Fatalf("%q exits with %d, want %d:\n%s", args, got, want, out.String())
	}
	return out.String()
}

// set changes a setting of a topic.
func (c *cluster) set(topic, key, value string) {
	c.t.Helper()
	answers, err := c.adm.AlterTopicConfigs(c.t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
	if err == nil {
		_, err = answers.On(topic, nil)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// What `topics create` makes is in order; what somebody changes is found by the check
// and at a start, each with its remedy.
func TestTopicsOfARealCluster(t *testing.T) {
	c := newCluster(t)
	four, three := []string{"--set", "kafka.partitions=4"}, []string{"--set", "kafka.replication=3"}
	c.says(exit.Differs, append([]string{"topics", "check"}, four...)...) // none is there
	c.says(exit.OK, append(append([]string{"topics", "create"}, four...), three...)...)
	c.says(exit.OK, append([]string{"topics", "check"}, four...)...)

	events, state := c.Namespace.Topic(topics.Events), c.Namespace.Topic(topics.State)
	c.set(events, "max.message.bytes", "1048588") // Kafka's default
	c.set(events, "min.insync.replicas", "1")
	c.set(state, "cleanup.policy", "delete")
	remedies := []string{
		events + ": partitions is 4, must be 6: set partitions to 4 in the configuration",
		"--entity-name " + events + " --add-config max.message.bytes=4194304",
		"--entity-name " + events + " --add-config min.insync.replicas=2",
		"--entity-name " + state + " --add-config cleanup.policy=compact",
	}
	for _, args := range [][]string{{"topics", "check"}, {"run", "--roles", "fold"}} {
		text := c.says(exit.Differs, append(slices.Clone(args), "--set", "kafka.partitions=6")...)
		for _, want := range remedies {
			if !strings.Contains(text, want) {
				t.Errorf("%q does not say %s:\n%s", args, want, text)
			}
		}
	}
	c.set(events, "max.message.bytes", "4194304")
	c.set(events, "min.insync.replicas", "2")
	c.set(state, "cleanup.policy", "compact")
	c.says(exit.OK, append([]string{"topics", "check"}, four...)...)
}

// Topics for which the brokers choose the number of replicas have two of three in sync
// too, whatever the brokers' default.
func TestTopicsWithTheReplicasOfTheCluster(t *testing.T) {
	c := newCluster(t)
	inSync := func(n string) {
		t.Helper()
		change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "min.insync.replicas", Value: &n}}
		if answers, err := c.adm.AlterBrokerConfigs(context.WithoutCancel(t.Context()), change); err != nil || answers[0].Err != nil {
			t.Fatal(err, answers)
		}
	}
	inSync("1")
	defer inSync("2")
	c.says(exit.OK, "topics", "create")
	c.says(exit.OK, "topics", "check")
}

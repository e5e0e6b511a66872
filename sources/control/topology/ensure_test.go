package topology_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func admin(t *testing.T) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return cluster, client
}

func TestCreatesAllAndAcceptsItsOwnWork(t *testing.T) {
	cluster, adm := admin(t)
	o := topology.Options{Namespace: "bank", Partitions: 4}
	for range 2 {
		if err := topology.Ensure(t.Context(), adm, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, spec := range topics.Table() {
		info := cluster.TopicInfo(o.Namespace.Topic(spec.ID))
		if info == nil {
			t.Fatalf("%s: not created", spec.ID)
		}
		for k, want := range spec.Settings() {
			if got := info.Configs[k]; got == nil || *got != want {
				t.Errorf("%s: %s is not explicit", spec.ID, k)
			}
		}
	}
	if n := len(cluster.PartitionInfos("bank.events")); n != 4 {
		t.Errorf("%d partitions, want 4", n)
	}
}

func TestTellsEverythingThatIsWrongAndCreatesNothing(t *testing.T) {
	cluster, adm := admin(t)
	for name, topic := range map[string]struct {
		partitions int32
		settings   map[string]string
	}{
		"tierwatch.events":  {3, map[string]string{"retention.ms": "604800000", "max.message.bytes": "1048576", "cleanup.policy": "compact"}},
		"tierwatch.control": {2, map[string]string{"cleanup.policy": "delete", "max.message.bytes": "67108864"}},
		"tierwatch.alerts":  {4, map[string]string{"retention.bytes": "1000000", "max.message.bytes": "4194304", "retention.ms": "-1"}},
	} {
		if err := cluster.CreateTopic(name, topic.partitions, topic.settings); err != nil {
			t.Fatal(err)
		}
	}
	err := topology.Ensure(t.Context(), adm, topology.Options{Partitions: 4})
	var findings topology.Findings
	if !errors.As(err, &findings) {
		t.Fatalf("error %v, want Findings", err)
	}
	text := err.Error()
	for _, want := range []string{
		"tierwatch.events: partitions is 3, must be 4: set partitions to 3",
		"tierwatch.events: cleanup.policy is compact, must be delete: kafka-configs.sh --alter --entity-type topics --entity-name tierwatch.events --add-config cleanup.policy=delete",
		"tierwatch.events: retention.ms is 604800000, must be at least -1",
		"tierwatch.events: max.message.bytes is 1048576, must be at least 4194304",
		"tierwatch.control: partitions is 2, must be 1: kafka-topics.sh --delete",
		"tierwatch.control: cleanup.policy is delete, must be compact",
		"tierwatch.alerts: retention.bytes is 1000000",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not said: %s", want)
		}
	}
	if len(findings) != 7 {
		t.Errorf("%d findings, want 7:\n%s", len(findings), text)
	}
	if cluster.TopicInfo("tierwatch.snapshots") != nil {
		t.Error("a topic was created although others are wrong")
	}
}

func TestRefusesImpossibleOptions(t *testing.T) {
	_, adm := admin(t)
	for _, o := range []topology.Options{{Partitions: 0}, {Partitions: 4, Namespace: "a b"}} {
		if err := topology.Ensure(t.Context(), adm, o); err == nil {
			t.Errorf("%+v: accepted", o)
		}
	}
}

func TestATopicThatForgetsTooSoonIsNamed(t *testing.T) {
	for kept, want := range map[string]int{"0": 1, "86399999": 1, "86400000": 0, "604800000": 0} {
		cluster, adm := admin(t)
		settings := map[string]string{"cleanup.policy": "compact", "max.message.bytes": "4194304", "delete.retention.ms": kept}
		if err := cluster.CreateTopic("tierwatch.state", 4, settings); err != nil {
			t.Fatal(err)
		}
		err := topology.Ensure(t.Context(), adm, topology.Options{Partitions: 4})
		var findings topology.Findings
		errors.As(err, &findings)
		if len(findings) != want {
			t.Errorf("%s: %v, want %d findings", kept, err, want)
		}
		if want > 0 && !strings.Contains(err.Error(), "delete.retention.ms is "+kept+", must be at least 86400000: kafka-configs.sh") {
			t.Errorf("%s: %v does not name the remedy", kept, err)
		}
	}
}

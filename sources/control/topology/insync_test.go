package topology_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/sources/control/topology"
)

// three is an administrator of three brokers.
func three(t *testing.T) *kgo.Client {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestAnAcknowledgedRecordIsOnTwoBrokers(t *testing.T) {
	for replicas, want := range map[int16]string{1: "1", 2: "1", 3: "2"} {
		adm := three(t)
		o := topology.Options{Namespace: "bank", Partitions: 2, Replication: replicas}
		for range 2 {
			if err := topology.Ensure(t.Context(), adm, o); err != nil {
				t.Fatal(err)
			}
		}
		for _, topic := range []string{"bank.events", "bank.state", "bank.control"} {
			if got := setting(t, kadm.NewClient(adm), topic, "min.insync.replicas"); got != want {
				t.Errorf("%d replicas: %s has %s in sync, want %s", replicas, topic, got, want)
			}
		}
	}
}

func TestTooFewOrTooManyInSyncAreNamed(t *testing.T) {
	adm := three(t)
	for topic, c := range map[string]struct {
		replicas int16
		inSync   string
	}{"bank.events": {3, "1"}, "bank.alerts": {3, "4"}, "bank.state": {1, "2"}} {
		settings := map[string]*string{"min.insync.replicas": &c.inSync, "max.message.bytes": new("4194304"), "retention.ms": new("-1")}
		if topic == "bank.state" {
			settings["cleanup.policy"] = new("compact")
		}
		if _, err := kadm.NewClient(adm).CreateTopic(t.Context(), 2, c.replicas, settings, topic); err != nil {
			t.Fatal(err)
		}
	}
	err := topology.Ensure(t.Context(), adm, topology.Options{Namespace: "bank", Partitions: 2})
	var findings topology.Findings
	if !errors.As(err, &findings) || len(findings) != 3 {
		t.Fatalf("error %v, want three findings", err)
	}
	for _, want := range []string{
		"bank.events: min.insync.replicas is 1, must be at least 2", "--entity-name bank.events --add-config min.insync.replicas=2",
		"bank.alerts: min.insync.replicas is 4, must be at most 3", "--entity-name bank.alerts --add-config min.insync.replicas=2",
		"bank.state: min.insync.replicas is 2, must be at most 1", "--entity-name bank.state --add-config min.insync.replicas=1",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not said: %s in\n%v", want, err)
		}
	}
}

func setting(t *testing.T, adm *kadm.Client, topic, key string) string {
	t.Helper()
	configs, err := adm.DescribeTopicConfigs(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range configs[0].Configs {
		if c.Key == key && c.Value != nil {
			return *c.Value
		}
	}
	return ""
}

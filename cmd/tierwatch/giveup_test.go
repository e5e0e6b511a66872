package main

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
)

// The command says what becomes of the file, once, and takes nothing that loads.
func TestALoadIsGivenUpByCommand(t *testing.T) {
	c := &cluster{Broker: kafkatest.Memory(t), t: t}
	says := func(want exit.Code, args ...string) string {
		t.Helper()
		return c.says(want, append(args, "--set", "kafka.partitions=2", "--set", "kafka.replication=1")...)
	}
	says(0, "topics", "create")
	topic, err := control.OpenTopic([]kgo.Opt{kgo.SeedBrokers(c.Seeds...)}, c.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer topic.Close()
	if _, err := topic.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := topic.NoteFile(t.Context(), &pb.LoadedFile{Sha256: "1", Name: "wrong.csv", Load: []string{"1"}}); err != nil {
		t.Fatal(err)
	}
	tells(t, says(2, "load", "--give-up", "--mapping", "m.yaml", "--again", "wrong.csv"), "--mapping does not go with --give-up", "--again does not go with --give-up")
	tells(t, says(2, "load", "--give-up", "right.csv"), "right.csv: no load of it was interrupted; interrupted was wrong.csv")
	tells(t, says(0, "load", "--give-up", "gone/wrong.csv"), "wrong.csv: its load is given up; what it wrote stays in the log, and the file counts as loaded")
	tells(t, says(2, "load", "--give-up", "wrong.csv"), "wrong.csv: no load of it was interrupted")
}

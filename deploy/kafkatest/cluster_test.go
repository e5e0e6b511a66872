package kafkatest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"
)

func client(t *testing.T, c *Cluster) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Seeds()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestWhatIsAcknowledgedSurvivesAKill(t *testing.T) {
	c := Shared(t, 1)
	k, name := client(t, c), Name()
	if _, err := kadm.NewClient(k).CreateTopic(t.Context(), 1, 1, nil, name); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.ProduceSync(t.Context(), &kgo.Record{Topic: name, Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		c.Kill(1)
		if err := c.Restart(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	var end kadm.ListedOffset
	Until(t, "the end is told", func() bool { // not before the partition has its leader again
		ends, err := kadm.NewClient(k).ListEndOffsets(t.Context(), name)
		end, _ = ends.Lookup(name, 0)
		return err == nil && end.Err == nil
	})
	if end.Offset != 2 {
		t.Errorf("%d records, want 2", end.Offset)
	}
}

func TestANodeThatIsHeldGoesOn(t *testing.T) {
	c := Shared(t, 1)
	k, name := client(t, c), Name()
	if _, err := kadm.NewClient(k).CreateTopic(t.Context(), 1, 1, nil, name); err != nil {
		t.Fatal(err)
	}
	if err := c.Pause(1); err != nil {
		t.Fatal(err)
	}
	acked := make(chan error, 1)
	go func() {
		acked <- k.ProduceSync(t.Context(), &kgo.Record{Topic: name, Value: []byte("v")}).FirstErr()
	}()
	stat := fmt.Sprintf("/proc/%d/stat", c.nodes[0].cmd.Process.Pid)
	Until(t, "node 1 stands still", func() bool {
		text, err := os.ReadFile(stat)
		return err == nil && strings.Contains(string(text), ") T ")
	})
	if len(acked) > 0 {
		t.Error("acknowledged while the only node stands still")
	}
	if err := c.Resume(1); err != nil {
		t.Fatal(err)
	}
	if err := <-acked; err != nil {
		t.Error(err)
	}
}

// A test binary that is killed, as by its own timeout, leaves no broker behind.
func TestNoNodeOutlivesTheTest(t *testing.T) {
	Shared(t, 1) // it is here, and its jars are
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), envParent+"="+t.TempDir())
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(bufio.NewReader(out), &pid); err != nil {
		t.Fatal(err)
	}
	node, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(node) }()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	// The descriptor of a process can be read when it has ended.
	fds := []unix.PollFd{{Fd: int32(node), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 120_000)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n != 1 {
			t.Errorf("node %d lives on: %v", pid, err)
		}
		return
	}
}

func TestANodeThatCannotStartTellsWhy(t *testing.T) {
	Shared(t, 1)
	_, err := Start(t.Context(), Options{Nodes: 1, Dir: t.TempDir(), Settings: []string{"num.partitions=none"}})
	if err == nil || !strings.Contains(err.Error(), "num.partitions") {
		t.Errorf("error %v, want one that names the setting", err)
	}
}

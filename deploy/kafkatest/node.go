package kafkatest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// node is one broker and controller. Its owner calls start and kill in turn.
type node struct {
	id   int
	port int
	dir  string
	java string
	lib  string
	// lasting: see Options.
	lasting bool

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is reaped
}

// started is what a broker says when it serves.
const started = "Kafka Server started"

// format writes the cluster's id into the node's directory.
func (n *node) format(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, n.java, n.args("128m", brief, "kafka.tools.StorageTool", //nolint:gosec // this machine's Java
		"format", "--ignore-formatted", "-t", clusterID, "-c", n.file("server.properties"))...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("format node %d: %w: %s", n.id, err, bytes.TrimSpace(out))
	}
	return nil
}

func (n *node) file(name string) string { return filepath.Join(n.dir, name) }

// brief is how Java runs what lives for a minute: the second compiler is not worth
// its time. lasting is Kafka's own choice, with a smaller heap.
var (
	brief   = []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}
	lasting = []string{"-Xms1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"}
)

// args are those of a Java program of the broker. What a node that is killed leaves
// among its temporary files (snappy's library) goes with its directory.
func (n *node) args(heap string, how []string, main ...string) []string {
	return slices.Concat([]string{"-Xmx" + heap}, how, []string{
		"-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true", "-Djava.io.tmpdir=" + n.dir,
		"-Dlog4j2.configurationFile=" + n.file("log4j2.xml"), "-cp", filepath.Join(n.lib, "*"),
	}, main)
}

// server are the arguments of the broker itself.
func (n *node) server() []string {
	heap, how := "512m", brief
	if n.lasting {
		heap, how = "1g", lasting
	}
	return n.args(heap, how, "kafka.Kafka", n.file("server.properties"))
}

// start runs the broker and waits until it serves.
func (n *node) start(ctx context.Context) error {
	words, err := os.OpenFile(n.file("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	//nolint:gosec // this machine's Java
	n.cmd = exec.CommandContext(context.WithoutCancel(ctx), n.java, n.server()...)
	n.cmd.SysProcAttr = boundToThread()
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return errors.Join(err, words.Close())
	}
	n.cmd.Stderr = words
	n.ended = make(chan struct{})
	running, serves := make(chan error, 1), make(chan struct{})
	go n.run(running, io.TeeReader(out, words), serves)
	go func() {
		<-n.ended
		_ = words.Close() // a log of a test
	}()
	if err := <-running; err != nil {
		return fmt.Errorf("start node %d: %w", n.id, err)
	}
	select {
	case <-serves:
		return nil
	case <-n.ended:
		return fmt.Errorf("node %d ended while it started: %s", n.id, n.lastWords())
	case <-ctx.Done():
		n.kill()
		return fmt.Errorf("start node %d: %w: %s", n.id, context.Cause(ctx), n.lastWords())
	}
}

// run starts the process, follows what it says and reaps it. The process is killed
// with the thread that has started it, so this goroutine keeps the thread to itself
// until the process has ended.
func (n *node) run(running chan<- error, out io.Reader, serves chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(n.ended)
	err := n.cmd.Start()
	running <- err
	if err != nil {
		return
	}
	lines := bufio.NewScanner(out)
	for told := false; lines.Scan(); {
		if !told && strings.Contains(lines.Text(), started) {
			told = true
			close(serves)
		}
	}
	_, _ = io.Copy(io.Discard, out) // behind a line too long to scan
	_ = n.cmd.Wait()                // it was killed
}

// kill ends the process as a power cut would, and waits until it is gone.
func (n *node) kill() {
	if n.cmd == nil || n.cmd.Process == nil {
		return
	}
	_ = n.cmd.Process.Kill() // gone already is as good
	<-n.ended
}

// signal sends a signal that does not end the process.
func (n *node) signal(s syscall.Signal) error {
	if err := n.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("%s node %d: %w", s, n.id, err)
	}
	return nil
}

func (n *node) lastWords() string {
	text, err := os.ReadFile(n.file("server.log"))
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text[max(0, len(text)-2000):]))
}

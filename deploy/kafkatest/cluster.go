package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options of a Cluster.
type Options struct {
	// Nodes is 1 or 3. With three, topics have three replicas, two of them in sync.
	Nodes int
	// Dir takes the nodes' data; it is made when absent.
	Dir string
	// Settings are lines added to each node's server.properties.
	Settings []string
	// Lasting is for a cluster that is measured or lives for hours: both compilers, a
	// collector without long pauses, a heap of 1 GiB. The default starts faster.
	Lasting bool
	// Say takes what is worth telling a person who waits (os.Stderr).
	Say io.Writer
}

// Cluster is a running Apache Kafka.
type Cluster struct {
	nodes []*node
}

const (
	// clusterID is any 16 bytes in base64.
	clusterID = "dGllcndhdGNoLWthZmthMQ"
	// startWait bounds a start on a busy machine.
	startWait = 2 * time.Minute
	// startTries are made with other ports each.
	startTries = 3
)

// Start fetches the jars if need be and runs a cluster. The error wraps ErrAbsent
// where it cannot run. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if o.Nodes != 1 && o.Nodes != 3 {
		return nil, fmt.Errorf("%d nodes: must be 1 or 3", o.Nodes)
	}
	if o.Say == nil {
		o.Say = os.Stderr
	}
	bin, err := java(ctx)
	if err != nil {
		return nil, err
	}
	lib, err := fetchJars(ctx, o.Say)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		c := &Cluster{}
		err := c.start(ctx, &o, bin, lib, filepath.Join(o.Dir, strconv.Itoa(try)))
		if err == nil {
			return c, nil
		}
		c.Stop()
		// Another process may have taken a port between our look and the node's start.
		if try == startTries || !strings.Contains(err.Error(), "Address already in use") {
			return nil, err
		}
	}
}

func (c *Cluster) start(ctx context.Context, o *Options, bin, lib, dir string) error {
	ports := FreePorts(ctx, 2*o.Nodes)
	// Where there is one node, nobody else goes on when it is fenced.
	s := settings{Replication: 1, MinInSync: 1, Session: 9000, Extra: o.Settings}
	if o.Nodes == 3 {
		s.Replication, s.MinInSync, s.Session = 3, 2, 3000
	}
	var voters []string
	for i := range o.Nodes {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", i+1, ports[o.Nodes+i]))
	}
	s.Voters = strings.Join(voters, ",")
	for i := range o.Nodes {
		n := &node{id: i + 1, port: ports[i], dir: filepath.Join(dir, "node"+strconv.Itoa(i+1)), java: bin, lib: lib, lasting: o.Lasting}
		if err := os.MkdirAll(n.dir, 0o700); err != nil {
			return err
		}
		s.Node, s.Port, s.ControllerPort, s.Data = n.id, n.port, ports[o.Nodes+i], n.file("data")
		if err := writeConfig(n.dir, s); err != nil {
			return err
		}
		c.nodes = append(c.nodes, n)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startWait, fmt.Errorf("not ready within %s", startWait))
	defer cancel()
	// The nodes wait for each other: a quorum is needed to start.
	if err := c.each(func(n *node) error { return n.format(ctx) }); err != nil {
		return err
	}
	return c.each(func(n *node) error { return n.start(ctx) })
}

// each does something with all nodes at once.
func (c *Cluster) each(do func(*node) error) error {
	failed := make(chan error, len(c.nodes)) // each can leave
	for _, n := range c.nodes {
		go func() { failed <- do(n) }()
	}
	var errs []error
	for range c.nodes {
		errs = append(errs, <-failed)
	}
	return errors.Join(errs...)
}

// Seeds are the addresses of all nodes.
func (c *Cluster) Seeds() []string {
	list := make([]string, 0, len(c.nodes))
	for _, n := range c.nodes {
		list = append(list, net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port)))
	}
	return list
}

// PID is the process of a node, 1 … Nodes, that runs.
func (c *Cluster) PID(id int32) int { return c.nodes[id-1].cmd.Process.Pid }

// Kill ends a node, 1 … Nodes, as the loss of its machine would, and waits until it
// is gone. What the node had not synced to its disk stays: the machine lives.
func (c *Cluster) Kill(id int32) { c.nodes[id-1].kill() }

// Restart starts a node that was killed, on its ports, and waits until it serves.
func (c *Cluster) Restart(ctx context.Context, id int32) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startWait, fmt.Errorf("not ready within %s", startWait))
	defer cancel()
	return c.nodes[id-1].start(ctx)
}

// Pause holds a node, as a machine that hangs would be; Resume lets it go on.
func (c *Cluster) Pause(id int32) error { return c.nodes[id-1].signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (c *Cluster) Resume(id int32) error { return c.nodes[id-1].signal(syscall.SIGCONT) }

// Stop ends all nodes at once: nobody needs their data any more.
func (c *Cluster) Stop() {
	_ = c.each(func(n *node) error { n.kill(); return nil }) // a kill does not fail
}

// Ports are taken below the range that systems give to outgoing connections, so that
// none takes the port of a node that is down.
const firstPort, lastPort = 20_000, 32_000

// FreePorts gives n different ports that nobody listens on now. No system gives them
// to those who ask for any port.
func FreePorts(ctx context.Context, n int) []int {
	ctx = context.WithoutCancel(ctx) // a look does not block
	ports := make([]int, 0, n)
	for len(ports) < n {
		port := firstPort + rand.IntN(lastPort-firstPort)
		var lc net.ListenConfig
		ln, err := lc.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		defer func() { _ = ln.Close() }() // held until all are chosen
		ports = append(ports, port)
	}
	return ports
}

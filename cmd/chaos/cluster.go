package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// cluster is an Apache Kafka of which one node at a time may be away.
type cluster struct {
	kafka *kafkatest.Cluster
	seeds []string
	nodes map[string]*clusterNode

	mu   sync.Mutex
	away int32 // the node that is, 0 for none
}

// clusterNode is one node as an engine.
type clusterNode struct {
	*cluster
	id int32
}

// brokerNames are what faults call the brokers: nodes of Apache Kafka, or for 0 the
// embedded one.
func brokerNames(nodes int) (names []string) {
	if nodes == 0 {
		return []string{kafkaEngine}
	}
	for id := range nodes {
		names = append(names, nodeName(int32(id+1))) //nolint:gosec // three at most
	}
	return names
}

func nodeName(id int32) string { return fmt.Sprintf("%s-%d", kafkaEngine, id) }

// briefSession: a node that was killed comes back when its old session is over, and
// nodes are killed here all the time.
const briefSession = "broker.session.timeout.ms=3000"

func startCluster(ctx context.Context, dir string, nodes int) (*cluster, error) {
	if os.Getenv(kafkatest.EnvOff) != "" {
		return nil, fmt.Errorf("%w: %s is set", kafkatest.ErrAbsent, kafkatest.EnvOff)
	}
	k, err := kafkatest.Start(ctx, kafkatest.Options{Nodes: nodes, Dir: filepath.Join(dir, "kafka"), Settings: []string{briefSession}})
	if err != nil {
		return nil, fmt.Errorf("start Apache Kafka: %w", err)
	}
	c := &cluster{kafka: k, seeds: k.Seeds(), nodes: map[string]*clusterNode{}}
	for i, name := range brokerNames(nodes) {
		c.nodes[name] = &clusterNode{c, int32(i + 1)} //nolint:gosec // three at most
	}
	return c, nil
}

// take notes that a node goes away, unless one is.
func (n *clusterNode) take() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away != 0 {
		return fmt.Errorf("node %d: node %d is away: %w", n.id, n.away, crew.ErrNotRunning)
	}
	n.away = n.id
	return nil
}

func (n *clusterNode) release() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = 0
}

func (n *clusterNode) kill(context.Context) error {
	if err := n.take(); err != nil {
		return err
	}
	n.kafka.Kill(n.id)
	return nil
}

func (n *clusterNode) start(ctx context.Context) error {
	defer n.release()
	return n.kafka.Restart(ctx, n.id)
}

func (n *clusterNode) pause() error {
	if err := n.take(); err != nil {
		return err
	}
	return n.kafka.Pause(n.id)
}

func (n *clusterNode) resume() error {
	defer n.release()
	return n.kafka.Resume(n.id)
}

// stop kills: nobody needs its data any more.
func (n *clusterNode) stop(context.Context) error {
	n.kafka.Kill(n.id)
	return nil
}

var errNoHolder = errors.New("no node does")

// holder asks which node leads some partition of the log, or coordinates something of
// the program that goes on now.
func (c *cluster) holder(ctx context.Context, k kind) (string, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.seeds...))
	if err != nil {
		return "", fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	ask := coordinators
	if k == killLeader {
		ask = leaders
	}
	ids, err := ask(ctx, kadm.NewClient(client))
	if len(ids) == 0 {
		return "", errors.Join(errNoHolder, err) // shards that do not answer are no reason to spare the others
	}
	return nodeName(ids[rand.IntN(len(ids))]), nil //nolint:gosec // who is in office is not known before either
}

func leaders(ctx context.Context, admin *kadm.Client) (ids []int32, err error) {
	name := topics.DefaultNamespace.Topic(topics.Events)
	all, err := admin.ListTopics(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("list the log's partitions: %w", err)
	}
	for _, p := range all[name].Partitions {
		if p.Leader > 0 {
			ids = append(ids, p.Leader)
		}
	}
	return ids, nil
}

// coordinators are those of open transactions and of the groups of fold and warehouse,
// each as often as it is one.
func coordinators(ctx context.Context, admin *kadm.Client) (ids []int32, err error) {
	open, err := admin.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit"})
	for _, txn := range open {
		ids = append(ids, txn.Coordinator)
	}
	for _, role := range []string{"fold", "warehouse"} {
		name := topics.DefaultNamespace.Group(role)
		found := admin.FindGroupCoordinators(ctx, name)
		if r := found[name]; r.Err == nil && r.NodeID > 0 {
			ids = append(ids, r.NodeID)
		}
	}
	return ids, err
}

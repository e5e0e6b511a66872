package broker

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

const (
	// lockWait is how long a new child waits for the one before it to shut down: longer
	// than closeWait, at the end of which that one is gone.
	lockWait = 90 * time.Second
	// closeWait is how long the data directory may take to close before the
	// process kills itself: a child must not outlive its parent.
	closeWait = 60 * time.Second
)

// Run serves until the lifeline (standard input) ends or SIGTERM arrives, and
// returns after the data directory is closed.
func Run(cfg Config) error {
	if err := cfg.validate(); err != nil {
		return fmt.Errorf("configuration of embedded Kafka: %w", err)
	}
	stop := child.Lifeline(os.Stdin)
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return fmt.Errorf("create data directory: %w", err)
	}
	// kfake itself does not lock its directory.
	lock, err := child.LockUnless(stop, lockWait, cfg.Lock)
	if err != nil {
		return fmt.Errorf("wait for the former Kafka process on this data directory: %w", err)
	}
	defer func() { _ = lock.Close() }() // the process ends here anyway

	g := newGate(cfg.AnyPort)
	cluster, err := kfake.NewCluster(cfg.options(g)...)
	if err != nil {
		return fmt.Errorf("open %s: %w", cfg.Data, err)
	}
	if err := forgetStop(cfg.Data); err != nil {
		return err
	}
	if err := serve(cluster, g, stop); err != nil {
		cluster.Close()
		return err
	}
	limit := time.AfterFunc(closeWait, func() {
		fmt.Fprintln(os.Stderr, "embedded Kafka did not stop in time: killed")
		_ = child.Kill() // cannot fail for the own process
	})
	defer limit.Stop()
	g.closeDoor()
	refuseWrites(cluster)
	if err := compactIdle(cluster, g); err != nil {
		fmt.Fprintf(os.Stderr, "no compaction at the end: %v\n", err)
	}
	cluster.Close()
	return nil
}

// serve ends what was open at a kill, compacts, lets the clients in, tells the parent, and
// keeps dead members out of groups until stop.
func serve(cluster *kfake.Cluster, g *gate, stop <-chan struct{}) error {
	if err := endAborted(g); err != nil {
		return err
	}
	if err := compactIdle(cluster, g); err != nil {
		return err
	}
	port, err := g.port()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(g.Addr().String()), kgo.Dialer(g.dial))
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	defer client.Close()
	dead := newReaper()
	dead.watch(cluster)
	ctx, cancel := context.WithCancel(context.Background())
	var reaping sync.WaitGroup
	reaping.Go(func() { dead.run(ctx, client) })
	defer reaping.Wait()
	defer cancel()
	g.openDoor()
	if err := child.Report(port); err != nil {
		return err
	}
	<-stop
	return nil
}

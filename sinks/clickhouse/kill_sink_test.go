package clickhouse

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// sinkChildVariable holds a childConfig: with it this test binary is a sink that
// waits at a step to be killed.
const sinkChildVariable = "TIERWATCH_TEST_SINK"

// testInstance is the name in the group of a sink that is killed: its successor
// takes it over at once.
const testInstance = "warehouse-0"

type childConfig struct {
	Addrs, Brokers           []string
	Database, User, Password string
	Instance                 string
	At                       step
}

// childInterval is long enough for the first batch to have all topics, however late
// the broker is asked for some of them.
const childInterval = 2 * time.Second

// sinkChild never returns.
func sinkChild(text string) {
	var c childConfig
	err := json.Unmarshal([]byte(text), &c)
	if err == nil {
		cfg := Config{
			Conn:     ConnOptions{Addrs: c.Addrs, Database: c.Database, User: c.User, Password: c.Password},
			Kafka:    []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.InstanceID(c.Instance)},
			Interval: childInterval, Logger: zerolog.New(os.Stderr),
		}
		err = stepTo(&cfg, c.At, func() {
			fmt.Println("reached")
			select {} // until it is killed
		})(context.Background())
	}
	fmt.Fprintln(os.Stderr, "the sink ended by itself:", err)
	os.Exit(3)
}

// stepTo makes a sink that calls reached at a step.
func stepTo(cfg *Config, at step, reached func()) (run func(context.Context) error) {
	s := newStepper(at, reached)
	cfg.Kafka = append(cfg.Kafka, kgo.WithHooks(s))
	sink, err := NewSink(*cfg)
	if err != nil {
		return func(context.Context) error { return err }
	}
	sink.conn = &steppedInserter{sink.conn, s}
	return sink.Run
}

// startChild starts a sink as a process. It is killed at the latest with the test.
func startChild(t *testing.T, k *kafka, db string, at step) (child *exec.Cmd, reached <-chan bool) {
	t.Helper()
	to := connOptions(t, db)
	text, err := json.Marshal(childConfig{
		Addrs: to.Addrs, Database: db, User: to.User, Password: to.Password,
		Brokers: k.seeds, Instance: testInstance, At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	child = exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), sinkChildVariable+"="+string(text))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan bool, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		said <- line == "reached\n"
	}()
	return child, said
}

func kill(t *testing.T, child *exec.Cmd) {
	t.Helper()
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the sink ended before it was killed")
	}
}

// TestSinkKilledAtEveryStep: kill -9 of the sink between every two steps. Its
// successor finds what was not committed; nothing is lost, nothing is seen twice.
func TestSinkKilledAtEveryStep(t *testing.T) {
	for _, at := range steps {
		t.Run(string(at), func(t *testing.T) {
			conn, db := database(t)
			k := newKafka(t)
			want := story(k, 6)
			var dead atomic.Bool
			asked := make(chan bool, 1)
			if at == stepCommit { // the broker knows best when it was asked
				refuseCommits(k, func() bool {
					select {
					case asked <- true:
					default:
					}
					return !dead.Load()
				})
			}
			child, reached := startChild(t, k, db, at)
			if at == stepCommit {
				reached = asked
			}
			if !<-reached {
				t.Fatal("the sink did not come to the step")
			}
			kill(t, child)
			dead.Store(true)
			before := count(t, conn, "SELECT count() FROM events_raw")
			cfg := k.config(db)
			cfg.Kafka = append(cfg.Kafka, kgo.InstanceID(testInstance))
			run(t, cfg)
			k.caughtUp()
			checkViews(t, conn, want)
			if rowsIn := at == stepInserted || at == stepCommit || at == stepCommitted; rowsIn != (before > 0) {
				t.Errorf("%d events when the sink was killed", before)
			}
		})
	}
}

// TestSinkKilledInARebalance: a sink holds a batch while another takes over some of
// its partitions, and is then killed.
func TestSinkKilledInARebalance(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	want := story(k, 6)
	child, reached := startChild(t, k, db, stepDecoded)
	if !<-reached {
		t.Fatal("the sink did not come to the step")
	}
	took := make(chan struct{})
	cfg := k.config(db)
	// The group waits so long for the dead.
	cfg.SessionTimeout = shortestSession
	runStepped(t, cfg, stepPolled, func() { close(took) })
	<-took // a record that the first sink holds: the partition has moved
	kill(t, child)
	k.caughtUp()
	checkViews(t, conn, want)
}

package kafkatest

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
)

// one is the one cluster of a size in this test binary, started by the first test
// that asks.
type one struct {
	once    sync.Once
	dir     string
	cluster *Cluster
	err     error
}

var shared = map[int]*one{1: {}, 3: {}}

// Shared returns the test binary's cluster of 1 or 3 nodes. Where Apache Kafka is
// absent the test is skipped with the reason; with CI=true it fails. Tests share the
// brokers, not names: a topic or group needs a name of its own (see [Name]).
func Shared(tb testing.TB, nodes int) *Cluster {
	tb.Helper()
	if os.Getenv(EnvOff) != "" {
		tb.Skipf("%v: %s is set", ErrAbsent, EnvOff)
	}
	s := shared[nodes]
	s.once.Do(func() { s.start(nodes) })
	switch {
	case errors.Is(s.err, ErrAbsent) && os.Getenv("CI") != "true":
		tb.Skip(s.err)
	case s.err != nil:
		tb.Fatal(s.err)
	}
	return s.cluster
}

// sweep is how often the brokers look for transactions that have timed out; by default
// they do so every 10 s, which tests would wait for.
const sweep = "transaction.abort.timed.out.transaction.cleanup.interval.ms=200"

func (s *one) start(nodes int) {
	// It outlives the test that starts it.
	if s.dir, s.err = os.MkdirTemp("", "tierwatch-kafka-"); s.err == nil {
		s.cluster, s.err = Start(context.Background(), Options{Nodes: nodes, Dir: s.dir, Settings: []string{sweep}})
	}
}

// Stopping makes tests stop the shared clusters when they have run:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Stopping(m)) }
func Stopping(m interface{ Run() int }) Runner { return Runner{m} }

// Runner is what [Stopping] returns.
type Runner struct{ m interface{ Run() int } }

// Run implements what goleak.VerifyTestMain takes.
func (r Runner) Run() int {
	defer func() {
		for _, s := range shared {
			if s.cluster != nil {
				s.cluster.Stop()
			}
			if s.dir != "" {
				_ = os.RemoveAll(s.dir) // a leftover in the temporary directory is no failure
			}
		}
	}()
	return r.m.Run()
}

var names struct {
	sync.Mutex
	last int
}

// Name returns a prefix for topics and groups that no other test of this binary has.
func Name() string {
	names.Lock()
	defer names.Unlock()
	names.last++
	return "test" + strconv.Itoa(names.last)
}

//go:build linux

package embedded

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"
)

// noRoom lets no file of a process grow beyond size bytes, as a full disk would: its
// writes fail from then on. A process that takes its place has room again.
func noRoom(t *testing.T, pid int, size uint64) {
	t.Helper()
	limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// TestKafkaWithoutRoom: the broker cannot write any more in the midst of records and
// transactions. It ends itself rather than acknowledge what it does not keep; with
// room again everything that was acknowledged is there, once and in order.
func TestKafkaWithoutRoom(t *testing.T) {
	for size := uint64(1000); size <= 16_000; size += 3000 {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			seen := newEvents()
			k := startKafka(t, KafkaOptions{DataDir: t.TempDir(), OnEvent: seen.add})
			createTopic(t, k, "plain", nil)
			createTopic(t, k, "said", nil)
			noRoom(t, k.PID(), size)

			plain := kafkaClient(t, k)
			var acknowledged, committed []string
			for n := 0; len(seen) < 2 && n < 2000; n++ { // started, died
				kv := fmt.Sprintf("%d=x", n)
				r := &kgo.Record{Topic: "plain", Key: []byte(fmt.Sprint(n)), Value: []byte("x")}
				if plain.ProduceSync(t.Context(), r).FirstErr() == nil {
					acknowledged = append(acknowledged, kv)
				} else { // the client has lost its sequence
					plain = kafkaClient(t, k)
				}
				if said(t, k, n) {
					committed = append(committed, kv)
				}
			}
			seen.wait(t, EventDied)
			seen.wait(t, EventRestarted)
			again := kafkaClient(t, k)
			produce(t, again, "plain", "last=x")
			wantAll(t, "plain", consume(t, k, "plain"), append(acknowledged, "last=x"))
			try := 0
			waitUntil(t, "transactions cut off are over", func() bool {
				try--
				return said(t, k, try)
			})
			wantAll(t, "said", consume(t, k, "said"), append(committed, fmt.Sprintf("%d=x", try)))
		})
	}
}

// said writes a record in a transaction of its own and reports that it is committed.
func said(t *testing.T, k *Kafka, n int) bool {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Addr()), kgo.TransactionalID(fmt.Sprintf("writer-%d-%d", n, time.Now().UnixNano())), kgo.TransactionTimeout(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.BeginTransaction(); err != nil {
		return false
	}
	r := &kgo.Record{Topic: "said", Key: []byte(fmt.Sprint(n)), Value: []byte("x")}
	if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		return false
	}
	return client.EndTransaction(t.Context(), kgo.TryCommit) == nil
}

// wantAll wants every acknowledged record, in order and once. One whose answer was
// lost may be there as well.
func wantAll(t *testing.T, topic string, got, acknowledged []string) {
	t.Helper()
	times := map[string]int{}
	for _, kv := range got {
		if times[kv]++; times[kv] > 1 {
			t.Errorf("%s: %s is there twice", topic, kv)
		}
	}
	i := 0
	for _, kv := range got {
		if i < len(acknowledged) && kv == acknowledged[i] {
			i++
		}
	}
	if i < len(acknowledged) {
		t.Errorf("%s: %d of %d acknowledged records are there; %s is missing", topic, i, len(acknowledged), acknowledged[i])
	}
}

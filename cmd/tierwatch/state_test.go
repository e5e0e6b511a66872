package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// damaged writes over the saved state of one customer of each partition named, whatever
// change makes of it. It gives the keys of these records.
func (b *ledgerBank) damaged(change map[int32]func(head []byte) []byte) (keys map[int32]string) {
	b.t.Helper()
	keys = map[int32]string{}
	b.inside(wire.Needs{Kafka: true}, func(ctx context.Context, d *wire.Deployment) error {
		client, err := kgo.NewClient(append(d.Kafka, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
		if err != nil {
			return err
		}
		defer client.Close()
		topic := d.Namespace.Topic(topics.State)
		for p, damage := range change {
			r := &kgo.Record{Topic: topic, Partition: p}
			reader := worker.StateReader{Kafka: d.Kafka, Topic: topic, Partition: p}
			if _, _, err := reader.Read(ctx, func(key, value []byte) {
				if bytes.HasSuffix(key, []byte("/h")) {
					r.Key, r.Value = bytes.Clone(key), damage(bytes.Clone(value))
				}
			}); err != nil {
				return err
			}
			if r.Key == nil {
				return fmt.Errorf("nothing is saved of partition %d", p)
			}
			if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
				return err
			}
			keys[p] = string(r.Key)
		}
		return nil
	})
	return keys
}

// inspected are the lines of state inspect by partition.
func (b *ledgerBank) inspected(code int) []string {
	b.t.Helper()
	out, errOut := b.run(code, "state", "inspect", "--data-dir", "data")
	if code != 0 {
		tells(b.t, errOut, "the state of a partition cannot be restored; see `tierwatch state rebuild --help`")
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 5 {
		b.t.Fatalf("want a heading and four partitions:\n%s", out)
	}
	return lines[1:]
}

// The way of an operator out of damaged state, with real engines: the fold says which
// partition has stopped and what to do, inspect tells the same, and rebuild mends it.
func TestDamagedStateIsToldAndRebuilt(t *testing.T) {
	b, want := newBankOf(t, 40)
	b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", "data", "core.csv")
	for p, line := range b.inspected(0) {
		if !strings.HasSuffix(line, "  2025-04-10  whole") {
			t.Errorf("partition %d, which is in order: %s", p, line)
		}
	}
	keys := b.damaged(map[int32]func([]byte) []byte{
		1: func(head []byte) []byte { return head[:len(head)/2] },
		3: func(head []byte) []byte { head[len(head)-1] ^= 1; return head },
	})

	d := start(t, "run", "--roles", "fold", "--data-dir", filepath.Join(b.dir, "data"), "--set", "http.addr=127.0.0.1:0")
	var told []string
	for range keys {
		d.await("saved state cannot be restored: this partition has stopped")
		told = append(told, d.tail[len(d.tail)-1])
	}
	tells(t, strings.Join(told, "\n"), `"partition":1,`, `"partition":3,`, "tierwatch state rebuild --partition")
	d.interrupt()
	if code := d.wait(); code != 0 {
		t.Errorf("a fold with partitions that have stopped ends with exit code %d", code)
	}
	for p, line := range b.inspected(3) {
		want := "  whole"
		if key, damaged := keys[int32(p)]; damaged {
			want = fmt.Sprintf("  state record of a customer, its key has the hash %016x: checksum does not match: state record is damaged", ledger.HashID(key))
		}
		if !strings.HasSuffix(line, want) {
			t.Errorf("partition %d: want %s: %s", p, want, line)
		}
	}
	// More comes, so that there is something to fold onto what is rebuilt.
	b.run(0, "dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--data-dir", "data", "--mapping", "fixed.yaml")

	for _, p := range []string{"1", "3"} {
		out, _ := b.run(0, "state", "rebuild", "--partition", p, "--data-dir", "data")
		tells(t, out, "partition "+p+" will be folded from the start of its log at the next start")
	}
	for p, line := range b.inspected(0) {
		if !strings.HasSuffix(line, "  whole") {
			t.Errorf("partition %d after the rebuild: %s", p, line)
		}
	}
	if r := b.verify(); r.Transactions != want.accepted+want.unknownCurrency {
		t.Errorf("%d transactions are proved, want %d", r.Transactions, want.accepted+want.unknownCurrency)
	}
	for p, line := range b.inspected(0) { // verify lets the fold catch up, and save
		if !strings.HasSuffix(line, "  2025-04-10  whole") {
			t.Errorf("partition %d, folded anew: %s", p, line)
		}
	}
}

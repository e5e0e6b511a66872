//go:build linux

package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"
)

// smallDisk is a directory on a disk of its own; fill takes all of it but free bytes.
func smallDisk(t *testing.T) (dir string, fill func(free int64)) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=96m"); err != nil {
		t.Skipf("no small disk: mounting a tmpfs needs rights that this user does not have: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(dir, "filler")
	return dir, func(free int64) {
		t.Helper()
		if err := os.RemoveAll(filler); err != nil {
			t.Fatal(err)
		}
		have, ok := FreeBytes(dir)
		if !ok {
			t.Fatal("the disk does not tell what is free")
		}
		if size := int64(have) - free; size > 0 {
			// An engine may have taken some of it meanwhile.
			if err := os.WriteFile(filler, make([]byte, size), 0o600); err != nil && !errors.Is(err, unix.ENOSPC) {
				t.Fatal(err)
			}
		}
	}
}

const roomy = 1 << 40 // more than there is: nothing is filled

// wantFull wants an error that names the directory and the remedy.
func wantFull(t *testing.T, err error, dir string) {
	t.Helper()
	if !errors.Is(err, ErrDiskFull) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("error = %v, want a full disk, %s and the remedy", err, dir)
	}
}

// The disk stays full over more attempts than a broken engine is given, and over a
// start of the program: the broker comes back when there is room, with everything
// that was acknowledged.
func TestKafkaWaitsForRoom(t *testing.T) {
	dir, fill := smallDisk(t)
	data := filepath.Join(dir, "kafka")
	seen := newEvents()
	o := KafkaOptions{DataDir: data, OnEvent: seen.add, backoffMax: time.Millisecond}
	k := startKafka(t, o)
	createTopic(t, k, "t", nil)
	client := kafkaClient(t, k)
	produce(t, client, "t", "a=1")
	fill(0)
	openProcess(t, k.PID()).kill(t)
	for range 2 * restartMax {
		wantFull(t, seen.wait(t, EventRestartFailed).Err, data)
	}
	fill(roomy)
	seen.wait(t, EventRestarted)
	produce(t, client, "t", "b=1")
	wantRecords(t, k, "t", "a=1", "b=1")

	stopEngine(t, k)
	fill(0)
	_, err := StartKafka(t.Context(), KafkaOptions{DataDir: data, Logger: testLog(t)})
	wantFull(t, err, data)
	fill(roomy)
	k = startKafka(t, KafkaOptions{DataDir: data})
	produce(t, kafkaClient(t, k), "t", "c=1")
	wantRecords(t, k, "t", "a=1", "b=1", "c=1")
}

// The broker runs into the end of the disk: what it acknowledged until then is kept.
func TestKafkaRunsOutOfRoom(t *testing.T) {
	dir, fill := smallDisk(t)
	seen := newEvents()
	k := startKafka(t, KafkaOptions{DataDir: filepath.Join(dir, "kafka"), OnEvent: seen.add, backoffMax: time.Millisecond})
	createTopic(t, k, "t", nil)
	fill(64 << 10)
	client := kafkaClient(t, k, kgo.ProducerBatchCompression(kgo.NoCompression()))
	kept := make(chan int, 1)
	go func() { // each record waits until it is kept, over the broker's death
		n := 0
		for ; n < 200 && t.Context().Err() == nil; n++ {
			if client.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: make([]byte, 1000)}).FirstErr() != nil {
				break
			}
		}
		kept <- n
	}()
	seen.wait(t, EventDied)
	seen.wait(t, EventRestartFailed)
	fill(roomy)
	seen.wait(t, EventRestarted)
	n := <-kept
	if got := consume(t, k, "t"); n != 200 || len(got) != n {
		t.Errorf("%d records acknowledged of 200, %d kept", n, len(got))
	}
}

// ClickHouse refuses rows, says so with its directory, and takes them when there is
// room; a start on a full disk says the same.
func TestClickHouseWaitsForRoom(t *testing.T) {
	lib := library(t)
	dir, fill := smallDisk(t)
	data := filepath.Join(dir, "clickhouse")
	seen := newEvents()
	c := startClickHouse(t, ClickHouseOptions{DataDir: data, OnEvent: seen.add, PingEvery: time.Millisecond})
	conn := application(t, c)
	mustExec(t, conn, createNumbers)
	insertNumbers(t, conn, 10)
	fill(0)
	wantFull(t, seen.wait(t, EventDiskFull).Err, data)
	wantCode(t, "insert without room", conn.Exec(t.Context(), "INSERT INTO numbers SELECT number FROM numbers(1000000)"), 243)
	fill(roomy)
	insertNumbers(t, conn, 10)
	if got := sumNumbers(t, conn); got != 90 {
		t.Errorf("sum = %d, want 90", got)
	}

	_ = conn.Close() // the engine would wait for it
	stopEngine(t, c)
	fill(0)
	_, err := StartClickHouse(t.Context(), ClickHouseOptions{DataDir: data, Lib: lib, Logger: testLog(t)})
	wantFull(t, err, data)
	fill(roomy)
	if got := sumNumbers(t, application(t, startClickHouse(t, ClickHouseOptions{DataDir: data}))); got != 90 {
		t.Errorf("after a start: sum = %d, want 90", got)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// streamsHeap is the most heap of Kafka Streams: what the peers were measured with.
const streamsHeap = "-Xmx3g"

// runStreams measures Kafka Streams on the same topic; without Java or Maven the
// table says why it is left out.
func (b *peerBench) runStreams(ctx context.Context) error {
	const what = "Kafka Streams"
	if b.kstreams == "" {
		b.table.add(what, "-", "left out as asked for")
		return nil
	}
	if missing := absentTool("java", "mvn"); missing != "" {
		b.table.add(what, "-", "left out: there is no "+missing+" on the PATH")
		return nil
	}
	dir, err := os.MkdirTemp("", "tierwatch-bench-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	err = b.streamsIn(ctx, dir)
	return errors.Join(err, os.RemoveAll(dir))
}

// absentTool is the first of the tools that is not on the PATH.
func absentTool(tools ...string) string {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return tool
		}
	}
	return ""
}

func (b *peerBench) streamsIn(ctx context.Context, dir string) error {
	build := filepath.Join(dir, "build")
	say("building %s", b.kstreams)
	mvn := exec.CommandContext(ctx, "mvn", "-B", "-q", "-f", filepath.Join(b.kstreams, "pom.xml"), "-Drolling.build="+build,
		"package", "dependency:copy-dependencies", "-DincludeScope=runtime")
	if said, err := mvn.CombinedOutput(); err != nil {
		return fmt.Errorf("build the job on Kafka Streams: %w\n%s", err, said)
	}
	app := b.name + "-streams"
	out := app + "-out"
	if err := b.makeTopic(ctx, out); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "streams.log"))
	if err != nil {
		return fmt.Errorf("make log: %w", err)
	}
	defer func() { _ = log.Close() }()
	var args []string
	args = append(args, streamsHeap, "-cp", filepath.Join(build, "rolling-tier.jar")+":"+filepath.Join(build, "dependency", "*"))
	for _, set := range [][2]string{{"bootstrap", b.brokers}, {"app", app}, {"in", b.topic}, {"out", out}, {"dir", dir}, {"store", b.store}} {
		args = append(args, "-D"+set[0]+"="+set[1])
	}
	child := exec.CommandContext(ctx, "java", append(args, "tierwatch.rollingtier.RollingTier")...)
	child.Stdout, child.Stderr = log, log
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 30 * time.Second
	began := time.Now()
	if err := child.Start(); err != nil {
		return fmt.Errorf("start Kafka Streams: %w", err)
	}
	w := &streamsWatch{b: b, app: app, out: out, pid: child.Process.Pid, began: began}
	err = w.untilDone(ctx, child)
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("run Kafka Streams: %w\n%s", err, said)
	}
	half := int(b.input.records - w.half)
	late := used{wall: w.all.wall - w.atHalf.wall, cpu: w.all.cpu - w.atHalf.cpu}
	b.streams = &jobRun{used: w.all, topic: out, warm: late.times(float64(b.input.records) / float64(half)), note: fmt.Sprintf(
		"%s store, changelog, exactly_once_v2, 2 threads, start of the JVM included; second half %s, %.2f µs",
		b.store, perSecond(half, late.wall.Seconds()), us(late.cpu, half))}
	b.line("Kafka Streams, whole path", b.streams)
	return nil
}

// streamsWatch follows the job by its group's offsets: they commit with outputs
// and changelog.
type streamsWatch struct {
	b           *peerBench
	app, out    string
	pid         int
	began       time.Time
	half        int64 // events done at the first look past the middle
	atHalf, all used
}

// untilDone waits until everything is committed and readable, then stops the child.
func (w *streamsWatch) untilDone(ctx context.Context, child *exec.Cmd) error {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cancel(fmt.Errorf("it ended by itself: %w", child.Wait()))
	}()
	err := await(ctx, "Kafka Streams", w.look)
	_ = child.Process.Signal(syscall.SIGTERM) // it may have ended
	<-ended
	cancel(nil)
	return err
}

// look reads the clock before it asks, so that the answer is not older than it.
func (w *streamsWatch) look(ctx context.Context) (bool, error) {
	offsets, err := w.b.admin.FetchOffsets(ctx, w.app)
	if err != nil { // the group comes with the job
		return false, ctx.Err()
	}
	done := int64(0)
	offsets.Each(func(o kadm.OffsetResponse) {
		if o.Topic == w.b.topic {
			done += max(0, o.At-w.b.input.starts[o.Partition])
		}
	})
	if w.half == 0 && 2*done >= w.b.input.records {
		w.half, w.atHalf = done, w.used()
	}
	if done < w.b.input.records {
		return false, nil
	}
	settled, err := w.b.settled(ctx, w.out, w.app+"-customers-changelog")
	w.all = w.used()
	return settled, err
}

func (w *streamsWatch) used() used { return used{wall: time.Since(w.began), cpu: processCPU(w.pid)} }

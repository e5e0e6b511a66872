package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// The families of series, by which figures are named.
const (
	memoryOf  = "memory"
	heapOf    = "heap"
	lagOf     = "lag"
	latencyOf = "latency"
	partsOf   = "parts"
	diskOf    = "disk"
	cpuSeries = "cpu"
)

// Names of the engines among the processes.
const (
	kafkaEngine      = "kafka"
	clickhouseEngine = "clickhouse"
	// lookColumn is the part of ClickHouse's CPU that looks into the views take. It is not
	// in the other: what the measuring costs grows with the tables.
	lookColumn = "clickhouse for looks"
)

const mb = 1e6

// openFrame lays the series out: tables and topics are known by now.
func (b *steady) openFrame(ctx context.Context) error {
	names, err := b.withClickHouse(func(conn driver.Conn) ([]string, error) {
		return tableNames(ctx, conn, b.engines.clickhouse.Database())
	})
	if err != nil {
		return err
	}
	disks := []string{bankTopic}
	for _, spec := range topics.Table() {
		disks = append(disks, namespace.Topic(spec.ID))
	}
	processes := append(slices.Clone(members), kafkaEngine, clickhouseEngine)
	b.frame.families = []*family{
		{name: memoryOf, unit: "MB", columns: processes, floor: 16},
		{name: heapOf, unit: "MB", columns: members, floor: 16},
		{name: lagOf, unit: "records", columns: []string{"ingest", "fold", "warehouse"}, floor: float64(b.rate) / 10},
		{name: latencyOf, unit: "ms", columns: []string{"p50", "p95", "p99", "p99.9"}, floor: 10},
		{name: partsOf, unit: "parts", columns: names, floor: 10},
		{name: diskOf, unit: "MB", columns: disks, floor: 128},
		{name: cpuSeries, unit: "µs", columns: append(slices.Clone(processes), lookColumn), floor: 0.5},
	}
	return nil
}

// withClickHouse opens a connection for one question: it is not in the engine's way
// when it stops.
func (b *steady) withClickHouse(ask func(driver.Conn) ([]string, error)) (_ []string, err error) {
	ch := b.engines.clickhouse
	conn, err := clickhouse.Open(clickhouse.ConnOptions{Addrs: []string{ch.Addr()}, Database: ch.Database(), User: ch.User(), Password: ch.Password()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return ask(conn)
}

func tableNames(ctx context.Context, conn driver.Conn, database string) (names []string, err error) {
	rows, err := conn.Query(ctx, `SELECT name FROM system.tables WHERE database = $1 AND engine LIKE '%MergeTree' ORDER BY name`, database)
	if err != nil {
		return nil, fmt.Errorf("ask for tables: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read tables: %w", err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read tables: %w", err)
	}
	return names, nil
}

// sample takes everything down at each interval until the load ends.
func (b *steady) sample(ctx context.Context) error {
	tick := time.NewTicker(b.every)
	defer tick.Stop()
	show := bar()
	defer show.End()
	s := &sampler{b: b, cpu: b.cpu(), total: map[string]time.Duration{}}
	warm := b.record.began.Add(b.warm())
	for {
		select {
		case <-ctx.Done():
			b.record.after, b.record.sentAfter = s.total, s.sent
			return nil
		case <-tick.C:
		}
		r := s.take(ctx)
		if ctx.Err() != nil {
			continue
		}
		now := time.Now()
		if b.record.before == nil && now.After(warm) {
			b.record.before, b.record.sentBefore = maps.Clone(s.total), s.sent
		}
		b.frame.add(now.Sub(b.record.began).Minutes(), r)
		if err := b.frame.write(b.csv, b.name+"-"); err != nil {
			return err
		}
		show.Show("load", int64(now.Sub(b.record.began)), int64(b.duration), s.line(r))
		var disk syscall.Statfs_t
		if err := syscall.Statfs(b.dir, &disk); err == nil {
			if free := int64(disk.Bavail) * disk.Bsize; free>>20 < int64(b.leastFree) {
				return dropped(free)
			}
		}
	}
}

// sampler remembers what the last sample found: the CPU of each process in its
// present life, and in all.
type sampler struct {
	b          *steady
	cpu, total map[string]time.Duration
	sent       int64
}

// take is one sample. What cannot be had now is absent from it.
func (s *sampler) take(ctx context.Context) row {
	r, b := row{}, s.b
	cpu, sent := b.cpu(), b.pace.sent.Load()
	for name, pid := range b.pids() {
		if m := processMemory(pid); m > 0 {
			r.set(memoryOf, name, float64(m)/mb)
		}
	}
	for name, used := range s.used(cpu) {
		s.total[name] += used
		if sent > s.sent && (used != 0 || name == lookColumn) { // else it is down
			r.set(cpuSeries, name, float64(used.Microseconds())/float64(sent-s.sent))
		}
	}
	s.cpu, s.sent = cpu, sent
	for _, name := range members {
		if m, err := scrape(ctx, b.http[name]); err == nil {
			r.set(heapOf, name, float64(m.alive())/mb)
		}
	}
	if l, err := b.lags(ctx); err == nil {
		if l.overtaken > 0 {
			b.record.overtaken = l.overtaken
		}
		r.set(lagOf, "ingest", float64(l.ingest))
		r.set(lagOf, "fold", float64(l.fold))
		r.set(lagOf, "warehouse", float64(l.warehouse))
	}
	if q := quantilesOf(b.probe.take()); q.n > 0 {
		for column, d := range map[string]time.Duration{"p50": q.p50, "p95": q.p95, "p99": q.p99, "p99.9": q.p999} {
			r.set(latencyOf, column, float64(d.Microseconds())/1000)
		}
	}
	if !b.halted.Load() {
		if parts, err := b.parts(ctx); err == nil {
			r[partsOf] = parts
		}
	}
	if disks, err := b.disks(ctx); err == nil {
		r[diskOf] = disks
	}
	return r
}

// used is what each process has used since the last sample.
func (s *sampler) used(cpu map[string]time.Duration) map[string]time.Duration {
	used := map[string]time.Duration{}
	for name := range cpu {
		if used[name] = cpu[name] - s.cpu[name]; used[name] < 0 { // another life
			used[name] = cpu[name]
		}
	}
	used[clickhouseEngine] -= used[lookColumn]
	return used
}

// line is what the progress line tells of a sample.
func (s *sampler) line(r row) string {
	sent, readable := s.b.probe.counts()
	return fmt.Sprintf("%s sent, lag %.0f/%.0f/%.0f, p50 %.0f p99 %.0f ms, %d alerts on their way", grouped(s.sent),
		r[lagOf]["ingest"], r[lagOf]["fold"], r[lagOf]["warehouse"], r[latencyOf]["p50"], r[latencyOf]["p99"], sent-readable)
}

// pids are the processes, 0 for one that is down.
func (b *steady) pids() map[string]int {
	all := map[string]int{kafkaEngine: b.engines.kafka.PID(1), clickhouseEngine: b.engines.clickhouse.PID()}
	for _, name := range members {
		all[name] = b.crew.Members[name].PID()
	}
	return all
}

// cpu is what each process has used in its present life, and what the looks have.
func (b *steady) cpu() map[string]time.Duration {
	all := map[string]time.Duration{}
	for name, pid := range b.pids() {
		all[name] = processCPU(pid)
	}
	all[lookColumn] = time.Duration(b.lookCPU.Load())
	return all
}

// parts are the active parts of each table's fullest month: what ClickHouse refuses
// inserts for when there are too many.
func (b *steady) parts(ctx context.Context) (map[string]float64, error) {
	parts := map[string]float64{}
	for _, name := range b.frame.of(partsOf).columns {
		parts[name] = 0
	}
	ctx, cancel := context.WithTimeout(ctx, b.every) // it may be held in this moment
	defer cancel()
	_, err := b.withClickHouse(func(conn driver.Conn) (_ []string, err error) {
		rows, err := conn.Query(ctx, `SELECT table, max(n) FROM (SELECT table, partition, count() AS n FROM system.parts
WHERE active AND database = $1 GROUP BY table, partition) GROUP BY table`, b.engines.clickhouse.Database())
		if err != nil {
			return nil, fmt.Errorf("ask for parts: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var name string
			var n uint64
			if err := rows.Scan(&name, &n); err != nil {
				return nil, fmt.Errorf("read parts: %w", err)
			}
			parts[name] = float64(n)
		}
		return nil, rows.Err()
	})
	return parts, err
}

// disks are the sizes of the topics, megabytes.
func (b *steady) disks(ctx context.Context) (map[string]float64, error) {
	dirs, err := b.admin.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the topics' sizes: %w", err)
	}
	sizes := map[string]float64{}
	dirs.Each(func(d kadm.DescribedLogDir) {
		d.Topics.Each(func(p kadm.DescribedLogDirPartition) { sizes[p.Topic] += float64(p.Size) / mb })
	})
	maps.DeleteFunc(sizes, func(topic string, _ float64) bool { return !slices.Contains(b.frame.of(diskOf).columns, topic) })
	return sizes, nil
}

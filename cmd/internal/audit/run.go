package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/logrows"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Options of Run.
type Options struct {
	// Limit is how many differences the report lists.
	Limit int
	// From is the snapshot to fold the log onto, nil: the start of the log. What lies
	// before it is not proved.
	From *snapshot.Snapshot
	// Pipeline runs fold and warehouse until they have passed the end of the log:
	// nobody else does when the engines were started for the audit.
	Pipeline bool
	// Progress is told what is done of what is to do, from one goroutine. Optional.
	Progress func(stage string, done, total int64)
}

// Stages of an audit, as Options.Progress names them.
const (
	StageFold      = "waiting for the fold"
	StageWarehouse = "waiting for the warehouse"
	StageCompare   = "folding the log anew"
)

type auditor struct {
	d *wire.Deployment
	o Options
	// restart is how long a role may be away before nobody is thought to run it.
	restart time.Duration
	bounds  []reading.Bounds
	targets clickhouse.Targets
	skips   []map[int64]bool
	sources sources
	rows    *clickhouse.Reader
	conn    driver.Conn
	tiers   logrows.Tiers
	found   finder
	report  *Report
	letters int64 // of ingest
	// dead are the records of tierwatch.dlq, by the row they make, with the place of one.
	dead  map[clickhouse.Letter]clickhouse.At
	done  int64
	total int64
}

// Run audits a deployment. Differences are no error: see Report.Found.
func Run(ctx context.Context, d *wire.Deployment, o Options) (*Report, error) {
	a := &auditor{d: d, o: o, restart: restart, found: finder{limit: o.Limit}, report: &Report{Outputs: map[string]int64{}, Rows: map[string]int64{}}, dead: map[clickhouse.Letter]clickhouse.At{}}
	if a.o.Progress == nil {
		a.o.Progress = func(string, int64, int64) {}
	}
	if err := a.reach(ctx); err != nil {
		return nil, err
	}
	if a.o.From != nil {
		a.report.From = fromOf(a.o.From)
	}
	conn, err := clickhouse.Open(d.ClickHouse)
	if err != nil {
		return nil, err
	}
	a.conn, a.rows = conn, clickhouse.NewReader(conn, d.ClickHouse.Database)
	a.tiers.Of = wire.Tiers(d.PolicyOptions())
	err = a.compare(ctx)
	if closing := conn.Close(); err == nil && closing != nil {
		err = fmt.Errorf("close clickhouse: %w", closing)
	}
	if err != nil {
		return nil, err
	}
	r := a.report
	r.Partitions, r.Records, r.IngestLetters = len(a.bounds), a.total, a.letters
	r.Found, r.First = a.found.found, a.found.first
	return r, nil
}

func (a *auditor) compare(ctx context.Context) error {
	for id := range a.bounds {
		p, err := a.newPartition(int32(id))
		if err != nil {
			return err
		}
		err = p.run(ctx)
		p.close()
		if err != nil {
			return fmt.Errorf("audit partition %d: %w", id, err)
		}
	}
	if err := a.compareTiers(ctx); err != nil {
		return err
	}
	if err := logrows.Strays(ctx, a.conn, a.d.ClickHouse.Database, len(a.bounds), a.foundRow); err != nil {
		return err
	}
	if err := a.compareLetters(ctx); err != nil {
		return err
	}
	a.compareSources()
	a.o.Progress(StageCompare, a.total, a.total)
	return nil
}

// step counts records folded.
func (a *auditor) step(n int64) {
	const every = 4096
	a.done += n
	if a.done%every == 0 {
		a.o.Progress(StageCompare, a.done, a.total)
	}
}

// reach fixes the ends and returns when fold and warehouse have passed them.
func (a *auditor) reach(ctx context.Context) error {
	client, err := kgo.NewClient(a.d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if err := a.openSources(ctx, admin); err != nil {
		return err
	}
	if a.bounds, err = reading.Log(ctx, admin, a.d); err != nil {
		return err
	}
	if err := a.begins(ctx); err != nil {
		return err
	}
	roles := lifecycle.NewGroup(ctx)
	if a.o.Pipeline && !a.passed(ctx, admin) {
		if err := role.Pipeline(a.d, roles); err != nil {
			return err
		}
	}
	err = a.wait(roles.Context(), admin)
	roles.Stop()
	if err := errors.Join(err, roles.Wait()); err != nil {
		return err
	}
	// Not before: what the fold had still to come to may have been parked meanwhile. Behind
	// it nothing can be.
	a.skips, err = reading.Parked(ctx, a.d)
	return err
}

// passed says whether fold and warehouse have nothing to catch up.
func (a *auditor) passed(ctx context.Context, admin *kadm.Client) bool {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	behind, draining, err := progress.Folded(ctx, admin, a.d.Namespace, a.ends())
	if err != nil || behind > 0 || draining {
		return false
	}
	targets, err := progress.Targets(ctx, admin, a.d.Namespace)
	return err == nil && clickhouse.WaitPassed(ctx, admin, a.d.Namespace, targets) == nil
}

const waitPause = 200 * time.Millisecond

func (a *auditor) wait(ctx context.Context, admin *kadm.Client) error {
	tick := time.NewTicker(waitPause)
	defer tick.Stop()
	for {
		behind, draining, err := progress.Folded(ctx, admin, a.d.Namespace, a.ends())
		if err == nil && behind == 0 && !draining {
			break
		}
		a.o.Progress(StageFold, a.total-behind, a.total)
		if err := a.manned(ctx, admin, a.d.Namespace.Group(role.Fold)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-tick.C:
		}
	}
	var err error
	if a.targets, err = progress.Targets(ctx, admin, a.d.Namespace); err != nil {
		return err
	}
	a.o.Progress(StageWarehouse, 0, 0)
	manned := func(ctx context.Context) error { return a.manned(ctx, admin, a.d.Namespace.Group(role.Warehouse)) }
	if err := clickhouse.WaitPassedWhile(ctx, admin, a.d.Namespace, a.targets, manned); err != nil {
		return fmt.Errorf("wait for the warehouse: %w", err)
	}
	return nil
}

func sortedPlaces(sides map[place][2]int) []place {
	return slices.SortedFunc(maps.Keys(sides), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.offset, b.offset), cmp.Compare(a.customer, b.customer), cmp.Compare(a.sub, b.sub))
	})
}

package audit

import (
	"context"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/logrows"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// logRows compares the tables that are filled from a partition of the log itself.
func (a *auditor) logRows(id int32, from, end int64) (*logrows.Partition, error) {
	before, err := a.before(id)
	if err != nil {
		return nil, err
	}
	return logrows.New(logrows.Options{
		Conn: a.conn, Database: a.d.ClickHouse.Database, Partition: id, From: from, End: end, Before: before,
		Record: func(ctx context.Context, offset int64) (*pb.LogRecord, error) { return a.logRecord(ctx, id, offset) },
		Found:  func(d logrows.Difference) { a.foundRow(id, d) },
	}), nil
}

// before is what was said before the audit begins, of partition 0: that has the rates of
// all. The database must hold it, from the log or put in.
func (a *auditor) before(id int32) (*clickhouse.Beginning, error) {
	if a.o.From == nil || id != 0 {
		return nil, nil //nolint:nilnil // nothing, or not of this partition
	}
	b, err := a.o.From.Beginning()
	if err != nil {
		return nil, err
	}
	for _, r := range b.Records {
		a.tiers.Record(id, 0, r)
	}
	return b, nil
}

func (a *auditor) foundRow(partition int32, d logrows.Difference) {
	a.found.add(Difference{Where: d.Where, Partition: partition, Offset: d.Offset, Customer: d.Customer, What: d.What})
}

// logRecord reads one record of the log.
func (a *auditor) logRecord(ctx context.Context, id int32, offset int64) (*pb.LogRecord, error) {
	log, err := reading.Open(a.d.Kafka, a.d.Namespace.Topic(topics.Events), id, offset, offset+1)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	r, err := log.Read(ctx)
	if err != nil {
		return nil, err
	}
	rec := new(pb.LogRecord)
	return rec, rec.UnmarshalVT(r.Value)
}

// compareLog ends the comparison of a partition's tables.
func (p *partition) compareLog(ctx context.Context) error {
	rows, err := p.log.Finish(ctx)
	if err != nil {
		return err
	}
	for table, n := range rows {
		p.a.report.Rows[strings.TrimSuffix(table, "_raw")] += n
	}
	p.a.report.Transactions += p.books.positions
	p.a.report.IDs += p.log.IDs()
	return nil
}

// compareTiers compares the tiers of the policies of all partitions.
func (a *auditor) compareTiers(ctx context.Context) error {
	audited := func(partition int32, offset int64) bool {
		return int(partition) >= len(a.bounds) || offset >= a.from(partition) && offset < a.bounds[partition].End
	}
	n, err := a.tiers.Compare(ctx, a.conn, a.d.ClickHouse.Database, audited, a.foundRow)
	a.report.Rows["tiers"] = n
	return err
}

package role_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// store is a bank with a warehouse.
type store struct {
	t *testing.T
	*trial.Bank
	admin *kadm.Client
	conn  driver.Conn
	log   string
}

func newStore(t *testing.T) *store {
	t.Helper()
	o := server(t)
	s := &store{t: t, Bank: trial.New(t)}
	s.ClickHouse, s.log = o, s.Namespace.Topic(topics.Events)
	client, err := kgo.NewClient(s.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	s.admin = kadm.NewClient(client)
	if s.conn, err = clickhouse.Open(clickhouse.ConnOptions{Addrs: o.Addrs, Database: "default", User: o.User, Password: o.Password}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// filled runs the warehouse until it has read all, and gives the number of rows of a
// kind in control_raw, by kind.
func (s *store) filled() map[string]uint64 {
	s.t.Helper()
	run, err := role.NewWarehouse(s.Deployment)
	s.Run(role.Warehouse, run, err)
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	ends, err := clickhouse.Ends(ctx, s.admin, s.Namespace)
	if err == nil {
		err = clickhouse.WaitPassed(ctx, s.admin, s.Namespace, ends)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.Rest()
	rows, err := s.conn.Query(s.t.Context(), "SELECT kind, uniqExact(partition, offset) FROM tierwatch.control_raw GROUP BY kind")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	had := map[string]uint64{}
	for rows.Next() {
		var kind string
		var n uint64
		if err := rows.Scan(&kind, &n); err != nil {
			s.t.Fatal(err)
		}
		had[kind] = n
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return had
}

// refused starts the warehouse, which must end and say why.
func (s *store) refused(when, words string) {
	s.t.Helper()
	run, err := role.NewWarehouse(s.Deployment)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	err = run(ctx)
	s.Rest() // its metrics
	if !errors.Is(err, clickhouse.ErrEmptied) || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "ClickHouse has lost rows") {
		s.t.Fatalf("%s: %v; want %q", when, err, words)
	}
}

func (s *store) drop() {
	s.t.Helper()
	if err := s.conn.Exec(s.t.Context(), "DROP DATABASE tierwatch SYNC"); err != nil {
		s.t.Fatal(err)
	}
}

// rewind sets the group back to the first records that there are, as Kafka's tool does.
func (s *store) rewind() {
	s.t.Helper()
	ends, err := clickhouse.Ends(s.t.Context(), s.admin, s.Namespace)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for name := range ends {
		names = append(names, name)
	}
	starts, err := s.admin.ListStartOffsets(s.t.Context(), names...)
	if err == nil {
		err = s.admin.CommitAllOffsets(s.t.Context(), s.Namespace.Group(clickhouse.Role), starts.Offsets())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// A database that has lost what the warehouse had read is not filled from there on as if
// nothing were missing: neither that of a whole log, nor that of one that was cut.
func TestAnEmptiedDatabaseIsRefused(t *testing.T) {
	s := newStore(t)
	day := int32(20_250)
	back := s.Backfill(day)
	s.Days(back, day, day, day+2)
	had := s.filled()
	if had["engine"] != 2 || had["close"] != 6 {
		t.Fatalf("the database has %v", had)
	}
	s.Days(back, day, day+3, day+3)
	if had = s.filled(); had["close"] != 8 {
		t.Fatalf("one that has all of it goes on: %v", had)
	}

	s.drop()
	s.refused("the database is gone", "its group goes on at offset")
	s.refused("its tables are there again", "its group goes on at offset")
	s.rewind()
	if again := s.filled(); again["engine"] != had["engine"] || again["close"] != had["close"] || again["policy"] != had["policy"] {
		t.Errorf("read again: %v, want %v", again, had)
	}

	// The log is cut behind all that the database has of it now.
	ends, err := s.admin.ListEndOffsets(t.Context(), s.log)
	if err != nil {
		t.Fatal(err)
	}
	cut := ends.Offsets()
	s.Days(back, day, day+4, day+4)
	s.filled()
	if done, err := s.admin.DeleteRecords(t.Context(), cut); err != nil || done.Error() != nil {
		t.Fatal(err, done.Error())
	}
	if now := s.filled(); now["close"] != had["close"]+2 {
		t.Errorf("its log was cut: %v", now)
	}
	s.drop()
	s.refused("of a log that was cut", "its group goes on at offset")
	s.rewind()
	s.refused("of a log that was cut, from its first record on", "the log begins at offset")
	before := &clickhouse.Beginning{Day: day + 3, Cut: s.Calendar.Cut(day + 3), Records: []*pb.LogRecord{{Engine: s.Engine()}}}
	if err := clickhouse.Begin(t.Context(), s.ClickHouse, nil, before); err != nil {
		t.Fatal(err)
	}
	if now := s.filled(); now["beginning"] != 1 || now["close"] != 2 {
		t.Errorf("behind the snapshot: %v", now)
	}
}

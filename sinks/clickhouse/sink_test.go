package clickhouse

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func tx(customer, id string, minor int64) *pb.LogRecord {
	return &pb.LogRecord{Transaction: &pb.Transaction{
		CustomerId: customer, AccountId: customer + "-1", Source: "core", TxnId: id, Version: 1,
		AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_TRANSFER_IN, Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED,
		AmountMinor: minor, Currency: "CNY", BaseAmountMinor: minor, BusinessDay: 20254, ValueDay: 20254, EventTime: 20254 * 86400,
	}}
}

func count(tb testing.TB, conn driver.Conn, query string, args ...any) uint64 {
	tb.Helper()
	var n uint64
	if err := conn.QueryRow(tb.Context(), query, args...).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestEventsArrive(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	k.put(topics.Events, 0, kgo.TryCommit, tx("a", "1", 100), tx("a", "2", 200))
	k.put(topics.Events, 2, kgo.TryCommit, tx("b", "1", 300))
	run(t, k.config(db))
	k.caughtUp()
	if n := count(t, conn, "SELECT count() FROM events"); n != 3 {
		t.Errorf("%d events, want 3", n)
	}
	if n := count(t, conn, "SELECT toUInt64(sum(flow_minor)) FROM events"); n != 600 {
		t.Errorf("sum %d, want 600", n)
	}
}

package clickhouse

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestUnreadableRecords: what cannot be decoded becomes a row of dlq with its place
// and bytes; the records around it arrive.
func TestUnreadableRecords(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	k.put(topics.Events, 1, kgo.TryCommit, tx("a", "1", 100), raw("\xff\xff no message"), raw(""), tx("a", "2", 100))
	k.put(topics.Alerts, 0, kgo.TryCommit, &pb.Alert{AlertId: "x"}, &pb.Alert{Log: &pb.Position{Offset: 1}})
	k.put(topics.Snapshots, 0, kgo.TryCommit, &pb.Snapshot{CustomerId: "a", Log: &pb.Position{Offset: 1 << 41}})
	run(t, k.config(db))
	k.caughtUp()
	got := ask(t, conn, "SELECT stage, cause, origin_name, origin_partition, origin_position, hex(original) AS bytes, detail FROM dlq ORDER BY origin_name, origin_position")
	want := `stage | cause | origin_name | origin_partition | origin_position | bytes | detail
warehouse | unreadable | tierwatch.alerts | 0 | 0 | 0A0178 | read alert: log position is absent: every output of the fold has one
warehouse | unreadable | tierwatch.alerts | 0 | 1 | CA01021001 | read alert: alert_id is empty: every alert has one
warehouse | unreadable | tierwatch.events | 1 | 1 | FFFF206E6F206D657373616765 | decode log record: proto: illegal wireType 7
warehouse | unreadable | tierwatch.events | 1 | 2 |  | log record: no field of it is known: it is empty or of a newer release
warehouse | unreadable | tierwatch.snapshots | 0 | 0 | 0A0161420710808080808040 | read snapshot: log.offset 2199023255552: must be 0 to 1099511627775
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := count(t, conn, "SELECT count() FROM events"); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// TestRefusedRows: ClickHouse refuses two of many rows. They go to the dead letters
// with their place, the others in, and the stream goes on.
func TestRefusedRows(t *testing.T) {
	conn, db := database(t)
	if err := conn.Exec(t.Context(), "ALTER TABLE events_raw ADD CONSTRAINT lucky CHECK amount_minor != 666"); err != nil {
		t.Fatal(err)
	}
	k := newKafka(t)
	var list []marshaler
	for i := range int32(40) {
		minor := int64(100)
		if i == 7 || i == 31 {
			minor = 666
		}
		list = append(list, tx("a", itoa(i), minor))
	}
	k.put(topics.Events, 2, kgo.TryCommit, list...)
	run(t, k.config(db))
	k.caughtUp()
	k.caughtUp() // the dead letters were written while the first wait went on
	if n := count(t, conn, "SELECT count() FROM events"); n != 38 {
		t.Errorf("%d events, want 38", n)
	}
	got := ask(t, conn, "SELECT stage, cause, source, origin_name, origin_partition, origin_position FROM dlq ORDER BY origin_position")
	want := `stage | cause | source | origin_name | origin_partition | origin_position
warehouse | refused_by_clickhouse | events_raw | tierwatch.events | 2 | 7
warehouse | refused_by_clickhouse | events_raw | tierwatch.events | 2 | 31
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestASinkThatCannotRefuseEnds: a row is refused, and its dead letter may not be
// written. The sink ends with that error: it does not stand still with its partitions.
func TestASinkThatCannotRefuseEnds(t *testing.T) {
	conn, db := database(t)
	if err := conn.Exec(t.Context(), "ALTER TABLE events_raw ADD CONSTRAINT lucky CHECK amount_minor != 666"); err != nil {
		t.Fatal(err)
	}
	k := newKafka(t)
	k.put(topics.Events, 2, kgo.TryCommit, tx("a", "1", 666))
	k.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		k.cluster.KeepControl()
		asked := req.(*kmsg.ProduceRequest)
		resp := asked.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range asked.Topics {
			answer := kmsg.NewProduceResponseTopic()
			answer.Topic, answer.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				refused := kmsg.NewProduceResponseTopicPartition()
				refused.Partition, refused.ErrorCode = p.Partition, kerr.TopicAuthorizationFailed.Code
				answer.Partitions = append(answer.Partitions, refused)
			}
			resp.Topics = append(resp.Topics, answer)
		}
		return resp, nil, true
	})
	s, err := NewSink(k.config(db))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Errorf("error %v, want that of the dead letter", err)
	}
}

// TestAbortedOutputsAreNotSeen: the fold's transactions that were thrown away leave
// no row, and the group still reaches the ends.
func TestAbortedOutputsAreNotSeen(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	change := func(id string) *pb.TierChange {
		return &pb.TierChange{CustomerId: id, Scheme: "card", EffectiveDay: 20000, Log: &pb.Position{Offset: 5}}
	}
	k.put(topics.TierChanges, 0, kgo.TryCommit, change("kept"))
	k.put(topics.TierChanges, 0, kgo.TryAbort, change("thrown away"))
	run(t, k.config(db))
	k.caughtUp()
	if got := ask(t, conn, "SELECT customer_id FROM tier_changes"); got != "customer_id\nkept\n" {
		t.Errorf("got %s", got)
	}
}

func TestConfigSaysEverythingThatIsWrong(t *testing.T) {
	_, err := NewSink(Config{Namespace: "a b"})
	for _, want := range []string{"Conn.Addrs", "Conn.Database", "option Kafka is empty", `topic prefix "a b"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s: %v", want, err)
		}
	}
}

package clickhouse

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// populate sets every field of a message to a value that says where it comes from:
// numbers grow along the fields, texts are the field's name.
func populate(m protoreflect.Message, next *int64) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.IsList() {
			list := m.Mutable(f).List()
			for range 2 {
				if f.Message() != nil {
					populate(list.AppendMutable().Message(), next)
				} else {
					list.Append(scalarValue(f, next))
				}
			}
			continue
		}
		if f.Message() != nil {
			populate(m.Mutable(f).Message(), next)
			continue
		}
		m.Set(f, scalarValue(f, next))
	}
}

func scalarValue(f protoreflect.FieldDescriptor, next *int64) protoreflect.Value {
	*next++
	n := *next
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(fmt.Sprintf("%s-%d", f.Name(), n))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(fmt.Sprintf("%s-%d", f.Name(), n)))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len() - 1).Number())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	default:
		return protoreflect.ValueOfInt64(n)
	}
}

func populated[M proto.Message](m M) M {
	var n int64
	populate(m.ProtoReflect(), &n)
	return m
}

// oneOf is a log record whose named field is fully set.
func oneOf(field string) *pb.LogRecord {
	rec := new(pb.LogRecord)
	f := rec.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(field))
	var n int64
	populate(rec.ProtoReflect().Mutable(f).Message(), &n)
	return rec
}

// everyField gives records with every field set, of all topics, to take.
func everyField(take func(id topics.ID, partition int32, first int64, list ...marshaler)) {
	var log []marshaler
	for _, field := range []string{"transaction", "profile", "lifecycle", "rm", "balance", "close", "handover", "rates", "policy", "engine", "term", "credit", "complaint", "rm_action", "seed", "override"} {
		log = append(log, oneOf(field))
	}
	take(topics.Events, 0, 100, log...)
	take(topics.Verdicts, 0, 0, populated(new(pb.Verdict)))
	snapshot := populated(new(pb.Snapshot))
	snapshot.Later = []int64{1, 1_000, 0} // a day later he has more assets
	take(topics.Snapshots, 0, 0, snapshot)
	take(topics.TierChanges, 0, 0, populated(new(pb.TierChange)))
	take(topics.Alerts, 0, 0, populated(new(pb.Alert)))
	take(topics.DLQ, 3, 33, populated(new(pb.DeadLetter)))
}

// TestEveryFieldLands puts records with every field set into ClickHouse and shows
// what each table then holds, a line per column: nothing may be lost or land in the
// wrong place.
func TestEveryFieldLands(t *testing.T) {
	conn, db := database(t)
	everyField(func(id topics.ID, partition int32, first int64, list ...marshaler) {
		fill(t, db, id, partition, first, list...)
	})
	for _, r := range newBatch().tables() {
		header, lines := cut(ask(t, conn, "SELECT * FROM "+r.name()+" FINAL ORDER BY ALL"))
		names := strings.Split(header, " | ")
		var b strings.Builder
		for line := range strings.Lines(lines) {
			cells := strings.Split(strings.TrimSuffix(line, "\n"), " | ")
			for i, cell := range cells {
				fmt.Fprintf(&b, "%-26s %s\n", names[i], cell)
			}
			b.WriteByte('\n')
		}
		golden(t, "rows/"+r.name()+".txt", b.String())
	}
}

// TestInsertStatements shows what is sent for each table when every field is set:
// columns that hold nothing but defaults even so are left out.
func TestInsertStatements(t *testing.T) {
	rows, d := newBatch(), &decoder{tiers: testTiers}
	for p := range int32(2) { // of partition 0 alone the column of partitions would be left out
		everyField(func(id topics.ID, partition int32, first int64, list ...marshaler) {
			decodeAll(t, d, rows, id, partition+p, first, list...)
		})
	}
	rows.seal()
	var b strings.Builder
	for _, r := range rows.tables() {
		b.WriteString(r.insertion("bank", 0, r.count()).statement + "\n\n")
	}
	golden(t, "inserts.sql", b.String())
}

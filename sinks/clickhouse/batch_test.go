package clickhouse

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestABatchThatGrewInABacklogGoes: a batch is used again, with the memory it has, but
// not for ever when a backlog is over that made it large.
func TestABatchThatGrewInABacklogGoes(t *testing.T) {
	b := newBatch()
	hold := func(records int) bool {
		for i := range records {
			b.note(origin{"tierwatch.events", 0, int64(i)}, 1)
		}
		return b.reset()
	}
	if !hold(8_000) {
		t.Fatal("a full batch is not used again")
	}
	for range fewMost - 1 {
		if !hold(999) {
			t.Fatal("the batch goes too soon")
		}
	}
	if !hold(1_000) {
		t.Error("a batch that is filled to an eighth is not used again")
	}
	for range fewMost - 1 {
		hold(10)
	}
	if hold(10) {
		t.Errorf("a batch is kept that %d times in a row held less than an eighth of what it can", fewMost)
	}
}

// TestABatchIsFullByWhatItsRowsTake: a snapshot of some bytes becomes rows of three
// tables with all their columns, and it is those that memory must be there for.
func TestABatchIsFullByWhatItsRowsTake(t *testing.T) {
	d := decoder{namespace: topics.DefaultNamespace}
	snap := &pb.Snapshot{CustomerId: "C-1", Day: 20_000, Log: &pb.Position{Offset: 1}, Schemes: []*pb.SchemeSnapshot{{Scheme: "retail"}, {Scheme: "card"}}}
	value, err := snap.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	b := newBatch()
	add := func() {
		from := origin{topics.DefaultNamespace.Topic(topics.Snapshots), 0, int64(b.records)}
		b.note(from, 1)
		if err := d.add(b, message{from, value, 1}); err != nil {
			t.Fatal(err)
		}
	}
	if used, _ := b.size(); used != 0 {
		t.Errorf("an empty batch takes %d bytes", used)
	}
	const limit = 1 << 20
	for !b.full(1<<30, limit) {
		add()
	}
	if most := limit / len(value) / 4; b.records > most {
		t.Errorf("%d snapshots of %d bytes fit into %d bytes, want less than %d: each is five rows", b.records, len(value), limit, most)
	}
	if !b.full(b.records, 1<<30) || b.full(b.records+1, 1<<30) {
		t.Error("the number of records counts too")
	}
	used, room := b.size()
	if small := room/roomMost - 1; !b.full(1<<30, small) {
		t.Errorf("room for %d bytes is not too much where a batch may hold %d", room, small)
	}
	if room < used {
		t.Errorf("%d bytes in room for %d", used, room)
	}
	b.reset()
	if now, kept := b.size(); now != 0 || kept < room*9/10 {
		t.Errorf("after a reset %d bytes are used and there is room for %d, want none and some %d", now, kept, room)
	}
}

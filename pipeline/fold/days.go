package fold

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// days gathers snapshots of one customer that go into one record: the first whole,
// then of each day what differs from the one before.
type days struct {
	customer string
	head     []byte
	later    []byte
	day      int32
	// The numbers and texts of the last day, and of the next.
	columns, nextColumns []int64
	texts, nextTexts     []string
}

// fieldLater is Snapshot.later, and the last of its fields.
const fieldLater = 11

// daysMost bounds the bytes of later days in a record, but for the quiet ones that
// follow: those of the horizon take 20 KB at most.
const daysMost = 1 << 16

// addDay puts a day behind the last one, or into a record of its own where a text is
// another or a day is missing between.
func (p *Partition) addDay(ap *activePlan, out *pb.Snapshot) {
	w := &p.scratch.days
	w.nextColumns, w.nextTexts = out.Columns(w.nextColumns[:0]), out.Texts(w.nextTexts[:0])
	if len(w.head) > 0 && w.day+1 == out.Day && len(w.later) < daysMost && slices.Equal(w.texts, w.nextTexts) {
		w.begin(out.Day)
		for i, v := range w.nextColumns {
			w.put(i, v)
		}
		w.end()
		return
	}
	p.endDays()
	w.customer, w.day, w.head = out.CustomerId, out.Day, p.head(out, ap.longestOf(out), w.head)
	w.columns, w.nextColumns = w.nextColumns, w.columns
	w.texts, w.nextTexts = w.nextTexts, w.texts
}

// begin, put and end write a day behind the last one: put what differs, by column.
func (w *days) begin(day int32) { w.day = day }

func (w *days) put(column int, value int64) {
	if diff := value - w.columns[column]; diff != 0 {
		w.columns[column] = value
		w.later = protowire.AppendVarint(w.later, protowire.EncodeZigZag(int64(column+1)))
		w.later = protowire.AppendVarint(w.later, protowire.EncodeZigZag(diff))
	}
}

func (w *days) end() { w.later = append(w.later, 0) }

// head marshals a day into to, at most bound bytes.
func (p *Partition) head(out *pb.Snapshot, bound int, to []byte) []byte {
	to = slices.Grow(to[:0], bound)[:bound]
	n, err := out.MarshalToSizedBufferVT(to)
	if err != nil {
		p.append(KindSnapshot, out.CustomerId, 0, nil, err)
	}
	return to[:copy(to, to[bound-n:])]
}

// endDays says what was gathered.
func (p *Partition) endDays() {
	w := &p.scratch.days
	if len(w.head) == 0 {
		return
	}
	if len(w.later) > 0 {
		w.head = protowire.AppendTag(w.head, fieldLater, protowire.BytesType)
		w.head = protowire.AppendVarint(w.head, uint64(len(w.later)))
	}
	v := p.out.room(len(w.head) + len(w.later))
	copy(v[copy(v, w.head):], w.later)
	p.append(KindSnapshot, w.customer, 0, v, nil)
	w.head, w.later = w.head[:0], w.later[:0]
}

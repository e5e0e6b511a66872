package tierwatchpb

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ofTheRecord are the fields that days of one record share, or count on by themselves.
var ofTheRecord = []protoreflect.FullName{
	"tierwatch.v1.Snapshot.customer_id", "tierwatch.v1.Snapshot.day", "tierwatch.v1.Snapshot.as_of", "tierwatch.v1.Snapshot.restated",
	"tierwatch.v1.Snapshot.later", "tierwatch.v1.Snapshot.log", "tierwatch.v1.Snapshot.policy", "tierwatch.v1.MetricValue.name", "tierwatch.v1.ScoreValue.name",
	"tierwatch.v1.Contribution.dimension", "tierwatch.v1.Contribution.weight_bp",
}

// sample has one of everything, each number another one.
func sample() *Snapshot {
	m := &Snapshot{
		Metrics: []*MetricValue{{}, {}},
		Scores:  []*ScoreValue{{Contributions: []*Contribution{{}, {}}}},
		Schemes: []*SchemeSnapshot{{Holdings: []*Holding{{}}}, {Holdings: []*Holding{{}, {}}}},
	}
	n := int64(0)
	leaves(m.ProtoReflect(), func(m protoreflect.Message, f protoreflect.FieldDescriptor) {
		n++
		change(m, f, n)
	})
	return m
}

// leaves visits every field of a message and of those below it that is none itself.
func leaves(m protoreflect.Message, visit func(protoreflect.Message, protoreflect.FieldDescriptor)) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		switch {
		case slices.Contains(ofTheRecord, f.FullName()):
		case f.IsList():
			for k := range m.Get(f).List().Len() {
				leaves(m.Get(f).List().Get(k).Message(), visit)
			}
		default:
			visit(m, f)
		}
	}
}

func change(m protoreflect.Message, f protoreflect.FieldDescriptor, n int64) {
	switch f.Kind() {
	case protoreflect.StringKind:
		m.Set(f, protoreflect.ValueOfString(m.Get(f).String()+"x"))
	case protoreflect.BoolKind:
		m.Set(f, protoreflect.ValueOfBool(!m.Get(f).Bool()))
	case protoreflect.EnumKind:
		m.Set(f, protoreflect.ValueOfEnum(m.Get(f).Enum()^3))
	case protoreflect.Int32Kind:
		m.Set(f, protoreflect.ValueOfInt32(int32(m.Get(f).Int()+n)))
	case protoreflect.Uint32Kind:
		m.Set(f, protoreflect.ValueOfUint32(uint32(m.Get(f).Uint()+uint64(n))))
	case protoreflect.Int64Kind:
		m.Set(f, protoreflect.ValueOfInt64(m.Get(f).Int()+n))
	default:
		panic("days_test: what kind is " + f.Kind().String())
	}
}

// TestColumnsForgetNoField: whatever differs between two days is a column or a text.
func TestColumnsForgetNoField(t *testing.T) {
	m := sample()
	columns, texts, n := m.Columns(nil), m.Texts(nil), 0
	leaves(m.ProtoReflect(), func(x protoreflect.Message, f protoreflect.FieldDescriptor) {
		n++
		was := x.Get(f)
		change(x, f, 1_000)
		now, words := m.Columns(nil), m.Texts(nil)
		if f.Kind() == protoreflect.StringKind && slices.Equal(texts, words) {
			t.Errorf("%s is no text", f.FullName())
		}
		if f.Kind() != protoreflect.StringKind && slices.Equal(columns, now) {
			t.Errorf("%s is no column", f.FullName())
		}
		x.Set(f, was)
	})
	if n != len(columns)+len(texts) {
		t.Errorf("%d fields, %d columns and %d texts", n, len(columns), len(texts))
	}
	other := sample()
	leaves(other.ProtoReflect(), func(x protoreflect.Message, f protoreflect.FieldDescriptor) {
		if f.Kind() != protoreflect.StringKind {
			change(x, f, 7)
		}
	})
	other.setColumns(columns)
	if !proto.Equal(m, other) {
		t.Errorf("put back:\n%v\nwant\n%v", other, m)
	}
	for s := range m.Schemes {
		if m.Columns(nil)[m.AdbSumColumn(s)] != m.Schemes[s].AdbSumMinor {
			t.Errorf("scheme %d: another column is the sum", s)
		}
	}
}

// TestEachDay: numbers move on from day to day; what is no day is refused.
func TestEachDay(t *testing.T) {
	days := func(later ...int64) (list []*Snapshot, err error) {
		m := &Snapshot{Day: 10, AssetsMinor: 5, Metrics: []*MetricValue{{Value: 7}}, Later: later}
		err = m.EachDay(func(d *Snapshot) error {
			list = append(list, d.CloneVT())
			return nil
		})
		return list, err
	}
	got, err := days(2, -3, 0, 0, 1, 4, 2, 1, 0)
	want := []*Snapshot{
		{Day: 10, AssetsMinor: 5, Metrics: []*MetricValue{{Value: 7}}},
		{Day: 11, AssetsMinor: 5, Metrics: []*MetricValue{{Value: 4}}},
		{Day: 12, AssetsMinor: 5, Metrics: []*MetricValue{{Value: 4}}},
		{Day: 13, AssetsMinor: 9, Metrics: []*MetricValue{{Value: 5}}},
	}
	if err != nil || !slices.EqualFunc(got, want, func(a, b *Snapshot) bool { return proto.Equal(a, b) }) {
		t.Errorf("days %v (%v), want %v", got, err, want)
	}
	for _, bad := range [][]int64{{1}, {1, 2}, {3, 1, 0}, {-1, 1, 0}, {1, 2, 1, 0}, {0, 1, 2}} {
		if _, err := days(bad...); err == nil {
			t.Errorf("later %v: no error", bad)
		}
	}
}

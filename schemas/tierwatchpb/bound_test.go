package tierwatchpb

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// fill sets every field of a message, and of those in it, to what takes most bytes.
func fill(m protoreflect.Message, text string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch f.Kind() {
		case protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(text))
		case protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(-1))
		case protoreflect.Int32Kind:
			m.Set(f, protoreflect.ValueOfInt32(-1))
		case protoreflect.Uint32Kind:
			m.Set(f, protoreflect.ValueOfUint32(1<<32-1))
		case protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		case protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(-1))
		case protoreflect.MessageKind:
			fill(m.Mutable(f).Message(), text)
		default:
			panic("a transaction has a new kind of field: " + f.Kind().String())
		}
	}
	m.SetUnknown([]byte(strings.Repeat("\x08\x01", len(text))))
}

// A field that is added to the transaction must be in the bound.
func TestNoTransactionIsLargerThanItsBound(t *testing.T) {
	for _, n := range []int{0, 1, 200, 70_000} {
		r := &LogRecord{Transaction: &Transaction{}}
		fill(r.Transaction.ProtoReflect(), strings.Repeat("x", n))
		size, bound := r.SizeVT(), r.BoundVT()
		if bound < size || bound > size+fixedBytes {
			t.Errorf("texts of %d bytes: bound %d, size %d", n, bound, size)
		}
		buf := make([]byte, bound)
		if got, err := r.MarshalToSizedBufferVT(buf); err != nil || got != size {
			t.Errorf("texts of %d bytes: %d bytes marshalled, %v", n, got, err)
		}
	}
	side := &LogRecord{Rm: &RmAssignment{CustomerId: "C1"}}
	if side.BoundVT() != side.SizeVT() {
		t.Error("the bound of another record is its size")
	}
}

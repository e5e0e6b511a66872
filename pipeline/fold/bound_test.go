package fold

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestSnapshotBound: no snapshot is longer than the room that is made for it, with
// every number as long as can be and every name the longest of its kind.
func TestSnapshotBound(t *testing.T) {
	for file, currency := range map[string]string{"demo": "CNY", "cbhb": "CNY", "ccb": "CNY", "berka": "CZK", "online-retail": "GBP"} {
		text, err := os.ReadFile("../../deploy/examples/" + file + "/policy.yaml")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := policy.Compile("p", text, policy.Options{BaseCurrency: currency})
		if err != nil {
			t.Fatal(err)
		}
		p := New(Options{})
		ap := p.prepare(plan, 0)
		out := p.blank(ap)
		longest(out.ProtoReflect())
		out.CustomerId = strings.Repeat("c", 128)
		for s, sc := range out.Schemes {
			name := ""
			for _, tier := range plan.Schemes[s].Tiers {
				if len(tier.Name) > len(name) {
					name = tier.Name
				}
			}
			sc.Tier, sc.LandsOn = name, name
			for range 20 {
				h := &pb.Holding{}
				longest(h.ProtoReflect())
				h.Unit = strings.Repeat("u", 64)
				sc.Holdings = append(sc.Holdings, h)
			}
		}
		if n, bound := out.SizeVT(), ap.longestOf(out); n > bound {
			t.Errorf("%s: %d bytes, room for %d", file, n, bound)
		}
	}
}

// longest gives every number of a message its longest form.
func longest(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList():
			for k := range m.Get(f).List().Len() {
				longest(m.Get(f).List().Get(k).Message())
			}
		case f.Kind() == protoreflect.MessageKind:
			longest(m.Mutable(f).Message())
		case f.Kind() == protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(-1))
		case f.Kind() == protoreflect.Int32Kind:
			m.Set(f, protoreflect.ValueOfInt32(-1))
		case f.Kind() == protoreflect.Uint32Kind:
			m.Set(f, protoreflect.ValueOfUint32(1<<32-1))
		case f.Kind() == protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		}
	}
}

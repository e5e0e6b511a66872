package mapping

import (
	"os"
	"path/filepath"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// FuzzCompile: any text compiles or gives problems with a place; none panics.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(base + common))
	f.Add(canonicalText)
	for _, name := range []string{"berka/mapping.yaml", "online-retail/mapping.yaml"} {
		text, err := os.ReadFile(filepath.Join(examples, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Compile("fuzz.yaml", text, t.TempDir())
		if err == nil {
			if _, err := p.Mapper(builder(t, "UTC", "", "CNY")); err != nil {
				t.Fatalf("compiled, and cannot be used: %v", err)
			}
			return
		}
		problems, ok := err.(Problems) //nolint:errorlint // Compile promises the type
		if !ok || len(problems) == 0 {
			t.Fatalf("%T %v", err, err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.What == "" {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// sound checks what must hold of every record that a mapper lets through: it
// survives the log, and a second completion finds nothing to change.
func sound(t *testing.T, b *event.Builder, r *pb.LogRecord) {
	t.Helper()
	data, err := r.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	var again pb.LogRecord
	if rej := b.DecodeProto(data, 0, &again); rej != nil {
		t.Fatalf("%v is refused: %v", r, rej)
	}
	if !again.EqualVT(r) {
		t.Fatalf("%v became %v", r, &again)
	}
}

func FuzzCanonicalJSON(f *testing.F) {
	f.Add([]byte(salary))
	f.Add([]byte(`{"record":"balance","customer_id":"C","account_id":"A","account_type":"DEMAND","unit":"CNY","date":"2025-06-20","balance_minor":-5}`))
	f.Add([]byte(`{"record":"rm","event_time":"2025-06-21T14:05:00+08:00","customer_id":"C","branch_path":["HQ","NJ"]}`))
	b := builder(f, "Asia/Shanghai", "22:30", "CNY")
	m, err := Canonical().Mapper(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		out, err := m.Row(event.Row{Name: "in", Doc: doc}, func(r *pb.LogRecord) error {
			sound(t, b, r)
			return nil
		})
		if err != nil || out.Verdict == 0 || out.Verdict == event.Rejected && out.Reject.Cause == "" {
			t.Fatal(out, err)
		}
	})
}

func FuzzCanonicalProto(f *testing.F) {
	b := builder(f, "Asia/Shanghai", "", "CNY")
	m, err := Canonical().Mapper(b)
	if err != nil {
		f.Fatal(err)
	}
	_, err = m.Row(event.Row{Doc: []byte(salary)}, func(r *pb.LogRecord) error {
		data, err := r.MarshalVT()
		f.Add(data)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r pb.LogRecord
		if rej := b.DecodeProto(data, 0, &r); rej == nil {
			sound(t, b, &r)
		} else if rej.Cause == "" {
			t.Fatal(rej)
		}
	})
}

// FuzzCSVRow maps cells of any bytes.
func FuzzCSVRow(f *testing.F) {
	f.Add([]byte("C"), []byte("1"), []byte("2025-01-02"), []byte("12.34"))
	f.Add([]byte("\xff"), []byte(""), []byte("9999-12-31"), []byte("-1e99"))
	b := builder(f, "Europe/Prague", "", "CNY")
	m, err := compile(f, base+common).Mapper(b)
	if err != nil {
		f.Fatal(err)
	}
	if err := m.Bind([]string{"cust", "id", "at", "amount"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cust, id, at, amount []byte) {
		row := event.Row{Cells: []event.Cell{{Text: cust}, {Text: id}, {Text: at}, {Text: amount}}}
		_, err := m.Row(row, func(r *pb.LogRecord) error {
			sound(t, b, r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

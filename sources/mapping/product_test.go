package mapping

import (
	"testing"
	"unicode/utf8"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// What a product is rejected for is told with its factors: the product itself stands
// nowhere in the row.
func TestARejectedProductShowsItsFactors(t *testing.T) {
	p := compile(t, base+`
      currency: {const: CNY}
      direction: {const: CREDIT}
      event_time: {from: at, format: YYYY-MM-DD}
      amount: {product: [n, price, 0.5]}
`)
	m, err := p.Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Bind([]string{"cust", "id", "at", "n", "price"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		n, price string
		cause    event.Cause
		detail   string
	}{
		{"3", "0.333", event.TooPrecise, `"3 × 0.333 × 0.5" has more decimals than its unit; say round in the mapping to allow it`},
		{"9000000000", "9000000000", event.AmountOverflow, `"9000000000 × 9000000000 × 0.5" is too large`},
		{"9000000000123456789", "9000000000123456789", event.AmountOverflow, `"9000000000123456789 × 90000000001234567…" is too large`},
		{"3", "x", event.BadNumber, `"x" is no number`},
	} {
		row := event.Row{Name: "in.csv", Position: 2, Number: 1}
		for _, cell := range []string{"C", "1", "2025-01-02", c.n, c.price} {
			row.Cells = append(row.Cells, event.Cell{Text: []byte(cell)})
		}
		out, err := m.Row(row, func(*pb.LogRecord) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if out.Verdict != event.Rejected || out.Reject.Cause != c.cause || out.Reject.Detail != c.detail || !utf8.ValidString(out.Reject.Detail) {
			t.Errorf("%s × %s: %+v, want %s: %s", c.n, c.price, out.Reject, c.cause, c.detail)
		}
	}
}

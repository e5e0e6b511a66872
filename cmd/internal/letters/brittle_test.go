package letters_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

// brittle panics at "!", and makes of "long" what the log cannot take.
type brittle struct{ b *trial.Bank }

func (d brittle) Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	text := string(row.Doc)
	if text == "!" {
		panic("out of range")
	}
	r := d.b.Pay(text, "C1", day, 1_00)
	if text == "long" {
		r.Transaction.PurposeCode = strings.Repeat("x", topics.MaxRecordBytes)
	}
	if err := emit(r); err != nil {
		return event.Outcome{}, err
	}
	return event.Outcome{Verdict: event.Accepted, Records: 1}, nil
}

// A letter that its decoder does not survive, or that gives more than the log takes, is
// rejected again, as ingest would; those behind it go through.
func TestALetterThatBreaksItsDecoderStopsNoOther(t *testing.T) {
	b := trial.New(t)
	if err := b.Backfill(day).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	fates := map[string]letters.Fate{}
	r, err := letters.NewRedriver(t.Context(), b.Deployment, letters.RedriveOptions{
		Told: func(f letters.Fate) { fates[string(f.Letter.Original)] = f },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Reads("core", brittle{b})
	for i, original := range []string{"!", "long", "1"} {
		err := r.Send(t.Context(), letters.Letter{
			Offset: int64(i), DeadLetter: &pb.DeadLetter{Stage: "ingest", Source: "core", Original: []byte(original)},
		})
		if err != nil {
			t.Fatalf("%s: %v", original, err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for original, want := range map[string]struct{ what, why string }{
		"!": {letters.Rejected, "decoder_panic"}, "long": {letters.Rejected, string(event.TooLarge)}, "1": {letters.Written, ""},
	} {
		if f := fates[original]; f.What != want.what || !strings.Contains(f.Why, want.why) {
			t.Errorf("%s: %s (%s), want %s (%s)", original, f.What, f.Why, want.what, want.why)
		}
	}
	var ids []string
	for _, rec := range b.Log() {
		if x := rec.Transaction; x != nil {
			ids = append(ids, x.TxnId)
		}
	}
	if len(ids) != 1 || ids[0] != "1" {
		t.Errorf("in the log are %q, want 1", ids)
	}
}

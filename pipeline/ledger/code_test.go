package ledger

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/codec/codectest"
)

func TestCodeIsWhole(t *testing.T) {
	codectest.Whole(t, func(e *Entry, x *codec.Coder) {
		e.Day = 20_000
		codeEntry(e, x)
	}, "Day")
	codectest.Whole(t, func(m *Move, x *codec.Coder) { codeMove(m, 20_000, x) })
	codectest.Whole(t, codeExtra)
	var s Store
	codectest.Whole(t, func(w *Wait, x *codec.Coder) {
		w.EventID = 0
		s.codeWait(w, x)
	}, "EventID")
	codectest.Whole(t, codePair)
	// The name is a text of the store, moves are in the spans.
	codectest.Whole(t, func(a *Account, x *codec.Coder) {
		if a.ID = 0; !x.Reading() {
			a.ID = s.Texts.Add("A")
		}
		s.codeAccount(a, x)
	}, "Hash", "ID", "moves", "nMoves")
	codectest.Whole(t, func(c *Customer, x *codec.Coder) {
		c.accounts, c.nAccounts, c.rare, c.nEntries = 0, 0, 0, 0
		s.Code(c, x)
	}, "Hash", "ID", "entries", "head", "nEntries", "accounts", "nAccounts", "rare", "Profile")
}

// TestCodedSpansAreTheSame: whatever the days and times of entries and movements.
func TestCodedSpansAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := func(name string) uint16 { return rapid.Uint16().Draw(t, name) }
		e := Entry{
			ID: rapid.Uint64().Draw(t, "id"), Amount: rapid.Int64().Draw(t, "amount"), Content: rapid.Uint32().Draw(t, "content"),
			Second: rapid.Uint32().Draw(t, "second"), Day: d("day"), Kind: d("kind"), bits: d("bits"), Account: rapid.Uint8().Draw(t, "account"),
		}
		m := Move{Delta: rapid.Int64().Draw(t, "delta"), Value: d("value"), Book: d("book"), Heal: d("heal")}
		before := d("before")
		w := codec.Writer(nil)
		codeEntry(&e, &w)
		codeMove(&m, before, &w)
		r, err := codec.Open(w.Seal(0))
		if err != nil {
			t.Fatal(err)
		}
		gotE, gotM := Entry{Day: e.Day}, Move{}
		codeEntry(&gotE, &r)
		codeMove(&gotM, before, &r)
		if err := r.Close(); err != nil || gotE != e || gotM != m {
			t.Fatalf("wrote %+v %+v, read %+v %+v: %v", e, m, gotE, gotM, err)
		}
	})
}

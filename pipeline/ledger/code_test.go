package ledger

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/codec/codectest"
)

func TestCodeIsWhole(t *testing.T) {
	codectest.Whole(t, codeEntry, "Day")
	codectest.Whole(t, codeMove)
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

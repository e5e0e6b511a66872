package fold_test

import (
	"bytes"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// TestSavingUsesItsMemoryAgain: what is saved again and again takes no new memory,
// and what is handed out stays as it is until Reset.
func TestSavingUsesItsMemoryAgain(t *testing.T) {
	var saves fold.Saves
	p := smallBank(t, 500, func(int64, *fold.Partition) {})
	save := func() {
		p.MarkAll()
		p.Save(p.Unsaved(), &saves)
	}
	check := func() {
		for i, r := range saves.List {
			if i > 0 && bytes.Equal(saves.List[i-1].Key, r.Key) || len(r.Key) == 0 {
				t.Fatalf("record %d has the key %q", i, r.Key)
			}
			if r.Value != nil {
				if _, err := codec.Open(r.Value); err != nil {
					t.Fatalf("record %q: %v", r.Key, err)
				}
			}
		}
	}
	for range 3 { // buffers and lists grow to their size
		save()
		check()
		saves.Reset()
	}
	if n := testing.AllocsPerRun(20, func() {
		save()
		saves.Reset()
	}); n > 1 {
		t.Errorf("saving 500 customers takes %v allocations", n)
	}
}

// TestFewEntriesAreOneRecord: over many months a customer with a few bookings is his
// head alone, so that a booking of a new month writes no month before it.
func TestFewEntriesAreOneRecord(t *testing.T) {
	var saves fold.Saves
	heads, months := 0, 0
	smallBank(t, 500, func(_ int64, p *fold.Partition) {
		p.Save(p.Unsaved(), &saves)
		for _, r := range saves.List {
			switch {
			case bytes.HasSuffix(r.Key, []byte("/h")):
				heads++
			case r.Key[0] != '/':
				months++
			}
		}
		saves.Reset()
	})
	if heads < 1000 || months > heads/100 { // a few have more than a head keeps
		t.Errorf("%d heads and %d months were written", heads, months)
	}
}

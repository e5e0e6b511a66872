package ledger

import "testing"

func TestAValueOfATableNeverMoves(t *testing.T) {
	const n = 3*tableChunk + 1
	var table Table[int64]
	places := make([]*int64, 0, n)
	for i := range n {
		table.Add(int64(i))
		places = append(places, table.At(Slot(i)))
	}
	for i, p := range places {
		if p != table.At(Slot(i)) || *p != int64(i) {
			t.Fatalf("value %d is %d, or has moved", i, *p)
		}
	}
	if table.Len() != n || table.Bytes() != 4*tableChunk*8 {
		t.Errorf("%d values in %d bytes, want %d in %d", table.Len(), table.Bytes(), n, 4*tableChunk*8)
	}
}

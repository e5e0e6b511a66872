package clickhouse

import "testing"

// TestABatchThatGrewInABacklogGoes: a batch is used again, with the memory it has, but
// not for ever when a backlog is over that made it large.
func TestABatchThatGrewInABacklogGoes(t *testing.T) {
	b := newBatch()
	hold := func(records int) bool {
		for i := range records {
			b.note(origin{"tierwatch.events", 0, int64(i)}, 1, 10)
		}
		return b.reset()
	}
	if !hold(8_000) {
		t.Fatal("a full batch is not used again")
	}
	for range fewMost - 1 {
		if !hold(999) {
			t.Fatal("the batch goes too soon")
		}
	}
	if !hold(1_000) {
		t.Error("a batch that is filled to an eighth is not used again")
	}
	for range fewMost - 1 {
		hold(10)
	}
	if hold(10) {
		t.Errorf("a batch is kept that %d times in a row held less than an eighth of what it can", fewMost)
	}
}

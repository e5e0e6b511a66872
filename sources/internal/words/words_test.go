package words

import (
	"fmt"
	"testing"
)

func TestFind(t *testing.T) {
	keys := []string{"", "a", "ab", "abc", "CREDIT", "DEBIT", "customer_id", "account_id", "a_long_key_that_differs_1_in_the_middle_only", "a_long_key_that_differs_2_in_the_middle_only"}
	for i := range 300 {
		keys = append(keys, fmt.Sprintf("field_%d", i))
	}
	table := New(keys)
	for i, k := range keys {
		if got := table.Find([]byte(k)); got != i {
			t.Errorf("Find(%q) = %d, want %d", k, got, i)
		}
	}
	for _, k := range []string{"b", "credit", "CREDIT ", "field_300", "customer_i", "a_long_key_that_differs_3_in_the_middle_only"} {
		if got := table.Find([]byte(k)); got != -1 {
			t.Errorf("Find(%q) = %d, want -1", k, got)
		}
	}
	if got := New(nil).Find([]byte("x")); got != -1 {
		t.Errorf("empty table: %d", got)
	}
}

package main

import (
	"maps"
	"strings"
	"testing"
)

const shown = `# HELP tierwatch_fold_lag_records Records.
# TYPE tierwatch_fold_lag_records gauge
tierwatch_fold_lag_records{partition="0"} 12
tierwatch_fold_lag_records{partition="11"} 1.5e+03
tierwatch_fold_lag_records_max 7
go_memstats_heap_alloc_bytes 1.048576e+06
go_memstats_next_gc_bytes 4.70810624e+08
tierwatch_fold_dead_letters_total{cause="opening"} 2
tierwatch_fold_dead_letters_total{cause="stale",partition="3"} 5
tierwatch_ingest_filtered_total{reason="end of day",source="a } b"} 3 1700000000000
`

func TestReading(t *testing.T) {
	r, err := parseReading(strings.NewReader(shown))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"tierwatch_fold_lag_records": 1512, "go_memstats_heap_alloc_bytes": 1 << 20, "tierwatch_ingest_filtered_total": 3, "absent": 0,
	} {
		if got := r.sum(name); got != want {
			t.Errorf("%s: %g, want %g", name, got, want)
		}
	}
	if got := r.alive(); got != 96<<20+1<<19 {
		t.Errorf("%d bytes alive, want half of 449 MiB less 128", got)
	}
	if got, want := r.byPartition("tierwatch_fold_lag_records"), (map[int32]float64{0: 12, 11: 1500}); !maps.Equal(got, want) {
		t.Errorf("by partition %v, want %v", got, want)
	}
}

func TestReadingByLabel(t *testing.T) {
	r, err := parseReading(strings.NewReader(shown))
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]map[string]float64{
		"cause": {"opening": 2, "stale": 5}, "partition": {"": 2, "3": 5}, "absent": {"": 7},
	} {
		if got := r.by("tierwatch_fold_dead_letters_total", label); !maps.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", label, got, want)
		}
	}
}

func TestReadingThatIsNone(t *testing.T) {
	for _, text := range []string{"name\n", "name{a=\"b\"}\n", "name much\n"} {
		if r, err := parseReading(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %v, want an error", text, r)
		}
	}
}

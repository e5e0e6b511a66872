package audit

import (
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/logrows"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// No table of the warehouse is forgotten: it is compared with the log, column by column,
// or with the outputs of a new fold, by a hash of the record behind each row, or it is
// that of the dead letters.
func TestEveryTableIsCompared(t *testing.T) {
	outputs := map[string]bool{"dlq_raw": true}
	for _, view := range clickhouse.Views() {
		outputs[view.Table()] = true
	}
	log := logrows.Tables()
	for _, table := range clickhouse.Tables() {
		columns, ofLog := log[table.Name]
		switch {
		case ofLog == outputs[table.Name]:
			t.Errorf("%s: compared with the log %t, with outputs %t", table.Name, ofLog, outputs[table.Name])
		case ofLog:
			for _, name := range table.Columns {
				if !slices.Contains(columns, name) {
					t.Errorf("%s.%s is not compared: add it in package logrows", table.Name, name)
				}
			}
		case table.Name != "dlq_raw" && !slices.Contains(table.Columns, "record_hash"):
			t.Errorf("%s has no record_hash to compare", table.Name)
		}
		delete(outputs, table.Name)
	}
	for name := range outputs {
		t.Errorf("the sink has no table %s", name)
	}
}

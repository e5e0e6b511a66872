package letters

import (
	"slices"

	"github.com/tierwatch/tierwatch/sources/event"
)

// Causes are those that Tierwatch gives, sorted: of ingest, fold and warehouse. A
// mapping may have others.
func Causes() []string {
	list := []string{"refused_by_clickhouse", "unreadable"} // of the warehouse, and of Scan
	for _, c := range event.Causes() {
		list = append(list, string(c))
	}
	for cause := range tellings {
		list = append(list, cause)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

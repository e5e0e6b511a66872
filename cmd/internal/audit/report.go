package audit

import (
	"fmt"
	"sync"
)

// Report is what an audit found.
type Report struct {
	Partitions int `json:"partitions"`
	// From is where the audit began, nil: at the start of the log.
	From *From `json:"from,omitempty"`
	// Records are positions of the log, Transactions those that are bookings, IDs
	// distinct event ids among them.
	Records      int64 `json:"records"`
	Transactions int64 `json:"transactions"`
	IDs          int64 `json:"ids"`
	// Outputs are records compared by topic, Rows rows of ClickHouse by view.
	Outputs map[string]int64 `json:"outputs"`
	Rows    map[string]int64 `json:"rows"`
	// IngestLetters are dead letters of ingest and loads: they never reached the
	// log and are only counted.
	IngestLetters int64 `json:"ingest_dead_letters"`
	// Sources are the books of ingest, compared, by source partition.
	Sources []Source `json:"sources,omitempty"`
	// Found is the number of differences, First the first few of them.
	Found int64        `json:"differences"`
	First []Difference `json:"first_differences,omitempty"`
}

// Source is what ingest did with the records of a source partition from From to
// before End.
type Source struct {
	Name      string `json:"name"`
	Partition int32  `json:"partition"`
	From      int64  `json:"from"`
	End       int64  `json:"end"`
	Read      int64  `json:"read"`
	Accepted  int64  `json:"accepted"`
	Filtered  int64  `json:"filtered"`
	Rejected  int64  `json:"rejected"`
	// Lost are offsets that were deleted from the source before ingest had read them,
	// all of them from LostFrom to before LostTo.
	Lost     int64 `json:"lost,omitempty"`
	LostFrom int64 `json:"lost_from,omitempty"`
	LostTo   int64 `json:"lost_to,omitempty"`
}

// Difference is one thing that is not as the log says.
type Difference struct {
	// Where is a topic, a table or a source, What the difference.
	Where     string `json:"where"`
	Partition int32  `json:"partition"`
	// Offset is the place in the log that caused it, -1 if there is none.
	Offset   int64  `json:"offset"`
	Customer string `json:"customer,omitempty"`
	What     string `json:"what"`
}

// String is one line for a person.
func (d Difference) String() string {
	if d.Offset < 0 {
		return fmt.Sprintf("%s: partition %d: %s", d.Where, d.Partition, d.What)
	}
	who := ""
	if d.Customer != "" {
		who = ", customer " + d.Customer
	}
	return fmt.Sprintf("%s: log %d:%d%s: %s", d.Where, d.Partition, d.Offset, who, d.What)
}

// finder gathers differences.
type finder struct {
	mu    sync.Mutex
	limit int
	found int64
	first []Difference
}

func (f *finder) add(d Difference) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found++
	if len(f.first) < f.limit {
		f.first = append(f.first, d)
	}
}

package examples_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// partitions is the number of the log's partitions in these tests.
const partitions = 4

// control marks a record that stands in every partition.
const control = -1

// dataset is an example with its data.
type dataset struct {
	// folder is that of the example, data that of the files.
	folder, data string
	zone, base   string
	// files are pairs of a mapping and its file.
	files [][2]string
	// until is the last business day taken, 0: all.
	until int32
}

// record is one record of the log.
type record struct {
	partition int
	customer  string
	value     []byte
}

// history is a log as a load writes it under clock: log.
type history struct {
	cal     *event.Calendar
	records []record
	// books are those of the files; beyond counts accepted rows after until.
	books  []file.Books
	beyond int
	// customers is the number of customer records, first and last the days closed.
	customers   int
	first, last int32
}

// testData finds the folder of a data set, or skips.
func testData(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("TIERWATCH_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		tb.Skipf("the data set %s is absent; TIERWATCH_TESTDATA names the folder of the data", name)
	}
	return filepath.Join(dir, name)
}

func date(tb testing.TB, year, month, day int) int32 {
	tb.Helper()
	d, ok := event.Day(year, month, day)
	if !ok {
		tb.Fatalf("%d-%d-%d is no day", year, month, day)
	}
	return d
}

func (d *dataset) policy(tb testing.TB) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(d.folder, "policy.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// inputs are the files with their mappings.
func (d *dataset) inputs(tb testing.TB, cal *event.Calendar) []file.Input {
	tb.Helper()
	var in []file.Input
	for _, f := range d.files {
		p, err := mapping.Load(filepath.Join(d.folder, f[0]), d.data)
		if err != nil {
			tb.Fatal(err)
		}
		m, err := p.Mapper(&event.Builder{Calendar: cal})
		if err != nil {
			tb.Fatal(err)
		}
		in = append(in, file.Input{Path: filepath.Join(d.data, f[1]), Format: p.Format, Mapper: m})
	}
	return in
}

// read makes the log: ENGINE, policy and a TICK; then for each day a TICK, its
// records in the order of the merged files, and CLOSE.
func (d *dataset) read(tb testing.TB) *history {
	tb.Helper()
	cal, err := event.NewCalendar(d.zone, "", d.base)
	if err != nil {
		tb.Fatal(err)
	}
	in := d.inputs(tb, cal)
	// The files are known to be in order, so that none need be inspected first.
	merged, err := file.NewMerger(tb.Context(), in, file.MergeOptions{Inspections: make([]file.Inspection, len(in))})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := merged.Close(); err != nil {
			tb.Error(err)
		}
	}()
	h := &history{cal: cal}
	route := kgo.StickyKeyPartitioner(nil).ForTopic("events")
	for {
		e, err := merged.Next(tb.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if d.until != 0 && e.Day > d.until {
			h.beyond++
			continue
		}
		h.upTo(tb, e.Day, d)
		for _, r := range e.Records {
			at := route.Partition(&kgo.Record{Key: []byte(r.Key)}, partitions)
			h.records = append(h.records, record{at, r.Key, slices.Clone(r.Value)})
			h.customers++
		}
	}
	h.close(tb)
	for i := range in {
		h.books = append(h.books, merged.Books(i))
	}
	return h
}

// upTo opens the log, or closes the days before a day, and opens the day.
func (h *history) upTo(tb testing.TB, day int32, d *dataset) {
	tb.Helper()
	if h.first == 0 {
		h.first, h.last = day, day-1
		h.control(tb, &pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: d.base, TimeZone: d.zone, Epoch: 1, Clock: "log"}})
		h.control(tb, &pb.LogRecord{Policy: &pb.PolicyActivation{Name: filepath.Base(d.folder), Version: 1, EffectiveDay: day, Yaml: d.policy(tb)}})
		h.tick(tb, day)
		h.last = day
		return
	}
	for h.last < day {
		h.close(tb)
		h.last++
		h.tick(tb, h.last)
	}
}

func (h *history) tick(tb testing.TB, day int32) {
	tb.Helper()
	at := h.cal.Cut(day - 1)
	h.control(tb, &pb.LogRecord{Tick: &pb.Tick{At: at, BusinessDay: day, UtcOffset: int32(h.cal.Local(at) - at)}})
}

// close ends the open day.
func (h *history) close(tb testing.TB) {
	tb.Helper()
	h.control(tb, &pb.LogRecord{Close: &pb.Close{Day: h.last, Cut: h.cal.Cut(h.last)}})
}

func (h *history) control(tb testing.TB, r *pb.LogRecord) {
	tb.Helper()
	value, err := r.MarshalVT()
	if err != nil {
		tb.Fatal(err)
	}
	h.records = append(h.records, record{control, "", value})
}

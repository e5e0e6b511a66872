package wire

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// recorder keeps what is registered.
type recorder struct {
	prometheus.Registerer
	list []prometheus.Collector
}

func (r *recorder) Register(c prometheus.Collector) error {
	r.list = append(r.list, c)
	return nil
}

// everyCollector is what the roles and the engines register.
func everyCollector(t *testing.T) []prometheus.Collector {
	t.Helper()
	var r recorder
	sink, err := clickhouse.NewSink(clickhouse.Config{
		Conn:  clickhouse.ConnOptions{Addrs: []string{"127.0.0.1:1"}, Database: "none", User: "none"},
		Kafka: []kgo.Opt{kgo.SeedBrokers("127.0.0.1:1")}, Registerer: &r,
	})
	if err != nil {
		t.Fatal(err)
	}
	sink.Close()
	ingest := kafka.NewMetrics()
	_, err = kafka.NewIngest(kafka.IngestOptions{
		Name: "core", Topics: []string{"bank.core"}, Metrics: ingest,
		NewDecoder: func() (kafka.Decoder, error) { return nil, errors.New("nothing is read here") },
	})
	if err != nil {
		t.Fatal(err)
	}
	engines := newHealth(t.TempDir())
	engines.note(embedded.Event{Engine: "kafka", Kind: embedded.EventStarted})
	return slices.Concat(r.list, worker.NewMetrics().Collectors(), control.NewMetrics().Collectors(),
		ingest.Collectors(), engines.collectors())
}

// kindOf is the type as the page says it.
func kindOf(t *testing.T, c prometheus.Collector) string {
	t.Helper()
	switch c.(type) {
	case *prometheus.CounterVec:
		return "counter"
	case *prometheus.GaugeVec:
		return "gauge"
	case *prometheus.HistogramVec:
		return "histogram"
	}
	var m dto.Metric
	if single, ok := c.(prometheus.Metric); ok && single.Write(&m) == nil {
		switch {
		case m.Counter != nil:
			return "counter"
		case m.Gauge != nil:
			return "gauge"
		case m.Histogram != nil:
			return "histogram"
		}
	}
	t.Fatalf("%T is of no kind that the page knows", c)
	return ""
}

var (
	described = regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)
	pageRow   = regexp.MustCompile("(?m)^\\| `(tierwatch_[a-z_]+)` \\| ([a-z]+) \\| ([a-z_, `]*) \\| (.+) \\|$")
)

// exported gives the type and the labels of every metric by its name.
func exported(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range everyCollector(t) {
		descs := make(chan *prometheus.Desc, 1) // each collector here has one
		c.Describe(descs)
		m := described.FindStringSubmatch((<-descs).String())
		if m == nil {
			t.Fatalf("%T cannot be read", c)
		}
		labels := strings.Split(m[2], ",")
		slices.Sort(labels)
		all[m[1]] = kindOf(t, c) + " " + strings.Join(labels, ", ")
	}
	return all
}

// docs/metrics.md has every metric that the program exports, with its type and
// labels, and no other; each row says what it means, what is good and what to do.
func TestTheMetricsPageAgrees(t *testing.T) {
	want := exported(t)
	for _, row := range pageRow.FindAllStringSubmatch(page(t, "docs/metrics.md"), -1) {
		labels := strings.Split(strings.ReplaceAll(row[3], "`", ""), ", ")
		slices.Sort(labels)
		got := row[2] + " " + strings.Join(labels, ", ")
		switch has, ok := want[row[1]]; {
		case !ok:
			t.Errorf("the page tells of %s, which is not exported, or twice", row[1])
		case has != got:
			t.Errorf("%s is %q, the page says %q", row[1], has, got)
		}
		delete(want, row[1])
		if cells := strings.Split(row[4], " | "); len(cells) != 4 || slices.Contains(cells, "") {
			t.Errorf("%s: the row has %q, want unit, meaning, good value and what to do", row[1], cells)
		}
	}
	for name, what := range want {
		t.Errorf("the page lacks %s (%s)", name, what)
	}
}

// Metrics are made in the packages that everyCollector knows.
func TestEveryCollectorIsKnown(t *testing.T) {
	known := []string{"cmd/internal/wire", "pipeline/worker", "sinks/clickhouse", "sources/control", "sources/kafka"}
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		dir := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, "../../../")))
		if makesMetrics.Match(text) && !slices.Contains(known, dir) {
			t.Errorf("%s makes a metric: add its collectors to everyCollector", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var makesMetrics = regexp.MustCompile(`prometheus\.New(Counter|Gauge|Histogram|Summary|Desc)`)

package wire

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/event"
)

var risesOf = regexp.MustCompile(`increase\((tierwatch_[a-z_]+)(?:\{([a-z]+)=~"([a-z|_]+)"\})?`)

// increase() leaves out with how much a series begins. So what a rule asks the rise of
// is there from the start, with every value that the rule, or the program, can name.
func TestWhatAnAlertCountsIsThereAtTheStart(t *testing.T) {
	// With labels of the data: a rule adds what begins.
	open := map[string]bool{"tierwatch_warehouse_refused_rows_total": true, "tierwatch_warehouse_unreadable_records_total": true}
	there, metrics := seriesAtTheStart(t), exported(t)
	want := map[string][]string{"tierwatch_fold_dead_letters_total": fold.Causes()}
	for _, c := range event.Causes() {
		want["tierwatch_ingest_rejected_total"] = append(want["tierwatch_ingest_rejected_total"], string(c))
	}
	asked := 0
	for _, r := range alertRules(t) {
		for _, m := range risesOf.FindAllStringSubmatch(r.Expr, -1) {
			name := m[1]
			asked++
			switch {
			case strings.Contains(metrics[name], "partition"):
				// That begins when the partition is taken.
			case open[name]:
				if !strings.Contains(r.Expr, "unless "+name+" offset") {
					t.Errorf("%s does not see how much %s begins with", r.Alert, name)
				}
			case len(there[name]) == 0:
				t.Errorf("%s asks for the rise of %s, which is not there at the start", r.Alert, name)
			}
			for _, value := range append(strings.Split(m[3], "|"), want[name]...) {
				if value != "" && !slices.Contains(there[name], value) {
					t.Errorf("%s asks for the rise of %s, which lacks %q at the start", r.Alert, name, value)
				}
			}
		}
	}
	if asked < 10 {
		t.Errorf("%d rises are asked for in all rules", asked)
	}
}

// A warehouse that comes to no batch has stood still since it began.
func TestTheStartCountsAsTheLastBatch(t *testing.T) {
	r := prometheus.NewRegistry()
	began := time.Now()
	sink, err := clickhouse.NewSink(clickhouse.Config{
		Conn:  clickhouse.ConnOptions{Addrs: []string{"127.0.0.1:1"}, Database: "none", User: "none"},
		Kafka: []kgo.Opt{kgo.SeedBrokers("127.0.0.1:1")}, Registerer: r,
	})
	if err != nil {
		t.Fatal(err)
	}
	sink.Close()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "tierwatch_warehouse_last_flush_timestamp_seconds" {
			continue
		}
		if at := f.Metric[0].GetGauge().GetValue(); at < float64(began.Unix()) {
			t.Errorf("the last batch was at %.0f, want not before %d", at, began.Unix())
		}
		return
	}
	t.Error("the metric is not there")
}

// seriesAtTheStart gives the label values of each metric's series; those without labels
// have "".
func seriesAtTheStart(t *testing.T) map[string][]string {
	t.Helper()
	r := prometheus.NewRegistry()
	for _, c := range everyCollector(t) {
		if err := r.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, f := range families {
		for _, m := range f.Metric {
			all[f.GetName()] = append(all[f.GetName()], "")
			for _, l := range m.Label {
				all[f.GetName()] = append(all[f.GetName()], l.GetValue())
			}
		}
	}
	return all
}

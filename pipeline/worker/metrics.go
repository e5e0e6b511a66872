package worker

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Metrics of the fold role. Labels are bounded: partitions, kinds, causes,
// codes and tiers, never customers.
type Metrics struct {
	records, outputs, verdicts, deadLetters, retries *prometheus.CounterVec

	lag, appendLag, clockLag, tickAt, lastClose, offset, term *prometheus.GaugeVec
	customers, stateBytes, draining, replay, stopped          *prometheus.GaugeVec
	alerts, tiers, unsaved, replayFrom, restore, waiting      *prometheus.GaugeVec

	batch, commit, latency prometheus.Histogram
	incarnations           prometheus.Counter
	stateRecords           prometheus.Counter
	stateWritten           prometheus.Counter
	partitions, standbys   prometheus.Gauge
	joinLeft, joining      prometheus.Gauge
}

const subsystem = "tierwatch_fold_"

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: subsystem + name, Help: help}, labels)
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: subsystem + name, Help: help}, append([]string{"partition"}, labels...))
}

func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: subsystem + name, Help: help,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
	})
}

// NewMetrics makes the metrics; register them with Collectors.
func NewMetrics() *Metrics {
	m := &Metrics{
		records:     counters("records_total", "Log records folded and committed.", "partition"),
		outputs:     counters("outputs_total", "Messages committed, by topic.", "topic"),
		verdicts:    counters("verdicts_total", "Records the fold did not simply apply, by kind.", "kind"),
		retries:     counters("restore_retries_total", "Attempts to restore a partition that failed and were repeated.", "partition"),
		deadLetters: counters("dead_letters_total", "Records the fold sent to the dead letter topic, by cause.", "cause"),

		lag:        gauges("lag_records", "Records of the log not yet folded."),
		appendLag:  gauges("lag_seconds", "Age of the last record folded while others wait, else 0."),
		clockLag:   gauges("clock_lag_seconds", "Wall time since the last TICK's time."),
		tickAt:     gauges("clock_timestamp_seconds", "Time of the last TICK."),
		lastClose:  gauges("last_close_day", "Last business day closed, days since 1970-01-01."),
		offset:     gauges("committed_offset", "Next offset of the log to fold, as committed."),
		term:       gauges("term", "Term of the writer of time."),
		customers:  gauges("customers", "Customers in the state."),
		stateBytes: gauges("state_bytes", "Memory of the state."),
		draining:   gauges("draining", "1 while a CLOSE, HANDOVER or activation is being drained."),
		replay:     gauges("replay_remaining_records", "Records left to replay before the partition is live."),
		stopped:    gauges("partition_stopped", "1 when a poison record, or state that cannot be restored, has stopped the partition."),
		alerts:     gauges("open_alerts", "Open alerts, by code.", "code"),
		unsaved:    gauges("unsaved_customers", "Customers that changed since they were last saved."),
		replayFrom: gauges("replay_from_offset", "Offset from which a restore would fold the log again."),
		restore:    gauges("restore_remaining_records", "State records left to read before the replay begins."),
		waiting:    gauges("partition_waiting", "1 until the partition is restored and folds, or has stopped."),
		tiers:      gauges("customers_by_tier", "Customers, by scheme and tier.", "scheme", "tier"),

		batch:   histogram("batch_seconds", "Time to fold one slice of records."),
		commit:  histogram("commit_seconds", "Time of a commit, barrier to end."),
		latency: histogram("latency_seconds", "From the append of a record to the commit of what it caused; the newest of each partition and commit."),
		incarnations: prometheus.NewCounter(prometheus.CounterOpts{
			Name: subsystem + "incarnations_total", Help: "Group sessions that ended in an error.",
		}),
		stateRecords: prometheus.NewCounter(prometheus.CounterOpts{
			Name: subsystem + "state_records_total", Help: "Records of tierwatch.state committed.",
		}),
		stateWritten: prometheus.NewCounter(prometheus.CounterOpts{
			Name: subsystem + "state_written_bytes_total", Help: "Keys and values of the records of tierwatch.state committed.",
		}),
		standbys: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: subsystem + "standby_partitions", Help: "Partitions of others whose saved state this worker keeps in memory.",
		}),
		joinLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: subsystem + "join_remaining_records", Help: "State records left to read before this worker joins others.",
		}),
		joining: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: subsystem + "joining", Help: "1 until the group has told which partitions this worker holds.",
		}),
		partitions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: subsystem + "partitions", Help: "Partitions this worker holds.",
		}),
	}
	m.joining.Set(1)
	for _, cause := range fold.Causes() { // a series that begins with its first burst shows no rise
		m.deadLetters.WithLabelValues(cause)
	}
	return m
}

// Collectors returns everything to register.
func (m *Metrics) Collectors() []prometheus.Collector {
	all := []prometheus.Collector{
		m.records, m.outputs, m.verdicts, m.deadLetters, m.retries,
		m.batch, m.commit, m.latency, m.incarnations, m.partitions, m.standbys, m.joinLeft, m.joining, m.stateRecords, m.stateWritten,
	}
	for _, g := range m.perPartition() {
		all = append(all, g)
	}
	return all
}

func (m *Metrics) perPartition() []*prometheus.GaugeVec {
	return []*prometheus.GaugeVec{
		m.lag, m.appendLag, m.clockLag, m.tickAt, m.lastClose, m.offset, m.term,
		m.customers, m.stateBytes, m.draining, m.replay, m.stopped, m.alerts, m.tiers,
		m.unsaved, m.replayFrom, m.restore, m.waiting,
	}
}

func label(partition int32) string { return strconv.Itoa(int(partition)) }

// forget drops a partition that others show from now on.
func (m *Metrics) forget(partition int32) {
	match := prometheus.Labels{"partition": label(partition)}
	for _, g := range m.perPartition() {
		g.DeletePartialMatch(match)
	}
}

// committed shows where a partition stands after a commit.
func (m *Metrics) committed(p *partition, a ack, now time.Time) {
	l := label(p.id)
	folded := a.pos.next - p.committed.next
	m.records.WithLabelValues(l).Add(float64(folded))
	m.offset.WithLabelValues(l).Set(float64(a.pos.next))
	lag := max(0, a.end-a.pos.next)
	m.lag.WithLabelValues(l).Set(float64(lag))
	age := now.Sub(a.newest).Seconds()
	if folded > 0 {
		m.latency.Observe(max(0, age))
	}
	if lag == 0 || a.newest.IsZero() { // nothing folded yet tells of no age
		age = 0
	}
	m.appendLag.WithLabelValues(l).Set(age)
	if a.stopped {
		return
	}
	c := a.clock
	m.tickAt.WithLabelValues(l).Set(float64(c.TickAt))
	if c.TickAt > 0 {
		m.clockLag.WithLabelValues(l).Set(now.Sub(time.Unix(c.TickAt, 0)).Seconds())
	}
	m.lastClose.WithLabelValues(l).Set(float64(c.LastClose))
	m.term.WithLabelValues(l).Set(float64(c.Term))
	draining := 0.0
	if a.pos.cursor.Draining {
		draining = 1
	}
	m.draining.WithLabelValues(l).Set(draining)
	if a.replayFrom >= 0 {
		m.unsaved.WithLabelValues(l).Set(float64(a.unsaved))
		m.replayFrom.WithLabelValues(l).Set(float64(a.replayFrom))
	}
}

// saved counts the state records of a committed transaction.
func (m *Metrics) saved(s *fold.Saves) {
	size := 0
	for _, r := range s.List {
		size += len(r.Key) + len(r.Value)
	}
	m.stateRecords.Add(float64(len(s.List)))
	m.stateWritten.Add(float64(size))
}

// said counts the outputs of a committed transaction.
func (m *Metrics) said(outs *fold.Outputs) {
	var n [fold.KindDeadLetter + 1]int
	for i := range outs.List {
		o := &outs.List[i]
		n[o.Kind]++
		switch o.Kind {
		case fold.KindVerdict:
			var v pb.Verdict
			if v.UnmarshalVTUnsafe(o.Value) == nil {
				m.verdicts.WithLabelValues(strings.ToLower(strings.TrimPrefix(v.Kind.String(), "VERDICT_"))).Inc()
			}
		case fold.KindDeadLetter:
			var d pb.DeadLetter
			if d.UnmarshalVTUnsafe(o.Value) == nil {
				m.deadLetters.WithLabelValues(strings.Clone(d.Cause)).Inc()
			}
		default:
		}
	}
	for kind, count := range n {
		if count > 0 {
			m.outputs.WithLabelValues(string(outputTopics[fold.Kind(kind)])).Add(float64(count))
		}
	}
}

// censusEvery is how often a partition is counted: it walks all customers.
const censusEvery = 30 * time.Second

// count shows customers, alerts and tiers, if the fold can count them. Not in a drain: it
// may bring customers to other tiers, and would be seen with some of them.
func (p *partition) count() {
	fold, ok := p.fold.(Census)
	if !ok || p.fold.Draining() || time.Since(p.census) < censusEvery {
		return
	}
	p.census = time.Now()
	m, l := p.w.o.Metrics, label(p.id)
	stats := fold.Stats()
	m.customers.WithLabelValues(l).Set(float64(stats.Customers))
	m.stateBytes.WithLabelValues(l).Set(float64(stats.StateBytes))
	match := prometheus.Labels{"partition": l}
	m.alerts.DeletePartialMatch(match)
	for code, n := range fold.OpenAlerts() {
		m.alerts.WithLabelValues(l, code).Set(float64(n))
	}
	m.tiers.DeletePartialMatch(match)
	for _, t := range fold.Tiers() {
		m.tiers.WithLabelValues(l, t.Scheme, t.Tier).Set(float64(t.Customers))
	}
}

package config

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/schemas/clickhouse"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

// checker collects what is wrong with values that were read well.
type checker struct {
	c        *Config
	problems Problems
}

func (k *checker) wrong(path, value, message string, args ...any) {
	k.problems = append(k.problems, Problem{k.c.placeOf(path), path, value, fmt.Sprintf(message, args...)})
}

// placeOf is where a setting stands; of one that is missing, the nearest block
// around it.
func (c *Config) placeOf(path string) Place {
	for path != "" {
		if p, ok := c.places[path]; ok {
			return p
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return Place{}
}

// IsSet tells whether a setting was given by a file, the environment or a flag, and
// is not a default.
func (c *Config) IsSet(path string) bool {
	_, set := c.places[path]
	return set
}

func (c *Config) check() Problems {
	k := &checker{c: c}
	k.deployment()
	k.kafka()
	k.clickhouse()
	k.embedded()
	k.sources()
	k.numbers()
	return k.problems
}

func (k *checker) deployment() {
	d := k.c.Deployment
	if err := topics.Namespace(d.Namespace).Validate(); err != nil || d.Namespace == "" {
		k.wrong("deployment.namespace", d.Namespace, "want letters, digits, '.', '_' and '-'")
	}
	const zone, cut, base = "UTC", "24:00", "EUR" // good ones, to ask of one at a time
	if _, err := event.NewCalendar(d.TimeZone, cut, base); err != nil {
		k.wrong("deployment.time_zone", d.TimeZone, "want an IANA name such as Asia/Shanghai")
	}
	if _, err := event.NewCalendar(zone, d.AccountingCut, base); err != nil {
		k.wrong("deployment.accounting_cut", d.AccountingCut, "want HH:MM from 00:01 to 24:00")
	}
	if _, err := event.NewCalendar(zone, cut, d.BaseCurrency); err != nil {
		k.wrong("deployment.base_currency", d.BaseCurrency, "want an ISO 4217 code such as CNY")
	}
	k.within("deployment.epoch", d.Epoch, 1, 65535)
}

func (k *checker) kafka() {
	f := k.c.Kafka
	k.addresses("kafka.brokers", f.Brokers)
	k.within("kafka.partitions", f.Partitions, 1, 10_000)
	if f.Replication != -1 {
		k.within("kafka.replication", f.Replication, 1, 9)
	}
	k.tls("kafka.tls", f.TLS)
	if f.SASL.Mechanism == "none" {
		return
	}
	if f.SASL.User == "" {
		k.wrong("kafka.sasl.user", "", "is required with a SASL mechanism")
	}
	if !f.SASL.Password.IsSet() {
		k.wrong("kafka.sasl.password", "", "is required with a SASL mechanism: {env: NAME} or {file: PATH}")
	}
}

func (k *checker) clickhouse() {
	h := k.c.ClickHouse
	k.addresses("clickhouse.addrs", h.Addrs)
	if h.Database == "" {
		k.wrong("clickhouse.database", "", "is required")
	}
	k.tls("clickhouse.tls", h.TLS)
	k.cluster(h)
}

func (k *checker) cluster(h ClickHouse) {
	if h.Cluster == "" {
		return
	}
	if k.c.Embedded.On() {
		k.wrong("clickhouse.cluster", h.Cluster, "does not go with embedded.data_dir: remove one")
	}
	if h.ReplicaPath == "" {
		k.wrong("clickhouse.replica_path", "", "is required with a cluster, e.g. %s", clickhouse.DefaultReplicaPath)
	}
	l := clickhouse.Layout{Cluster: h.Cluster, ReplicaPath: h.ReplicaPath, ReplicaName: h.ReplicaName}
	if err := l.Validate(); err != nil {
		k.wrong("clickhouse.cluster", h.Cluster, "%s", err)
	}
	if n, err := strconv.Atoi(h.InsertQuorum); h.InsertQuorum != "auto" && (err != nil || n < 1 || n > 99) {
		k.wrong("clickhouse.insert_quorum", h.InsertQuorum, "want auto or 1 to 99")
	}
}

func (k *checker) embedded() {
	e := k.c.Embedded
	k.within("embedded.kafka_port", e.KafkaPort, 0, 65535)
	k.within("embedded.clickhouse_port", e.ClickHousePort, 0, 65535)
	k.within("embedded.clickhouse_http_port", e.HTTPPort, 0, 65535)
	if e.On() && e.ClickHouseMemory < 512<<20 {
		k.wrong("embedded.clickhouse_memory", e.ClickHouseMemory.String(), "want at least 512MiB")
	}
	if e.On() && len(k.c.Kafka.Brokers) > 0 {
		k.wrong("kafka.brokers", "", "does not go with embedded.data_dir: remove one")
	}
	if e.On() && k.c.Fold.GroupProtocol == "consumer" {
		k.wrong("fold.group_protocol", "consumer", "does not go with embedded.data_dir, whose broker is made for the classic one: remove one")
	}
	if e.On() && len(k.c.ClickHouse.Addrs) > 0 {
		k.wrong("clickhouse.addrs", "", "does not go with embedded.data_dir: remove one")
	}
}

func (k *checker) sources() {
	names := map[string]bool{}
	for i, s := range k.c.Ingest.Sources {
		path := fmt.Sprintf("ingest.sources[%d]", i)
		if s.Name == "" {
			k.wrong(path, "", "name is required")
		}
		if names[s.Name] && s.Name != "" {
			k.wrong(path+".name", s.Name, "is the name of two sources")
		}
		names[s.Name] = true
		if s.Topic == "" {
			k.wrong(path, s.Name, "topic is required")
		}
		if s.Format != "" && s.Format != "json" && s.Format != "protobuf" {
			k.wrong(path+".format", s.Format, "want json or protobuf")
		}
		if s.EndOfDay != "" && s.EndOfDay != "partition" && s.EndOfDay != "topic" {
			k.wrong(path+".end_of_day", s.EndOfDay, "want partition or topic")
		}
		if s.Format == "protobuf" && s.Mapping != "" {
			k.wrong(path+".mapping", s.Mapping, "goes with format json only: remove it")
		}
		if s.Mapping != "" {
			k.readable(path+".mapping", s.Mapping)
		}
	}
	for i, name := range k.c.Conductor.WaitFor {
		if len(names) > 0 && !names[name] {
			k.wrong(fmt.Sprintf("conductor.wait_for[%d]", i), name, "is no name of ingest.sources")
		}
	}
}

// timeouts are also bounded by the brokers, which say so at the start.
func (k *checker) timeouts() {
	if t := k.c.Kafka.SessionTimeout; t.Of() < time.Second || t.Of() > time.Hour {
		k.wrong("kafka.session_timeout", t.String(), "must be 1s to 1h")
	}
	switch t := k.c.Fold.TransactionTimeout; {
	case t.Of() < time.Second || t.Of() > 15*time.Minute:
		k.wrong("fold.transaction_timeout", t.String(), "must be 1s to 15m")
	case t < 2*k.c.Fold.CommitEvery:
		k.wrong("fold.transaction_timeout", t.String(), "must be at least twice fold.commit_every")
	}
}

func (k *checker) numbers() {
	k.within("warehouse.max_records", k.c.Warehouse.MaxRecords, 1, 10_000_000)
	k.within("fold.raw_max", k.c.Fold.RawMax, 1000, 100_000_000)
	k.within("fold.state_bytes", int(k.c.Fold.StateBytes), 64<<10, 1<<30)
	if age := k.c.Fold.StateAge.Of(); age < time.Second || age > time.Hour {
		k.wrong("fold.state_age", k.c.Fold.StateAge.String(), "must be 1s to 1h")
	}
	if k.c.Fold.CommitGap > k.c.Fold.CommitEvery {
		k.wrong("fold.commit_gap", k.c.Fold.CommitGap.String(), "must not be longer than fold.commit_every")
	}
	k.timeouts()
	if addr := k.c.HTTP.Addr; addr != "" {
		k.addresses("http.addr", []string{addr})
	}
	word := func(path, value string, allowed ...string) {
		var s string
		if err := oneOf(&s, value, allowed...); err != nil {
			k.wrong(path, value, "%s", err)
		}
	}
	word("log.level", k.c.Log.Level, "debug", "info", "warn", "error")
	word("log.format", k.c.Log.Format, "json", "console", "auto")
	word("fold.group_protocol", k.c.Fold.GroupProtocol, "classic", "consumer")
	word("ingest.compression", k.c.Ingest.Compression, "none", "lz4", "zstd", "snappy", "gzip")
}

func (k *checker) within(path string, n, lo, hi int) {
	if n < lo || n > hi {
		k.wrong(path, strconv.Itoa(n), "want %d to %d", lo, hi)
	}
}

func (k *checker) addresses(path string, list []string) {
	for _, a := range list {
		_, port, err := net.SplitHostPort(a)
		if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
			k.wrong(path, a, "want host:port")
		}
	}
}

func (k *checker) tls(path string, t TLS) {
	if !t.Enabled && t != (TLS{}) {
		k.wrong(path+".enabled", "false", "other settings of %s have no effect: set it to true or remove them", path)
		return
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		k.wrong(path, "", "cert_file and key_file go together")
	}
	k.readable(path+".ca_file", t.CAFile)
	k.readable(path+".cert_file", t.CertFile)
	k.readable(path+".key_file", t.KeyFile)
}

func (k *checker) readable(path, file string) {
	if file == "" {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		k.wrong(path, file, "cannot be read: %s", cause(err))
		return
	}
	_ = f.Close()
}

// cause is the reason of a file's error without the path, which is shown already.
func cause(err error) string {
	if u, ok := err.(interface{ Unwrap() error }); ok && u.Unwrap() != nil {
		return u.Unwrap().Error()
	}
	return err.Error()
}

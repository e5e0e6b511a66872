package clickhouse

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ConnOptions say where ClickHouse is and who asks. Addrs and Database are required.
type ConnOptions struct {
	// Addrs are host:port of the native protocol, tried in order.
	Addrs    []string
	Database string
	// User and Password; an empty user is ClickHouse's "default".
	User, Password string
	// TLS, if set, is used for every connection.
	TLS *tls.Config
	// Cluster is what Migrate made the schema for.
	Cluster Cluster
	// DialTimeout bounds a connect, default 5 s; ReadTimeout an answer, default 2 min.
	DialTimeout, ReadTimeout time.Duration
}

// Open returns a pool of native connections. It connects at the first use, with no
// default database: names in this package are always qualified, and the database
// may still have to be made by Migrate.
func Open(o ConnOptions) (driver.Conn, error) {
	options, err := o.driver()
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse: %w", err)
	}
	conn, err := ch.Open(options)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse: %w", err)
	}
	return conn, nil
}

// driver are the options of the driver for every connection of this package.
func (o *ConnOptions) driver() (*ch.Options, error) {
	if len(o.Addrs) == 0 || o.Database == "" {
		return nil, fmt.Errorf("addresses %q, database %q: both are required", o.Addrs, o.Database)
	}
	return &ch.Options{
		Addr:        o.Addrs,
		Auth:        ch.Auth{Username: o.User, Password: o.Password},
		TLS:         o.TLS,
		DialTimeout: orDefault(o.DialTimeout, 5*time.Second),
		ReadTimeout: orDefault(o.ReadTimeout, 2*time.Minute),
		Compression: &ch.Compression{Method: ch.CompressionLZ4},
		ClientInfo: ch.ClientInfo{Products: []struct{ Name, Version string }{
			{Name: "tierwatch", Version: "1"},
		}},
	}, nil
}

// Config is what a Sink needs. Conn and Kafka are required.
type Config struct {
	Conn ConnOptions
	// Kafka says how to reach the brokers (kgo.SeedBrokers, TLS, SASL); group,
	// topics and isolation are the sink's own.
	Kafka []kgo.Opt
	// Namespace prefixes the topics and the group; default "tierwatch".
	Namespace topics.Namespace
	// Tiers lists the tiers of a policy's YAML, for table tiers; nil leaves it empty.
	Tiers func(yaml []byte) ([]Tier, error)
	// MaxRecords and MaxBytes bound a batch (default 100,000 and 32 MiB, as rows in
	// columns). Only a sink that is behind reaches them. Two batches exist at a time, one
	// filling and one on its way, and a fetch behind them: that bounds the memory however
	// far behind.
	MaxRecords, MaxBytes int
	// Interval is how long a record waits for others, default 1 s.
	Interval time.Duration
	// SessionTimeout is the group's, default 10 s: for so long the partitions of a
	// killed process wait for a successor.
	SessionTimeout time.Duration
	// StopTimeout bounds the last flush at a stop, default 10 s.
	StopTimeout time.Duration
	Logger      zerolog.Logger
	// Registerer takes the metrics; nil: none are kept.
	Registerer prometheus.Registerer
}

func (c *Config) complete() error {
	var problems []error
	if len(c.Conn.Addrs) == 0 {
		problems = append(problems, errors.New("Conn.Addrs is empty: name at least one host:port of ClickHouse's native protocol"))
	}
	if c.Conn.Database == "" {
		problems = append(problems, errors.New("Conn.Database is empty: name the database that Migrate prepared"))
	}
	if len(c.Kafka) == 0 {
		problems = append(problems, errors.New("option Kafka is empty: give at least kgo.SeedBrokers"))
	}
	if err := c.Namespace.Validate(); err != nil {
		problems = append(problems, err)
	}
	c.MaxRecords = orDefault(c.MaxRecords, 100_000)
	c.MaxBytes = orDefault(c.MaxBytes, 32<<20)
	c.Interval = orDefault(c.Interval, time.Second)
	c.SessionTimeout = orDefault(c.SessionTimeout, 10*time.Second)
	c.StopTimeout = orDefault(c.StopTimeout, 10*time.Second)
	return errors.Join(problems...)
}

func orDefault[T ~int | ~int64](v, fallback T) T {
	if v <= 0 {
		return fallback
	}
	return v
}

// Role is the name of the consumer group's role: see topics.Namespace.Group.
const Role = "warehouse"

// readTopics are the topics the warehouse reads.
var readTopics = []topics.ID{topics.Events, topics.Verdicts, topics.Snapshots, topics.TierChanges, topics.Alerts, topics.DLQ}

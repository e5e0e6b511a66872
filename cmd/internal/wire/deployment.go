package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Deployment is what a command works with. Kafka and ClickHouse are reachable
// when asked for in Needs; nothing has been connected to yet.
type Deployment struct {
	Config     *config.Config
	Log        zerolog.Logger
	Kafka      []kgo.Opt
	Namespace  topics.Namespace
	Partitions int32
	ClickHouse clickhouse.ConnOptions
	Calendar   *event.Calendar
	// Metrics takes the collectors of every part.
	Metrics *prometheus.Registry
	// Addresses of the embedded engines; nil without.
	Addresses *embedded.Engines
	// Attached tells that the embedded engines are those of another process,
	// which runs its own roles.
	Attached bool
}

// Needs say what Open has to make reachable.
type Needs struct {
	Kafka, ClickHouse bool
	// Attach uses the engines of another process that runs on the data directory,
	// instead of refusing.
	Attach bool
	// Progress is told of the fetch of ClickHouse's library. Optional.
	Progress func(embedded.Progress)
}

// Open makes a deployment. Engines that it starts are pushed on stops, so
// everything that uses them must be pushed later.
func Open(ctx context.Context, c *config.Config, log zerolog.Logger, needs Needs, stops *lifecycle.Stack) (*Deployment, error) {
	cal, err := event.NewCalendar(c.Deployment.TimeZone, c.Deployment.AccountingCut, c.Deployment.BaseCurrency)
	if err != nil {
		return nil, err
	}
	d := &Deployment{
		Config: c, Log: log, Namespace: topics.Namespace(c.Deployment.Namespace), Partitions: int32(c.Kafka.Partitions),
		Calendar: cal, Metrics: prometheus.NewRegistry(),
	}
	d.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := *c
	if c.Embedded.On() {
		if err := d.engines(ctx, &own, needs, stops); err != nil {
			return nil, err
		}
	}
	if needs.Kafka {
		if len(own.Kafka.Brokers) == 0 {
			return nil, exit.With(exit.Usage, errors.New("no broker: set kafka.brokers (or --brokers, TIERWATCH_KAFKA_BROKERS), or use --data-dir for embedded engines"))
		}
		if d.Kafka, err = Kafka(own.Kafka, log); err != nil {
			return nil, err
		}
	}
	if needs.ClickHouse {
		if len(own.ClickHouse.Addrs) == 0 {
			return nil, exit.With(exit.Usage, errors.New("no ClickHouse: set clickhouse.addrs (or --clickhouse, TIERWATCH_CLICKHOUSE_ADDRS), or use --data-dir for embedded engines"))
		}
		if d.ClickHouse, err = ClickHouse(own.ClickHouse); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// PolicyOptions is what the deployment fixes for policies.
func (d *Deployment) PolicyOptions() policy.Options { return PolicyOptions(d.Config) }

// PolicyOptions is what a configuration fixes for policies.
func PolicyOptions(c *config.Config) policy.Options {
	return policy.Options{
		BaseCurrency: c.Deployment.BaseCurrency, TimeZone: c.Deployment.TimeZone,
		FXLagDays: int32(c.Deployment.FXLag), NAVLagDays: int32(c.Deployment.NAVLag),
	}
}

// Engine is the ENGINE record that opens a log of the deployment.
func (d *Deployment) Engine() *pb.Engine {
	c := d.Config.Deployment
	return &pb.Engine{
		Version: fold.EngineVersion, BaseCurrency: c.BaseCurrency, TimeZone: c.TimeZone,
		FxLagDays: int32(c.FXLag), NavLagDays: int32(c.NAVLag), Epoch: uint32(c.Epoch), Clock: string(c.Clock),
	}
}

// LastDay is the last business day that a row may have which a person brings in at now:
// tomorrow. A load writes the bank's time by its rows, so one mistyped year would close
// every day up to it, and each customer would fall on the way. 0 for a demo, whose time
// is its own.
func (d *Deployment) LastDay(now time.Time) int32 {
	if d.Config.Deployment.Clock == "demo" {
		return 0
	}
	return d.Calendar.BusinessDay(now.Unix()) + 1
}

// Register adds collectors to the deployment's metrics.
func (d *Deployment) Register(list ...prometheus.Collector) error {
	for _, c := range list {
		if err := d.Metrics.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

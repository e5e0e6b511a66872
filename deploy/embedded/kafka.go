package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/embedded/broker"
)

const (
	defaultTxnTimeout   = 10 * time.Second
	defaultMessageBytes = 1 << 20
	minSessionTimeout   = time.Second
)

// KafkaOptions says how to run the embedded broker. DataDir is required.
type KafkaOptions struct {
	DataDir    string // made when absent; one process at a time
	Port       int    // 0 = that of the last run, or any
	SyncWrites bool   // fsync every batch before its acknowledgement; default off, as in Kafka
	// TxnTimeout is the longest transaction timeout that a client may ask for;
	// a longer one is refused (INVALID_TRANSACTION_TIMEOUT; the clients' own
	// default is 40 s or 60 s, so set it). A dead writer's transaction hides
	// everything behind it from readers for so long. Default 10 s, at least 1 s.
	TxnTimeout time.Duration
	// MessageBytes is the largest record batch; default 1 MiB, at least 1 KiB.
	MessageBytes int
	Self         string         // binary whose main calls ChildMain; default os.Executable
	Logger       zerolog.Logger // takes the broker's warnings and its life
	OnEvent      func(Event)    // optional; called from one goroutine at a time, must not block or call Stop

	backoffMax time.Duration // for tests
}

// Kafka is a running embedded broker, restarted on the same port when it dies.
// Topics are not made by themselves; replication factor is 1; retention is for
// ever unless the topic says otherwise, and is applied, like compaction, only
// when the broker starts or stops and no transaction is open.
//
// A broker that was killed forgets the abort markers of open transactions, so a
// transactional writer takes a fresh transactional id per incarnation.
type Kafka struct {
	*supervisor

	port   int
	client *kgo.Client
}

// StartKafka starts the broker and returns when its port answers. ctx bounds
// the start only.
func StartKafka(ctx context.Context, o KafkaOptions) (*Kafka, error) {
	cfg, err := o.complete()
	if err == nil {
		err = room(o.DataDir)
	}
	if err != nil {
		return nil, fmt.Errorf("start embedded Kafka: %w", err)
	}
	k := &Kafka{}
	launch := func(ctx context.Context) (*process, error) {
		p, ports, err := start(ctx, spec{
			self: o.Self, mode: modeKafka, config: cfg, ports: 1,
			emit: func(line string) { o.Logger.Warn().Str("line", line).Msg("kafka output") },
		})
		if err != nil {
			return nil, err
		}
		if k.port == 0 { // later launches are given this very port
			k.port = ports[0]
		}
		return p, nil
	}
	p, err := launch(ctx)
	if err != nil {
		return nil, fmt.Errorf("start embedded Kafka: %w", err)
	}
	// From here on the port is fixed: clients know it.
	cfg.Port, cfg.AnyPort = k.port, false
	if err := k.greet(ctx, o.DataDir); err != nil {
		return nil, errors.Join(fmt.Errorf("start embedded Kafka: %w", err), p.stopWithin(ctx, abortWait))
	}
	k.supervisor = &supervisor{
		engine: "kafka", dir: o.DataDir, log: o.Logger, launch: launch, ping: k.client.Ping, pause: o.backoffMax, notify: o.OnEvent,
	}
	k.begin(ctx, p)
	return k, nil
}

// Addr returns the host and port of the broker.
func (k *Kafka) Addr() string { return localAddr(k.port) }

// Stop ends the broker cleanly: transactions that are open stay open in the
// data directory. When ctx ends first, the child is killed and the error says
// so. Stop the transactional writers before.
func (k *Kafka) Stop(ctx context.Context) error {
	defer k.client.Close()
	return k.supervisor.Stop(ctx)
}

func (k *Kafka) greet(ctx context.Context, dir string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Addr()), kgo.RequestRetries(0))
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, firstPingWait)
	defer cancel()
	if err := client.Ping(ctx); err != nil {
		client.Close()
		return fmt.Errorf("ping: %w", err)
	}
	if err := rememberPorts(filepath.Join(dir, "port"), k.port); err != nil {
		client.Close()
		return err
	}
	k.client = client
	return nil
}

func (o *KafkaOptions) complete() (*broker.Config, error) {
	if o.DataDir == "" {
		return nil, errors.New("data directory is empty: it is required")
	}
	if o.TxnTimeout == 0 {
		o.TxnTimeout = defaultTxnTimeout
	}
	if o.MessageBytes == 0 {
		o.MessageBytes = defaultMessageBytes
	}
	var err error
	if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	if o.Self, err = self(o.Self); err != nil {
		return nil, err
	}
	cfg := &broker.Config{
		Data: filepath.Join(o.DataDir, "data"), Lock: filepath.Join(o.DataDir, "child.lock"),
		Port: o.Port, SyncWrites: o.SyncWrites, TxnTimeout: o.TxnTimeout,
		MinSession: minSessionTimeout, MessageBytes: o.MessageBytes,
	}
	if o.Port == 0 {
		cfg.Port, cfg.AnyPort = rememberedPorts(filepath.Join(o.DataDir, "port"), 1)[0], true
	}
	return cfg, nil
}

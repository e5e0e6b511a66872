package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// WriterOptions of a LogWriter. Zero sizes take the defaults named.
type WriterOptions struct {
	// Kafka holds seed brokers and security.
	Kafka     []kgo.Opt
	Namespace topics.Namespace
	// Partitions of the log, fixed at its creation.
	Partitions int32
	// MaxRecords and MaxBytes bound what is written but not yet acknowledged
	// (100,000 records, 64 MiB); at the bound Write waits.
	MaxRecords, MaxBytes int
	// Compression of batches: "none" (default: fastest on loopback), "lz4",
	// "zstd", "snappy", "gzip".
	Compression string
}

// LogWriter appends to the log. Records of one goroutine keep their order
// within a partition. It is safe for concurrent use.
type LogWriter struct {
	client     *kgo.Client
	topic      string
	partitions int32

	mu     sync.Mutex
	err    error  // the first failure; final
	arena  []byte // space for values; they stay until acknowledged
	failed chan struct{}
}

// ErrTooLarge is a record that the log cannot take.
var ErrTooLarge = errors.New("record is larger than the log takes")

// NewLogWriter connects lazily.
func NewLogWriter(o WriterOptions) (*LogWriter, error) {
	if o.Partitions <= 0 {
		return nil, fmt.Errorf("log writer: partitions %d: must be the number of partitions of the log", o.Partitions)
	}
	if o.MaxRecords <= 0 {
		o.MaxRecords = 100_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	codec, err := codecOf(o.Compression)
	if err != nil {
		return nil, fmt.Errorf("log writer: %w", err)
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), o.Kafka...),
		kgo.RecordPartitioner(LogPartitioner()),
		kgo.MaxBufferedRecords(o.MaxRecords),
		kgo.MaxBufferedBytes(o.MaxBytes),
		kgo.ProducerBatchMaxBytes(topics.MaxRecordBytes),
		kgo.ProducerBatchCompression(codec),
	)...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	return &LogWriter{
		client: client, topic: o.Namespace.Topic(topics.Events), partitions: o.Partitions,
		failed: make(chan struct{}),
	}, nil
}

func codecOf(name string) (kgo.CompressionCodec, error) {
	switch name {
	case "", "none":
		return kgo.NoCompression(), nil
	case "lz4":
		return kgo.Lz4Compression(), nil
	case "zstd":
		return kgo.ZstdCompression(), nil
	case "snappy":
		return kgo.SnappyCompression(), nil
	case "gzip":
		return kgo.GzipCompression(), nil
	}
	return kgo.NoCompression(), fmt.Errorf("compression %q: want none, lz4, zstd, snappy or gzip", name)
}

// Close gives up what is not acknowledged; Flush first.
func (w *LogWriter) Close() { w.client.Close() }

// Partitions is the number of partitions of the log.
func (w *LogWriter) Partitions() int32 { return w.partitions }

// Write appends a customer record under its customer's id. done, if not nil, is
// called once: with nil when the log has the record, with the error otherwise.
// Write itself fails, without calling done, for a record that is too large
// (ErrTooLarge, and nothing else is affected) or when the writer has failed.
// The record may be reused after the call.
func (w *LogWriter) Write(ctx context.Context, customer string, r *pb.LogRecord, done func(error)) error {
	if customer == "" {
		return errNoCustomer
	}
	n := r.SizeVT()
	if err := checkSize(customer, n); err != nil {
		return err
	}
	record, err := w.record(customer, r, n)
	if err != nil {
		return err
	}
	w.produce(ctx, record, done)
	return nil
}

// WriteValue is Write for a record that is marshalled already. value must stay
// unchanged until done is called.
func (w *LogWriter) WriteValue(ctx context.Context, customer string, value []byte, done func(error)) error {
	if customer == "" {
		return errNoCustomer
	}
	if err := checkSize(customer, len(value)); err != nil {
		return err
	}
	if err := w.Err(); err != nil {
		return err
	}
	w.produce(ctx, &kgo.Record{Topic: w.topic, Key: []byte(customer), Value: value}, done)
	return nil
}

// recordOverhead is more than batch and record headers take.
const recordOverhead = 1024

// record marshals r behind its key into the arena.
func (w *LogWriter) record(customer string, r *pb.LogRecord, n int) (*kgo.Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return nil, w.err
	}
	need := len(customer) + n
	if cap(w.arena)-len(w.arena) < need {
		w.arena = make([]byte, 0, max(arenaBytes, need))
	}
	at := len(w.arena)
	w.arena = append(w.arena, customer...)
	key := w.arena[at:len(w.arena):len(w.arena)]
	from := len(w.arena)
	w.arena = w.arena[:from+n]
	value := w.arena[from : from+n : from+n]
	if _, err := r.MarshalToSizedBufferVT(value); err != nil {
		return nil, fmt.Errorf("marshal log record: %w", err)
	}
	return &kgo.Record{Topic: w.topic, Key: key, Value: value}, nil
}

// Control appends a control record to every partition, in the order of the
// calls. It returns at once; Flush tells when all partitions have it.
func (w *LogWriter) Control(ctx context.Context, r *pb.LogRecord) error {
	value, err := r.MarshalVT()
	if err != nil {
		return fmt.Errorf("marshal control record: %w", err)
	}
	if err := w.Err(); err != nil {
		return err
	}
	for p := range w.partitions {
		w.produce(ctx, &kgo.Record{Topic: w.topic, Partition: p, Value: value}, nil)
	}
	return nil
}

func (w *LogWriter) produce(ctx context.Context, r *kgo.Record, done func(error)) {
	w.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			w.fail(err)
		}
		if done != nil {
			done(err)
		}
	})
}

func (w *LogWriter) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = fmt.Errorf("append to %s: %w", w.topic, err)
		close(w.failed)
	}
}

// Err returns the first failure; nil while the writer is sound.
func (w *LogWriter) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Failed is closed when the writer has failed.
func (w *LogWriter) Failed() <-chan struct{} { return w.failed }

// Flush waits until everything written before is acknowledged by all replicas,
// and returns the first failure of the writer's life.
func (w *LogWriter) Flush(ctx context.Context) error {
	if err := w.client.Flush(ctx); err != nil {
		return fmt.Errorf("flush the log: %w", err)
	}
	return w.Err()
}

// Ends returns the end offset of each partition of the log.
func (w *LogWriter) Ends(ctx context.Context) ([]int64, error) {
	return EndOffsets(ctx, w.client, w.topic)
}

// EndOffsets returns the end offset of each partition of a topic, in order.
func EndOffsets(ctx context.Context, client *kgo.Client, topic string) ([]int64, error) {
	listed, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list end offsets of %s: %w", topic, err)
	}
	ends := make([]int64, len(listed[topic]))
	for p, o := range listed[topic] {
		if int(p) >= len(ends) {
			return nil, fmt.Errorf("list end offsets of %s: partition %d of %d", topic, p, len(ends))
		}
		ends[p] = o.Offset
	}
	return ends, nil
}

// StartOffset returns the first offset of a partition.
func StartOffset(ctx context.Context, client *kgo.Client, topic string, partition int32) (int64, error) {
	listed, err := kadm.NewClient(client).ListStartOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return 0, fmt.Errorf("list start offset of %s: %w", topic, err)
	}
	o, _ := listed.Lookup(topic, partition)
	return o.Offset, nil
}

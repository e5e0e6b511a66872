package letters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// RedriveOptions of NewRedriver.
type RedriveOptions struct {
	// Mapping is a mapping file for letters of files, and instead of a source's
	// own; "": that of the configured source.
	Mapping string
	// Again sends letters through that went before.
	Again bool
	// DryRun says what would happen and writes nothing.
	DryRun bool
	// Told is called with what became of each letter, when that is certain.
	Told func(Fate)
}

// What became of a letter.
const (
	Written   = "written"
	Would     = "would be written"
	Rejected  = "rejected again"
	Filtered  = "filtered"
	Before    = "was redriven before"
	NoWay     = "cannot go back"
	Pointless = "would be rejected again"
)

// Fate is what became of one letter.
type Fate struct {
	Letter  Letter
	What    string
	Why     string
	Records int
}

// Redriver sends letters through again. Finish it with Flush, then Close.
type Redriver struct {
	d     *wire.Deployment
	o     RedriveOptions
	topic *control.Topic
	log   *kafka.LogWriter
	ways  ways
	// stretch is the log from where it ended before this redriver wrote.
	stretch folded.Stretch
	wrote   bool
	// written waits for its acknowledgement.
	written []Fate
}

// ErrBusy refuses to redrive beside a load.
var ErrBusy = errors.New("a load is writing the log: redrive when it has ended")

// hopeless are causes of the fold that no second time can change.
var hopeless = map[string]string{
	"id_conflict":       "the id is taken by other content: correct it at its source, as a higher version",
	"too_late":          "the day is beyond the 400 days that the fold holds",
	"late_unverifiable": "single entries of that day are no longer held",
	"unknown_original":  "its original did not come within 400 days, and that day is no longer held; what it did to the balance stands",
}

// NewRedriver connects and reads tierwatch.control.
func NewRedriver(ctx context.Context, d *wire.Deployment, o RedriveOptions) (*Redriver, error) {
	r := &Redriver{d: d, o: o}
	if err := r.open(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Redriver) open(ctx context.Context) (err error) {
	if r.topic, err = control.OpenTopic(r.d.Kafka, r.d.Namespace); err != nil {
		return err
	}
	table, err := r.topic.Refresh(ctx)
	if err != nil {
		return err
	}
	if table.Time == nil {
		return errors.New("the log is not open: nothing can be redriven")
	}
	if err := table.Writable(); err != nil {
		return err
	}
	if table.Backfill.Held() {
		return ErrBusy
	}
	r.ways = ways{
		builder: &event.Builder{Calendar: r.d.Calendar, Rates: table.Rates, LastDay: r.d.LastDay(time.Now())}, sources: r.d.Config.Ingest.Sources, known: map[string]way{},
		files: files{table},
	}
	if r.o.Mapping != "" {
		if r.ways.program, err = mapping.Load(r.o.Mapping); err != nil {
			return exit.With(exit.Usage, err)
		}
	}
	if r.ways.dir, err = os.MkdirTemp("", "tierwatch-redrive-"); err != nil {
		return fmt.Errorf("make a place for rows: %w", err)
	}
	r.log, err = kafka.NewLogWriter(kafka.WriterOptions{
		Kafka: r.d.Kafka, Namespace: r.d.Namespace, Partitions: r.d.Partitions, Compression: r.d.Config.Ingest.Compression,
	})
	if err != nil || r.o.DryRun {
		return err
	}
	r.stretch, err = folded.Begin(ctx, r.d)
	return err
}

// Close releases everything; what is not flushed may be redriven again.
func (r *Redriver) Close() {
	if r.log != nil {
		r.log.Close()
	}
	if r.topic != nil {
		r.topic.Close()
	}
	if r.ways.dir != "" {
		_ = os.RemoveAll(r.ways.dir)
	}
}

// flushEvery bounds how many letters wait for their acknowledgement.
const flushEvery = 500

// Send takes one letter back. Only failures of the machinery are errors.
func (r *Redriver) Send(ctx context.Context, l Letter) error {
	fate, err := r.send(ctx, &l)
	if err != nil {
		return fmt.Errorf("redrive %s: %w", l.Place(), err)
	}
	fate.Letter = l
	if fate.What != Written {
		r.o.Told(fate)
		return nil
	}
	if r.o.DryRun {
		fate.What = Would
		r.o.Told(fate)
		return nil
	}
	if r.written = append(r.written, fate); len(r.written) >= flushEvery {
		return r.Flush(ctx)
	}
	return nil
}

// Flush waits until all that was sent is in the log, and marks it.
func (r *Redriver) Flush(ctx context.Context) error {
	if err := r.log.Flush(ctx); err != nil {
		return err
	}
	if len(r.written) > 0 {
		if err := r.topic.StillWritable(ctx); err != nil {
			return err
		}
	}
	for _, f := range r.written {
		err := r.topic.NoteRedriven(ctx, &pb.Redriven{
			Partition: f.Letter.Partition, Offset: f.Letter.Offset, At: time.Now().Unix(), Records: int32(f.Records),
		})
		if err != nil {
			return err
		}
		r.wrote = true
		r.o.Told(f)
	}
	r.written = r.written[:0]
	return nil
}

func (r *Redriver) send(ctx context.Context, l *Letter) (Fate, error) {
	if had := r.topic.Table().Redriven(l.Partition, l.Offset); had != nil && !r.o.Again {
		return Fate{What: Before, Why: "on " + time.Unix(had.At, 0).UTC().Format(time.RFC3339)}, nil
	}
	if why, ok := hopeless[l.Cause]; ok && l.Stage == StageFold {
		return Fate{What: Pointless, Why: why}, nil
	}
	if l.Stage == StageWarehouse {
		return Fate{What: NoWay, Why: "the log has the record; ClickHouse refused its row (docs/runbook.md, TierwatchRowsRefused)"}, nil
	}
	if len(l.Original) == 0 {
		return Fate{What: NoWay, Why: "the original was too large to be kept"}, nil
	}
	n := 0
	emit := func(rec *pb.LogRecord) error {
		n++
		if r.o.DryRun {
			return nil
		}
		customer, _, _ := event.Head(rec)
		return r.log.Write(ctx, customer, rec, nil)
	}
	if l.Stage == StageFold {
		return r.sendRecord(l, emit)
	}
	out, err := r.sendRow(l, emit)
	if no, ok := errors.AsType[*errNoWay](err); ok {
		return Fate{What: NoWay, Why: no.why}, nil
	}
	if err != nil {
		return Fate{}, err
	}
	switch out.Verdict {
	case event.Rejected:
		return Fate{What: Rejected, Why: out.Reject.Error()}, nil
	case event.Filtered:
		return Fate{What: Filtered, Why: out.Reason}, nil
	default:
		return Fate{What: Written, Records: n}, nil
	}
}

func (r *Redriver) sendRow(l *Letter, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	w, err := r.ways.of(l)
	if err != nil {
		return event.Outcome{}, err
	}
	return w.row(l, emit)
}

// sendRecord puts a record that the fold refused into the log once more.
func (r *Redriver) sendRecord(l *Letter, emit func(*pb.LogRecord) error) (Fate, error) {
	rec := new(pb.LogRecord)
	if err := rec.UnmarshalVT(l.Original); err != nil {
		return Fate{What: NoWay, Why: "the original is no log record: " + err.Error()}, nil //nolint:nilerr // it is told as the letter's fate
	}
	customer, day, _ := event.Head(rec)
	if customer == "" {
		return Fate{What: NoWay, Why: "the original is no record of a customer"}, nil
	}
	if no := r.ways.builder.Ahead(day); no != nil {
		return Fate{What: Pointless, Why: no.Error()}, nil
	}
	return Fate{What: Written, Records: 1}, emit(rec)
}

package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Books are the books of one file: read = accepted + filtered + rejected.
type Books struct {
	File     string           `json:"file"`
	SHA256   string           `json:"sha256"`
	Read     int64            `json:"read"`
	Accepted int64            `json:"accepted"`
	Records  int64            `json:"records"`
	Filtered map[string]int64 `json:"filtered"`
	Rejected map[string]int64 `json:"rejected"`
}

// Result is what a load did.
type Result struct {
	Files []Books `json:"files"`
	// Written are the records of this run, Skipped those that an interrupted run
	// had written.
	Written int64 `json:"written"`
	Skipped int64 `json:"skipped"`
	// Live: the log has a conductor; no control records were written.
	Live    bool    `json:"live"`
	Resumed bool    `json:"resumed"`
	Seconds float64 `json:"seconds"`
	// Folded is what the fold said, if it was waited for: Load.Folded.
	Folded *folded.Said `json:"folded,omitempty"`
}

// output is where records go: the backfill, or the writer of a live log.
type output interface {
	WriteValue(ctx context.Context, customer string, value []byte, done func(error)) error
	Flush(ctx context.Context) error
	Ends(ctx context.Context) ([]int64, error)
}

// running is a load at work.
type running struct {
	l        *Load
	client   *kgo.Client
	out      output
	backfill *control.Backfill // nil into a live log
	days     *days             // nil where no time is written
	dead     *kafka.DeadLetters
	letters  letters
	mark     *mark
	merger   *file.Merger
	position int64
	sinceSee int64
	noted    bool
	result   Result
}

// noteEvery bounds what a resumed load has to compare.
const noteEvery = 200_000

// usable are the rows that were found usable when the files were looked over: the
// merger reads far ahead of what is written, so its bytes would tell another share.
func (l *Load) usable() (n int64) {
	for i := range l.inputs {
		n += l.inputs[i].look.Books.Accepted
	}
	return n
}

// seeEvery is how often progress is told, in entries.
const seeEvery = 4096

// Run writes the files into the log. After an error or a kill, Prepare and Run
// of the same files go on where it ended. If no row can be used, the result tells
// the books all the same.
func (l *Load) Run(ctx context.Context) (*Result, error) {
	if !l.Usable() {
		unused := &Result{}
		for i := range l.inputs {
			unused.Files = append(unused.Files, booksOf(&l.inputs[i], l.inputs[i].look.Books))
		}
		return unused, errors.New("no row of any file can be used: nothing was loaded" + l.firstRejects())
	}
	began := time.Now()
	r := &running{l: l, result: Result{Resumed: l.resumed != nil}}
	defer r.close()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	if err := r.write(ctx); err != nil {
		return nil, err
	}
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	for i := range l.inputs {
		r.result.Files = append(r.result.Files, booksOf(&l.inputs[i], r.merger.Books(i)))
	}
	r.result.Seconds = float64(time.Since(began).Milliseconds()) / 1000
	return &r.result, nil
}

func (r *running) open(ctx context.Context) (err error) {
	d := r.l.d
	if r.client, err = kgo.NewClient(d.Kafka...); err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	if r.dead, err = kafka.NewDeadLetters(d.Kafka, d.Namespace, d.Partitions); err != nil {
		return err
	}
	if err := r.openLog(ctx); err != nil {
		return err
	}
	// The writers before this one are fenced or gone: what lies behind stands.
	if r.mark, err = r.l.recall(ctx); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	if r.l.resumed != nil {
		r.l.o.Announce(fmt.Sprintf("going on after %s of an interrupted load", count.Of(r.mark.position, "row")))
	}
	return nil
}

func (r *running) openLog(ctx context.Context) error {
	d, l := r.l.d, r.l
	writer := kafka.WriterOptions{Kafka: d.Kafka, Namespace: d.Namespace, Partitions: d.Partitions, Compression: d.Config.Ingest.Compression}
	opening, err := l.opening()
	if err != nil {
		return err
	}
	b, err := control.StartBackfill(ctx, control.BackfillOptions{
		Kafka: d.Kafka, Namespace: d.Namespace, Writer: writer, Calendar: d.Calendar, Holder: role.Holder("load"), Opening: opening,
		Publish: l.publication(),
	})
	if errors.Is(err, control.ErrLive) {
		if err := l.opened(ctx); err != nil {
			return err
		}
		l.o.Announce("the log is live: its conductor writes time, the files' records go in beside")
		w, err := kafka.NewLogWriter(writer)
		if err != nil {
			return err
		}
		r.out, r.result.Live = w, true
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin the load: %w", err)
	}
	r.out, r.backfill = b, b
	if l.clock() != "event" {
		r.days = &days{l: l, b: b, rates: l.rates, note: func(ctx context.Context) error { return r.note(ctx, false) }}
	}
	return nil
}

func (r *running) close() {
	if r.merger != nil {
		_ = r.merger.Close() // only read
	}
	if r.dead != nil {
		r.dead.Close()
	}
	if c, ok := r.out.(interface{ Close() }); ok {
		c.Close()
	}
	if r.client != nil {
		r.client.Close()
	}
}

// write merges the files into the log.
func (r *running) write(ctx context.Context) (err error) {
	inputs := make([]file.Input, len(r.l.inputs))
	looks := make([]file.Inspection, len(r.l.inputs))
	for i := range r.l.inputs {
		inputs[i], looks[i] = r.l.inputs[i].Input, r.l.inputs[i].look
	}
	// Before anything of this load is in the log it is noted, so that a kill
	// leaves the ends behind which to look.
	if r.l.resumed == nil {
		if err := r.note(ctx, false); err != nil {
			return err
		}
	}
	r.merger, err = file.NewMerger(ctx, inputs, file.MergeOptions{
		MaxDisorder: r.l.o.MaxDisorder, Inspections: looks,
		Sorting: func(path string, disorder int32) {
			r.l.o.Announce(fmt.Sprintf("%s is out of order by %s: sorting it on disk", path, count.Of(disorder, "business day")))
		},
		Reject: func(index int, row event.Row, why *event.Reject) error { return r.reject(ctx, index, row, why) },
	})
	if err != nil {
		return err
	}
	for {
		e, err := r.merger.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.entry(ctx, e); err != nil {
			return err
		}
	}
}

func (r *running) entry(ctx context.Context, e *file.Entry) error {
	r.position++
	if r.position%seeEvery == 0 {
		r.l.o.Progress(StageLoad, r.position, r.l.usable(), r.position)
	}
	if r.position <= r.mark.position {
		r.result.Skipped += int64(len(e.Records))
		return nil
	}
	// note tells of entries before this one.
	r.position--
	if r.days != nil {
		if err := r.days.reach(ctx, e.Day); err != nil {
			return err
		}
	}
	if r.sinceSee++; r.sinceSee%noteEvery == 0 {
		if err := r.note(ctx, false); err != nil {
			return err
		}
	}
	r.position++
	for _, rec := range e.Records {
		if r.mark.log.take(recordContent(rec.Key, rec.Value)) {
			r.result.Skipped++
			continue
		}
		if err := r.out.WriteValue(ctx, rec.Key, rec.Value, nil); err != nil {
			return err
		}
		r.result.Written++
	}
	return nil
}

// finish closes the last day, if it is over, and hands over.
func (r *running) finish(ctx context.Context) error {
	r.l.o.Progress(StageLoad, r.position, r.position, r.position)
	if r.days != nil {
		if err := r.days.reach(ctx, r.l.last+1); err != nil {
			return err
		}
		if r.l.last >= r.l.today {
			r.l.o.Announce(event.FormatDay(r.l.today) + " is not over and stays open: `tierwatch run` closes it, or under clock: log a load that passes it")
		}
	}
	if err := r.note(ctx, false); err != nil {
		return err
	}
	if r.days != nil && r.l.clock() != "log" {
		if err := r.backfill.Handover(ctx, r.backfill.LastClose()); err != nil {
			return err
		}
	}
	if r.backfill != nil {
		if err := r.backfill.Release(ctx); err != nil {
			return err
		}
	}
	return r.note(ctx, true)
}

// firstRejects are lines that tell the first reject of each cause of each file.
func (l *Load) firstRejects() string {
	var b strings.Builder
	for i := range l.inputs {
		s := &l.inputs[i]
		for _, cause := range slices.Sorted(maps.Keys(s.look.Rejects)) {
			first := s.look.Rejects[cause]
			fmt.Fprintf(&b, "\n%s line %d: %v", s.name, first.Position, &first.Why)
		}
	}
	return b.String()
}

func booksOf(s *source, b file.Books) Books {
	out := Books{
		File: s.Path, SHA256: s.sha(), Read: b.Read, Accepted: b.Accepted, Records: b.Records,
		Filtered: map[string]int64{}, Rejected: map[string]int64{},
	}
	maps.Copy(out.Filtered, b.Filtered)
	for cause, n := range b.Rejected {
		out.Rejected[string(cause)] = n
	}
	return out
}

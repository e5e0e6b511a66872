package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// duty is the conductor in office, under one term. One goroutine runs it; a
// second one polls for it.
type duty struct {
	c       *Conductor
	topic   *Topic
	log     *kafka.LogWriter
	scribe  *scribe
	follow  *kgo.Client
	news    chan kgo.Fetches // unbuffered
	sources progressOf
	// overwritten: the place of another writer lies behind this one's in the control
	// topic, and may be the only one that compaction leaves.
	overwritten bool
	waiting     []string // as last logged
	warned      bool     // that it lasts
}

// takeOffice claims the lease, waiting for a load to release it, or for a first policy.
func (c *Conductor) takeOffice(ctx context.Context) (*duty, error) {
	topic, err := OpenTopic(c.o.Kafka, c.o.Namespace)
	if err != nil {
		return nil, err
	}
	d := &duty{c: c, topic: topic, news: make(chan kgo.Fetches), sources: progressOf{}}
	if err := d.takeOffice(ctx); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *duty) takeOffice(ctx context.Context) error {
	term, err := d.claim(ctx)
	if err != nil {
		return err
	}
	o := &d.c.o
	d.log, err = kafka.NewLogWriter(kafka.WriterOptions{Kafka: o.Kafka, Namespace: o.Namespace, Partitions: o.Partitions})
	if err != nil {
		return err
	}
	d.scribe = newScribe(d.log, d.topic, term, pb.Mode_LIVE)
	d.scribe.done.Live = true
	o.Metrics.tick.Set(float64(d.scribe.done.TickAt)) // its age tells if nothing more is written
	if err := d.scribe.announce(ctx, o.Holder); err != nil {
		return err
	}
	o.Metrics.active.Set(1)
	reports := o.Namespace.Topic(topics.Reports)
	d.follow, err = kgo.NewClient(append(append([]kgo.Opt(nil), o.Kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
			d.topic.name: {0: kgo.NewOffset().At(d.topic.table.Next)},
			reports:      {0: kgo.NewOffset().AtStart()},
		}),
		kgo.FetchMaxWait(250*time.Millisecond),
	)...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	o.Log.Info().Int64("term", term).Msg("conductor in office")
	return nil
}

// claim takes the LIVE lease once no load holds one, and of a new log once there is a
// policy to open it with: until then a load may put history first (rule R166).
func (d *duty) claim(ctx context.Context) (int64, error) {
	for told := ""; ; {
		term, err := d.tryClaim(ctx)
		switch {
		case errors.Is(err, ErrMoved):
			return 0, &refusal{err}
		case errors.Is(err, ErrBackfill), errors.Is(err, ErrUnfinished), errors.Is(err, errNoPolicy):
		default:
			return term, err
		}
		if why := err.Error(); why != told {
			told = why
			d.tellHeldUp(err)
		}
		if err := d.topic.Follow(ctx); err != nil {
			return 0, err
		}
	}
}

func (d *duty) tryClaim(ctx context.Context) (int64, error) {
	t, err := d.topic.Refresh(ctx)
	if err != nil {
		return 0, err
	}
	if err := t.mayOpen(); err != nil {
		return 0, err
	}
	return d.topic.claim(ctx, d.c.o.Holder, pb.Mode_LIVE, d.c.o.Clock.Now().Unix())
}

// tellHeldUp says for what the claim waits; that is no fault of this process.
func (d *duty) tellHeldUp(err error) {
	d.c.o.Metrics.active.Set(1)
	if errors.Is(err, errNoPolicy) {
		d.c.o.Log.Warn().Msg("the log is new and has no policy: publish one with `tierwatch policy publish FILE`, " +
			"or load history first with `tierwatch load --policy FILE`")
		return
	}
	d.c.o.Log.Info().Err(err).Msg("conductor waits for the log to be released")
}

func (d *duty) close() {
	if d.follow != nil {
		d.follow.Close()
	}
	if d.log != nil {
		d.log.Close()
	}
	d.topic.Close()
}

// run writes what is due, one thing at a time, and waits for the clock or for
// news.
func (d *duty) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	polled := make(chan struct{})
	defer func() { cancel(); <-polled }()
	go d.poll(ctx, polled)
	if err := d.learn(ctx); err != nil {
		return err
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	for {
		wrote, next, err := d.write(ctx)
		if err != nil {
			return err
		}
		if wrote {
			continue
		}
		reached, stop := d.c.o.Clock.At(next)
		select {
		case f := <-d.news:
			err = d.take(f)
		case <-reached:
		case <-d.log.Failed():
			err = d.log.Err()
		case <-ctx.Done():
			err = ctx.Err()
		}
		stop()
		if err != nil {
			return err
		}
	}
}

func (d *duty) poll(ctx context.Context, done chan<- struct{}) {
	defer close(done)
	for ctx.Err() == nil {
		f := d.follow.PollFetches(ctx)
		select {
		case d.news <- f:
		case <-ctx.Done():
		}
	}
}

// take books news of the control topic and of the sources.
func (d *duty) take(f kgo.Fetches) error {
	if err := f.Err(); err != nil {
		return fmt.Errorf("follow control and reports: %w", err)
	}
	for _, r := range f.Records() {
		if r.Topic != d.topic.name {
			if err := d.sources.apply(r, d.c.o.Calendar); err != nil {
				return err
			}
			continue
		}
		if err := d.topic.table.apply(r); err != nil {
			return err
		}
		if string(r.Key) == keyTime {
			d.overwritten = d.topic.table.placedBy != d.scribe.term
		}
	}
	if err := d.topic.table.Writable(); err != nil {
		return &refusal{err}
	}
	if d.topic.table.superseded(pb.Mode_LIVE, d.scribe.term) {
		return errSuperseded
	}
	return nil
}

// learn waits for the reports that are there: a close must not be decided on
// half of them.
func (d *duty) learn(ctx context.Context) error {
	name := d.c.o.Namespace.Topic(topics.Reports)
	ends, err := kafka.EndOffsets(ctx, d.follow, name)
	if err != nil {
		return err
	}
	start, err := kafka.StartOffset(ctx, d.follow, name, 0)
	if err != nil {
		return err
	}
	for read := start; read < ends[0]; {
		select {
		case f := <-d.news:
			if err := d.take(f); err != nil {
				return err
			}
			f.EachRecord(func(r *kgo.Record) {
				if r.Topic == name {
					read = r.Offset + 1
				}
			})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (d *duty) situation() *situation {
	return &situation{
		Schedule: &d.c.o.Schedule, cal: d.c.o.Calendar, now: d.c.o.Clock.Now(),
		lastTick: d.scribe.done.TickAt, lastClose: d.scribe.done.LastClose,
		force: d.topic.table.ForceClose, sources: d.sources,
	}
}

// write writes the first thing that is due, saves it, and says whether there
// was any; if not, next is when to look again.
func (d *duty) write(ctx context.Context) (wrote bool, next time.Time, err error) {
	if err := d.topic.answer(ctx, d.c.o.Holder, d.c.o.Clock.Now().Unix()); err != nil {
		return false, next, err
	}
	if d.overwritten {
		d.overwritten = false
		return true, next, d.save(ctx)
	}
	s := d.situation()
	if err := d.checkJump(s); err != nil {
		return false, next, err
	}
	if wrote, err = d.forward(ctx, s); wrote || err != nil {
		return wrote, next, err
	}
	if at := s.tickDue(); at != 0 {
		if err := d.scribe.tickAt(ctx, s.cal, at); err != nil {
			return false, next, err
		}
		d.c.o.Metrics.tick.Set(float64(at))
		return true, next, d.save(ctx)
	}
	if s.now.Unix() < s.lastTick-int64(s.TickEvery/time.Second) {
		d.c.o.Metrics.clockBack.Inc()
	}
	due, waiting := s.closeDue()
	d.tellWaiting(s, waiting)
	if !due {
		return false, s.nextTick(), nil
	}
	return true, next, d.closeDay(ctx, s.lastClose+1)
}

func (d *duty) closeDay(ctx context.Context, day int32) error {
	if d.c.o.Rates != nil {
		r, err := d.c.o.Rates.Rates(ctx, day)
		if err != nil {
			return fmt.Errorf("rates of day %d: %w", day, err)
		}
		if err := d.scribe.rates(ctx, r); err != nil {
			return err
		}
	}
	if err := d.scribe.close(ctx, day, d.c.o.Calendar.Cut(day)); err != nil {
		return err
	}
	d.c.o.Metrics.lastClose.Set(float64(day))
	d.c.o.Log.Info().Str("day", event.FormatDay(day)).Msg("business day closed")
	return d.save(ctx)
}

// save flushes, then records what is done, unless another writer has taken over: what
// one wrote who was stopped for long counts for nothing, and the place that it says
// would let a successor leave out what does.
func (d *duty) save(ctx context.Context) error {
	if err := d.scribe.flush(ctx); err != nil {
		return err
	}
	if err := d.current(ctx); err != nil {
		return err
	}
	return d.scribe.save(ctx)
}

// current takes in what the control topic has by now.
func (d *duty) current(ctx context.Context) error {
	ends, err := kafka.EndOffsets(ctx, d.follow, d.topic.name)
	if err != nil {
		return err
	}
	for d.topic.table.Next < ends[0] {
		select {
		case f := <-d.news:
			if err := d.take(f); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// forward puts publications by operators into the log, in their order.
func (d *duty) forward(ctx context.Context, s *situation) (bool, error) {
	list := d.topic.table.Publications(d.scribe.done.ControlNext)
	if len(list) == 0 {
		return false, nil
	}
	for _, p := range list {
		if p.Rates != nil {
			if err := d.scribe.rates(ctx, p.Rates); err != nil {
				return false, err
			}
			continue
		}
		// An activation must lie ahead; one that was published too late for its
		// day takes effect on the first day that still can, and none before an older one.
		// The day is saved before it is written: should this writer die while only some
		// partitions have it, the next one writes the same.
		from := d.scribe.noted(p.Policy.Version)
		if from == 0 {
			from = max(p.Policy.EffectiveDay, s.cal.BusinessDay(s.now.Unix())+1, d.scribe.done.LastClose+2)
			for _, older := range d.scribe.done.Policies {
				from = max(from, older.EffectiveDay) // rule R178
			}
			d.scribe.note(p.Policy.Version, from)
			if err := d.save(ctx); err != nil {
				return false, err
			}
		}
		err := d.scribe.policy(ctx, &pb.PolicyActivation{
			Name: p.Policy.Name, Version: p.Policy.Version, EffectiveDay: from, Yaml: p.Policy.Yaml,
		})
		if err != nil {
			return false, err
		}
		d.c.o.Log.Info().Str("policy", p.Policy.Name).Uint32("version", p.Policy.Version).Int32("effective_day", from).
			Msg("policy activation written")
	}
	d.scribe.done.ControlNext = list[len(list)-1].Offset + 1
	return true, d.save(ctx)
}

// unheard is for how long after CloseAt it is no news that sources are waited for: each
// must first report once more.
const unheard = time.Minute

// tellWaiting logs a change of what a close waits for. Sources that come to the
// end of their day after its cut are no news: a person is told when the day should
// be closed by now.
func (d *duty) tellWaiting(s *situation, waiting []string) {
	d.c.o.Metrics.waiting.Set(float64(len(waiting)))
	d.c.o.Metrics.late.Set(max(0, s.late().Seconds()))
	day := event.FormatDay(s.lastClose + 1)
	if !slices.Equal(waiting, d.waiting) {
		d.waiting, d.warned = waiting, false
		d.c.o.Log.Debug().Str("day", day).Strs("sources", waiting).Msg("sources that the close waits for")
	}
	if len(waiting) > 0 && !d.warned && s.late() >= unheard {
		d.warned = true
		var why []string
		for _, source := range waiting {
			why = append(why, s.sources.why(source, s.now, s.patience()))
		}
		d.c.o.Log.Warn().Str("day", day).Strs("sources", waiting).Strs("why", why).
			Msg("the day should be closed by now, but sources lag; `tierwatch close --force` closes it anyway; " +
				"a source that is gone for good is left out by naming the others in conductor.wait_for")
	}
}

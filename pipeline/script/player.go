package script

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// player writes a script into the log of one partition, as ingest and the
// conductor would, and folds it.
type player struct {
	script *Script
	read   func(string) ([]byte, error)
	part   *fold.Partition
	out    fold.Outputs
	said   said
	offset int64
	digits int
	// plan is the newest policy, now the last TICK, closed the last CLOSE.
	plan   *policy.Plan
	now    int64
	start  int32
	closed int32
	rates  map[string]int64
}

// secondsADay is a calendar day of a script: it has no zone.
const secondsADay = 86400

// mostDays is how many days one close line may close: ten years and a bit. More is
// a slip in a date.
const mostDays = 4000

func newPlayer(s *Script, read func(string) ([]byte, error)) (*player, error) {
	p := &player{script: s, read: read, part: fold.New(fold.Options{}), rates: map[string]int64{}, start: firstDay(s)}
	p.digits, _ = policy.MinorDigits(s.Base)
	if p.start == 0 {
		return nil, errors.New("no line has a date, so there is no time; add a close")
	}
	engine := &pb.Engine{
		Version: fold.EngineVersion, BaseCurrency: s.Base, TimeZone: "UTC", FxLagDays: s.FXLag, NavLagDays: s.NAVLag, Epoch: 1, Clock: "log",
	}
	if err := p.write(&pb.LogRecord{Engine: engine}); err != nil {
		return nil, err
	}
	return p, nil
}

// firstDay is the day on which the script begins: that of the first line that
// happens on a day.
func firstDay(s *Script) int32 {
	for _, step := range s.Steps {
		switch do := step.Do.(type) {
		case Record:
			if at := eventTime(do.Log); *at != 0 {
				return int32(*at / secondsADay)
			}
		case Tick:
			return int32(do.At / secondsADay)
		case Close:
			return do.Day
		}
	}
	return 0
}

// do plays one line that is no expectation.
func (p *player) do(a Action) error {
	if use, ok := a.(UsePolicy); ok {
		return p.usePolicy(use)
	}
	if p.plan == nil {
		return errors.New("the script needs a policy first; begin with: policy PATH")
	}
	switch do := a.(type) {
	case Record:
		return p.record(do)
	case Rate:
		p.rates[do.Unit] = do.E12
		return p.write(&pb.LogRecord{Rates: &pb.Rates{Day: do.Day, Rates: []*pb.Rate{{Unit: do.Unit, RateE12: do.E12}}}})
	case Tick:
		return p.tick(do.At)
	case Close:
		return p.close(do.Day)
	}
	return fmt.Errorf("%T cannot be played", a)
}

// usePolicy puts a policy into the log; the first is followed by the first TICK.
func (p *player) usePolicy(use UsePolicy) error {
	text, err := p.read(use.Path)
	if err != nil {
		return fmt.Errorf("read the policy: %w", err)
	}
	plan, err := policy.Compile(use.Path, text, policy.Options{
		BaseCurrency: p.script.Base, FXLagDays: p.script.FXLag, NAVLagDays: p.script.NAVLag, Previous: p.plan,
	})
	if err != nil {
		return fmt.Errorf("compile the policy: %w", err)
	}
	first := p.plan == nil
	switch {
	case first && use.From == 0:
		use.From = p.start
	case !first && use.From == 0:
		return errors.New("a later policy needs its first day; add from=DATE")
	}
	err = p.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: plan.Name, Version: plan.Version, EffectiveDay: use.From, Yaml: text}})
	if p.plan = plan; first && err == nil {
		err = p.tick(int64(p.start)*secondsADay + 1)
	}
	return err
}

// record writes a customer record; one without a time happens now.
func (p *player) record(r Record) error {
	rec := r.Log.CloneVT()
	at := eventTime(rec)
	if *at == 0 {
		*at, *businessDay(rec) = p.now, int32(p.now/secondsADay)
	}
	if t := rec.Transaction; t != nil {
		p.value(t)
	}
	if !r.NoTick {
		if err := p.tick(*at); err != nil {
			return err
		}
	}
	return p.write(rec)
}

// value sets the amounts in base currency by the last rate, as ingest does.
func (p *player) value(t *pb.Transaction) {
	unit, qty := t.Currency, t.AmountMinor
	if t.Unit != "" {
		unit, qty = t.Unit, t.Quantity
		if t.AmountMinor == 0 {
			t.AmountMinor = inBase(qty, p.rates[unit])
		}
		if t.BaseAmountMinor == 0 {
			t.BaseAmountMinor = t.AmountMinor
		}
		return
	}
	switch {
	case t.BaseAmountMinor != 0:
	case unit == p.script.Base:
		t.BaseAmountMinor = qty
	default:
		t.BaseAmountMinor = inBase(qty, p.rates[unit])
	}
}

// inBase gives qty · rate / 10^12, half to even.
func inBase(qty, e12 int64) int64 {
	half := big.NewInt(500_000_000_000)
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(qty), big.NewInt(e12)), big.NewInt(1_000_000_000_000), new(big.Int))
	if c := r.Cmp(half); c > 0 || (c == 0 && q.Bit(0) == 1) {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

// tick moves the clock on; an earlier time leaves it.
func (p *player) tick(at int64) error {
	if at <= p.now {
		return nil
	}
	p.now = at
	return p.write(&pb.LogRecord{Tick: &pb.Tick{At: at, BusinessDay: int32(at / secondsADay)}})
}

// close closes every open day up to d. A day that is closed already is closed
// again: the fold must not mind.
func (p *player) close(d int32) error {
	from := p.closed + 1
	if p.closed == 0 {
		from = min(p.start, d)
	}
	if d-from > mostDays {
		return fmt.Errorf("%d days would be closed, more than %d; write the close in steps if it is meant", d-from+1, mostDays)
	}
	for x := min(from, d); x <= d; x++ {
		cut := (int64(x) + 1) * secondsADay
		if err := p.tick(cut); err != nil {
			return err
		}
		if err := p.write(&pb.LogRecord{Close: &pb.Close{Day: x, Cut: cut}}); err != nil {
			return err
		}
		p.closed = max(p.closed, x)
	}
	return nil
}

// write appends a record to the log, folds it, and takes what the fold says.
func (p *player) write(r *pb.LogRecord) error {
	value, err := r.MarshalVT()
	if err != nil {
		return fmt.Errorf("encode the record: %w", err)
	}
	p.out.Reset()
	if err := p.part.Apply(p.offset, value, &p.out); err != nil {
		return fmt.Errorf("fold the record: %w", err)
	}
	p.offset++
	for p.part.Draining() {
		p.part.Drain(1<<20, &p.out)
	}
	return p.said.take(p.out.List)
}

// eventTime and businessDay are the times of a customer record.
func eventTime(r *pb.LogRecord) *int64 {
	at, _ := times(r)
	return at
}

func businessDay(r *pb.LogRecord) *int32 {
	_, d := times(r)
	return d
}

func times(r *pb.LogRecord) (at *int64, d *int32) {
	switch {
	case r.Transaction != nil:
		return &r.Transaction.EventTime, &r.Transaction.BusinessDay
	case r.Balance != nil:
		return &r.Balance.EventTime, &r.Balance.BusinessDay
	case r.Lifecycle != nil:
		return &r.Lifecycle.EventTime, &r.Lifecycle.BusinessDay
	case r.Profile != nil:
		return &r.Profile.EventTime, &r.Profile.BusinessDay
	case r.Rm != nil:
		return &r.Rm.EventTime, &r.Rm.BusinessDay
	case r.Credit != nil:
		return &r.Credit.EventTime, &r.Credit.BusinessDay
	case r.Seed != nil:
		return &r.Seed.EventTime, &r.Seed.BusinessDay
	case r.Override != nil:
		return &r.Override.EventTime, &r.Override.BusinessDay
	}
	return new(int64), new(int32)
}

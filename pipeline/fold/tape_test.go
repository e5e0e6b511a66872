package fold_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// tapePolicy has a monthly average, a point balance by the day, and flows.
const tapePolicy = `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND, TIME]}
  funds:    {types: [FUND], value: nav}
metrics:
  aum:    {kind: adb, over: month, classes: [deposits, funds]}
  now:    {kind: balance, classes: [deposits, funds]}
  n:      {kind: count, window: 60d}
  inflow: {kind: sum, window: 60d, where: {direction: credit}}
  most:   {kind: max, window: 60d}
  days:   {kind: active_days, window: 60d}
  open:   {kind: complaints_open}
schemes:
  card:
    by: aum
    assess: month
    upgrade: at_close
    tiers:
      - {name: mass}
      - {name: gold,     from: 50_000,  watch_after: 1, down_after: 2, lands_on: last}
      - {name: platinum, from: 500_000, watch_after: 1, down_after: 2, lands_on: last}
  point:
    by: now
    assess: day
    upgrade: at_close
    tiers:
      - {name: low}
      - {name: high, from: 1_000, down_after: 1, lands_on: last}
alerts:
  LARGE_OUTFLOW: {share: 20%}
`

// first is the first business day of a tape.
var first = day.Of(2025, 1, 1)

// tape writes the log of one partition and listens to the fold.
type tape struct {
	t      testing.TB
	part   *fold.Partition
	out    fold.Outputs
	offset int64
	// said are the outputs of the last record, all those of every record.
	said, all []saying
}

// saying is one output in words.
type saying struct {
	kind     fold.Kind
	customer string
	offset   int64
	msg      any
	raw      []byte
}

// newTape has engine, policy and a first TICK on the day.
func newTape(t testing.TB, o fold.Options, policy string) *tape {
	t.Helper()
	tp := &tape{t: t, part: fold.New(o)}
	tp.write(&pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "UTC", NavLagDays: 1}})
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 1, Yaml: []byte(policy)}})
	tp.tick(first)
	return tp
}

// write folds one record and drains.
func (tp *tape) write(r *pb.LogRecord) {
	tp.t.Helper()
	v, err := r.MarshalVT()
	if err != nil {
		tp.t.Fatal(err)
	}
	if err := tp.raw(v); err != nil {
		tp.t.Fatalf("offset %d: %v", tp.offset-1, err)
	}
}

// fast folds one of very many records and keeps nothing of what is said.
func (tp *tape) fast(r *pb.LogRecord) (said int) {
	tp.t.Helper()
	v, err := r.MarshalVT()
	if err != nil {
		tp.t.Fatal(err)
	}
	if err := tp.part.Apply(tp.offset, v, &tp.out); err != nil {
		tp.t.Fatalf("offset %d: %v", tp.offset, err)
	}
	tp.offset++
	said = len(tp.out.List)
	tp.out.Reset()
	return said
}

// raw folds bytes. The fold must not keep them: they are overwritten.
func (tp *tape) raw(v []byte) error {
	tp.t.Helper()
	v = slices.Clone(v)
	err := tp.part.Apply(tp.offset, v, &tp.out)
	tp.offset++
	if err == nil {
		for !tp.part.Drain(1000, &tp.out) {
			continue
		}
	}
	tp.said = tp.said[:0]
	for _, o := range tp.out.List {
		tp.said = append(tp.said, sayings(tp.t, o)...)
	}
	tp.all = append(tp.all, tp.said...)
	tp.out.Reset()
	for i := range v {
		v[i] = 0xff
	}
	return err
}

// sayings are an output in words: a snapshot of several days says each.
func sayings(t testing.TB, o fold.Output) (list []saying) {
	t.Helper()
	s := saying{kind: o.Kind, customer: strings.Clone(o.Customer), offset: o.Offset, raw: slices.Clone(o.Value)}
	s.msg = decode(t, o)
	m, ok := s.msg.(*pb.Snapshot)
	if !ok {
		return []saying{s}
	}
	for _, day := range daysOf(t, m) {
		s.msg = day
		list = append(list, s)
	}
	return list
}

// decode reads an output by its kind.
func decode(t testing.TB, o fold.Output) any {
	t.Helper()
	var m interface{ UnmarshalVT([]byte) error }
	switch o.Kind {
	case fold.KindAlert:
		m = &pb.Alert{}
	case fold.KindTierChange:
		m = &pb.TierChange{}
	case fold.KindSnapshot:
		m = &pb.Snapshot{}
	case fold.KindVerdict:
		m = &pb.Verdict{}
	case fold.KindDeadLetter:
		m = &pb.DeadLetter{}
	}
	if err := m.UnmarshalVT(o.Value); err != nil {
		t.Fatalf("output of kind %d at %d: %v", o.Kind, o.Offset, err)
	}
	return m
}

// daysOf are the days of a snapshot, each alone.
func daysOf(t testing.TB, m *pb.Snapshot) (days []*pb.Snapshot) {
	t.Helper()
	if err := m.EachDay(func(day *pb.Snapshot) error {
		days = append(days, day.CloneVT())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return days
}

func (tp *tape) tick(d int32) {
	tp.t.Helper()
	tp.write(&pb.LogRecord{Tick: &pb.Tick{At: int64(d)*86400 + 60, BusinessDay: d}})
}

// close ends day d and begins the next.
func (tp *tape) close(d int32) {
	tp.t.Helper()
	tp.write(&pb.LogRecord{Close: &pb.Close{Day: d, Cut: int64(d+1) * 86400}})
	said := slices.Clone(tp.said)
	tp.tick(d + 1)
	tp.said = append(said, tp.said...)
}

// closeTo closes all days from … to.
func (tp *tape) closeTo(from, to int32) {
	tp.t.Helper()
	for d := from; d <= to; d++ {
		tp.close(d)
	}
}

// txn is a posted credit of yuan on C1's demand account A1, as change leaves it.
func txn(id string, d int32, yuan int64, change ...func(*pb.Transaction)) *pb.Transaction {
	t := &pb.Transaction{
		CustomerId: "C1", AccountId: "A1", Source: "core", TxnId: id, Version: 1, AccountType: pb.AccountType_DEMAND,
		TxnType: pb.TxnType_DEPOSIT_CASH, Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED,
		Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_BRANCH, AmountMinor: yuan * 100, Currency: "CNY",
		BaseAmountMinor: yuan * 100, EventTime: int64(d)*86400 + 36_000, BusinessDay: d, ValueDay: d,
	}
	if yuan < 0 {
		t.Direction, t.AmountMinor, t.BaseAmountMinor, t.TxnType = pb.Direction_DEBIT, -yuan*100, -yuan*100, pb.TxnType_TRANSFER_OUT
	}
	for _, f := range change {
		f(t)
	}
	return t
}

// reversalOf makes a transaction take another one of the core back.
func reversalOf(id string, k pb.ReversalKind) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.TxnType, t.ReversalOf, t.ReversalKind = pb.TxnType_REVERSAL, "core:"+id, k
	}
}

func status(s pb.TxnStatus) func(*pb.Transaction) {
	return func(t *pb.Transaction) { t.Status = s }
}

func version(v uint32) func(*pb.Transaction) {
	return func(t *pb.Transaction) { t.Version = v }
}

func (tp *tape) txn(id string, d int32, yuan int64, change ...func(*pb.Transaction)) {
	tp.t.Helper()
	tp.write(&pb.LogRecord{Transaction: txn(id, d, yuan, change...)})
}

// told are the verdicts and dead letters of the last record, in words.
func (tp *tape) told() string {
	var list []string
	for _, s := range tp.said {
		switch m := s.msg.(type) {
		case *pb.Verdict:
			w := strings.ToLower(strings.TrimPrefix(m.Kind.String(), "VERDICT_"))
			if m.Cause != "" {
				w += "/" + m.Cause
			}
			list = append(list, w)
		case *pb.DeadLetter:
			list = append(list, "dlq/"+m.Cause)
		}
	}
	return strings.Join(list, " ")
}

// tells wants these verdicts and dead letters of the last record.
func (tp *tape) tells(want string) {
	tp.t.Helper()
	if got := tp.told(); got != want {
		tp.t.Errorf("offset %d: told %q, want %q", tp.offset-1, got, want)
	}
}

// moves are the tier changes of the last record, in words.
func (tp *tape) moves() string {
	var list []string
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.TierChange); ok {
			list = append(list, fmt.Sprintf("%s:%s %s>%s %s", m.Scheme, m.Kind, m.From, m.To, day.String(m.EffectiveDay)))
		}
	}
	return strings.Join(list, ", ")
}

// stands is what is known of C1: balance of A1, count and inflow, largest, days.
func (tp *tape) stands() string {
	tp.t.Helper()
	x := tp.explain("C1")
	bal := int64(0)
	for _, a := range x.Accounts {
		if a.ID == "A1" {
			bal = a.Value
		}
	}
	return fmt.Sprintf("balance %d, n %d, inflow %d, most %d, days %d", bal/100, x.Metrics[2], x.Metrics[3]/100, x.Metrics[4]/100, x.Metrics[5])
}

func (tp *tape) holds(want string) {
	tp.t.Helper()
	if got := tp.stands(); got != want {
		tp.t.Errorf("offset %d:\n got %s\nwant %s", tp.offset-1, got, want)
	}
}

func (tp *tape) explain(id string) *fold.Explanation {
	tp.t.Helper()
	x, ok := tp.part.Explain(id)
	if !ok {
		tp.t.Fatalf("%s is not known", id)
	}
	return x
}

// results are all outputs but verdicts and dead letters, without what names a
// place in the log, sorted.
func (tp *tape) results() []string {
	var list []string
	for _, s := range tp.all {
		switch m := s.msg.(type) {
		case *pb.Alert:
			m.Log = nil
			list = append(list, "alert "+m.String())
		case *pb.TierChange:
			m.Log = nil
			list = append(list, "change "+m.String())
		case *pb.Snapshot:
			m.Log = nil
			list = append(list, "snapshot "+m.String())
		}
	}
	slices.SortFunc(list, cmp.Compare)
	return list
}

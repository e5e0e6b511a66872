package logrows

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// bank is a log with records of every kind, in a warehouse that the real sink has filled.
type bank struct {
	conn     driver.Conn
	db       string
	log      map[int32][]*pb.LogRecord // by partition; an offset is a place in it
	verdicts map[int32][]*pb.Verdict
}

const partitions = 2

// fields sets every field of a message: texts are the field's name, numbers grow.
func fields(m protoreflect.Message, next *int64) {
	list := m.Descriptor().Fields()
	for i := range list.Len() {
		f := list.Get(i)
		*next++
		switch {
		case f.IsList() && f.Message() == nil:
			m.Mutable(f).List().Append(protoreflect.ValueOfString(string(f.Name()) + "-1"))
			m.Mutable(f).List().Append(protoreflect.ValueOfString(string(f.Name()) + "-2"))
		case f.Message() != nil && !f.IsList():
			fields(m.Mutable(f).Message(), next)
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(string(f.Name())))
		case f.Kind() == protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		case f.Kind() == protoreflect.EnumKind:
			values := f.Enum().Values()
			m.Set(f, protoreflect.ValueOfEnum(values.Get(values.Len()-1).Number()))
		case f.Kind() == protoreflect.Int32Kind:
			m.Set(f, protoreflect.ValueOfInt32(int32(*next)+20000))
		case f.Kind() == protoreflect.Uint32Kind:
			m.Set(f, protoreflect.ValueOfUint32(uint32(*next)))
		case f.Kind() == protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(*next+1_700_000_000))
		}
	}
}

// whole is a record of a kind, every field set, then changed.
func whole(field string, change func(*pb.LogRecord)) *pb.LogRecord {
	r := new(pb.LogRecord)
	m := r.ProtoReflect()
	var n int64
	fields(m.Mutable(m.Descriptor().Fields().ByName(protoreflect.Name(field))).Message(), &n)
	if change != nil {
		change(r)
	}
	return r
}

// booking is a transaction of account "a" of customer "c" under an id.
func booking(id string, change func(*txn)) *pb.LogRecord {
	return &pb.LogRecord{Transaction: with(&pb.Transaction{
		CustomerId: "c", AccountId: "a", Source: "core", TxnId: id, Version: 1, AccountType: pb.AccountType_DEMAND, Status: pb.TxnStatus_POSTED,
		Direction: pb.Direction_DEBIT, AmountMinor: 100, BaseAmountMinor: 700, Currency: "CNY", BusinessDay: 20100, ValueDay: 20101, EventTime: 1_736_000_000,
	}, change)}
}

func with[M any](m *M, change func(*M)) *M {
	if change != nil {
		change(m)
	}
	return m
}

func closeOf(term int64, day int32) *pb.LogRecord {
	return &pb.LogRecord{Close: &pb.Close{Term: term, Day: day, Cut: int64(day+1) * 86400}}
}

func ratesOn(term int64, day int32, list ...*pb.Rate) *pb.LogRecord {
	return &pb.LogRecord{Rates: &pb.Rates{Term: term, Day: day, Rates: list}}
}

// story is what each partition of the log holds, and the verdicts on it.
func story(id int32) (log []*pb.LogRecord, verdicts []*pb.Verdict) {
	engine := whole("engine", func(r *pb.LogRecord) { r.Engine.Term, r.Engine.FxLagDays, r.Engine.NavLagDays = 1, 0, 2 })
	usd := func(e12 int64) *pb.Rate { return &pb.Rate{Unit: "USD", RateE12: e12} }
	log = []*pb.LogRecord{
		engine,
		whole("term", func(r *pb.LogRecord) { r.Term.Term = 2 }),
		whole("policy", func(r *pb.LogRecord) { r.Policy.Term = 2 }),
		ratesOn(2, 20100, usd(1), &pb.Rate{Unit: "EUR", RateE12: 2}, &pb.Rate{Unit: "FUND1", RateE12: 4}),
		closeOf(2, 20100),
		ratesOn(2, 20100, usd(9), &pb.Rate{Unit: "FUND1", RateE12: 5}), // USD is fixed, the fund not yet
		closeOf(1, 20101), // of a writer who is not in office any more
		closeOf(2, 20100), // closed before
		ratesOn(1, 20101, usd(8)),
		closeOf(2, 20101),
		{Tick: &pb.Tick{Term: 2, At: 5}},
		{CutOffs: &pb.CutOffs{Term: 2, Scheme: "s"}},
		whole("handover", func(r *pb.LogRecord) { r.Handover.Term = 2 }),
	}
	if id == 1 {
		return append(log, whole("transaction", func(r *pb.LogRecord) { r.Transaction.CustomerId = "other" })), nil
	}
	say := func(kind pb.VerdictKind, event string, about int64) {
		verdicts = append(verdicts, &pb.Verdict{CustomerId: "c", Kind: kind, EventId: event, AboutOffset: about, Log: &pb.Position{Partition: id, Offset: int64(len(log) - 1)}})
	}
	for _, kind := range []string{"transaction", "profile", "lifecycle", "rm", "credit", "complaint", "rm_action", "balance", "seed", "override"} {
		log = append(log, whole(kind, nil))
	}
	log = append(log, booking("1", nil), booking("1", nil))
	say(pb.VerdictKind_VERDICT_DUPLICATE, "core:1:1", 0)
	log = append(log, booking("p", func(t *txn) { t.Status = pb.TxnStatus_PENDING }), booking("p", nil))
	say(pb.VerdictKind_VERDICT_SUPERSEDED, "core:p:1", elsewhere)
	log = append(log, booking("late", func(t *txn) {
		t.BusinessDay, t.BalanceKnown, t.BalanceAfter, t.EventTime = 20090, true, -5, 1_735_000_000
	}))
	say(pb.VerdictKind_VERDICT_LATE, "core:late:1", 0)
	log = append(log, booking("old", func(t *txn) { t.BalanceKnown, t.BalanceAfter, t.EventTime = true, 7, 1_734_000_000 }),
		// What no column can hold is moved to the nearest.
		booking("far", func(t *txn) {
			t.AccountId, t.BusinessDay, t.ValueDay, t.EventTime, t.AccountType, t.DueDay = "b", 90000, -5, 1<<40, 99, -90000
		}),
		whole("balance", func(r *pb.LogRecord) { r.Balance.Balance = 3 }), // the second of its account
		// The account is open again; the profile says less. The last one told of each is older.
		whole("lifecycle", func(r *pb.LogRecord) {
			r.Lifecycle.EventTime, r.Lifecycle.ClosedDay, r.Lifecycle.Unit = r.Lifecycle.EventTime+9, 0, ""
			r.Lifecycle.OpenedDay, r.Lifecycle.LimitMinor = 0, 0
		}),
		whole("lifecycle", func(r *pb.LogRecord) { r.Lifecycle.ProductCode = "older"; r.Lifecycle.SourceSeq-- }),
		whole("profile", func(r *pb.LogRecord) { r.Profile.EventTime, r.Profile.SinceDay = r.Profile.EventTime+9, 0 }),
		whole("profile", func(r *pb.LogRecord) { r.Profile.DisplayName = "older"; r.Profile.EventTime-- }),
		&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "c", AccountId: "unbooked"}},
	)
	// The fold does not take the first balance of an account: the second opens it.
	balance := whole("balance", func(r *pb.LogRecord) { r.Balance.CustomerId, r.Balance.AccountId = "c", "again" })
	log = append(log, balance)
	say(pb.VerdictKind_VERDICT_REJECTED, "", 0)
	log = append(log, balance, balance)
	// Nor the newest word about an account, a customer and who looks after him, nor the only one about others.
	for _, kind := range []pb.VerdictKind{pb.VerdictKind_VERDICT_REJECTED, pb.VerdictKind_VERDICT_PARKED} {
		for _, customer := range []string{"customer_id", "refused"} {
			for _, r := range []*pb.LogRecord{
				{Lifecycle: &pb.AccountLifecycle{CustomerId: customer, AccountId: "account_id", EventTime: 1 << 31, Unit: "wrong"}},
				{Profile: &pb.CustomerProfile{CustomerId: customer, EventTime: 1 << 31, DisplayName: "wrong"}},
				{Rm: &pb.RmAssignment{CustomerId: customer, EventTime: 1 << 31, RmId: "wrong"}},
				{Credit: &pb.CreditStatus{CustomerId: customer, AccountId: "account_id", EventTime: 1 << 31, LimitMinor: 9}},
				{Complaint: &pb.Complaint{CustomerId: customer, EventTime: 1 << 31}},
			} {
				log = append(log, r)
				say(kind, "", 0)
			}
		}
	}
	// A limit is told by a credit status too, here of an account of which nothing else is known.
	credit := func(seq, limit int64) *pb.LogRecord {
		return &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "c", AccountId: "lent", AccountType: pb.AccountType_LOAN, EventTime: 5, SourceSeq: seq, LimitMinor: limit}}
	}
	return append(log, credit(2, 20), credit(1, 10), credit(3, 0)), verdicts
}

func tiersOf([]byte) ([]clickhouse.Tier, error) {
	return []clickhouse.Tier{
		{Scheme: "card", Name: "mass", Zh: "普通", En: "Mass", Metric: "aum"},
		{Scheme: "card", Rank: 1, Name: "gold", Zh: "金卡", En: "Gold", Metric: "aum", Threshold: 5, Condition: "x", WatchAfter: 1, DownAfter: 3, LandsOn: "last"},
	}, nil
}

// newBank fills a warehouse.
func newBank(t *testing.T) *bank {
	t.Helper()
	conn, o := database(t)
	b := &bank{conn: conn, db: o.Database, log: map[int32][]*pb.LogRecord{}, verdicts: map[int32][]*pb.Verdict{}}
	ns := topics.DefaultNamespace
	var names []string
	for _, spec := range topics.Table() {
		names = append(names, ns.Topic(spec.ID))
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, names...))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	seeds := kgo.SeedBrokers(cluster.ListenAddrs()...)
	client, err := kgo.NewClient(seeds, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	put := func(id topics.ID, partition int32, m interface{ MarshalVT() ([]byte, error) }) {
		t.Helper()
		value, err := m.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: ns.Topic(id), Partition: partition, Value: value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for id := range int32(partitions) {
		b.log[id], b.verdicts[id] = story(id)
		for _, r := range b.log[id] {
			put(topics.Events, id, r)
		}
		for _, v := range b.verdicts[id] {
			put(topics.Verdicts, id, v)
		}
	}
	sink, err := clickhouse.NewSink(clickhouse.Config{
		Conn: o, Kafka: []kgo.Opt{seeds}, Namespace: ns, Tiers: tiersOf, Interval: 50 * time.Millisecond, Logger: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- sink.Run(running) }()
	admin := kadm.NewClient(client)
	targets, err := clickhouse.Ends(ctx, admin, ns)
	if err == nil {
		err = clickhouse.WaitPassed(ctx, admin, ns, targets)
	}
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
	return b
}

// found is a difference in a partition.
type found struct {
	partition int32
	Difference
}

// piece is what is compared of each partition of the log: end 0 is all of it.
type piece struct {
	from, end int64
	window    int
	before    *clickhouse.Beginning // of partition 0
}

// compare compares as an audit does.
func (b *bank) compare(t *testing.T, what piece) (list []found) {
	t.Helper()
	tiers := &Tiers{Of: tiersOf}
	end := func(id int32) int64 {
		if all := int64(len(b.log[id])); what.end == 0 || what.end > all {
			return all
		}
		return what.end
	}
	for id := range int32(partitions) {
		before := what.before
		if id != 0 {
			before = nil
		}
		p := New(Options{
			Conn: b.conn, Database: b.db, Partition: id, From: what.from, End: end(id), Window: what.window, Before: before,
			Record: func(_ context.Context, offset int64) (*pb.LogRecord, error) { return b.log[id][offset], nil },
			Found:  func(d Difference) { list = append(list, found{id, d}) },
		})
		for offset := what.from; offset < end(id); offset++ {
			if err := p.Record(t.Context(), offset, b.log[id][offset]); err != nil {
				t.Fatal(err)
			}
			tiers.Record(id, offset, b.log[id][offset])
			for _, v := range b.verdicts[id] {
				if v.Log.Offset == offset {
					p.Verdict(v)
				}
			}
		}
		if _, err := p.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	audited := func(partition int32, offset int64) bool { return offset >= what.from && offset < end(partition) }
	if _, err := tiers.Compare(t.Context(), b.conn, b.db, audited, func(id int32, d Difference) { list = append(list, found{id, d}) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// do runs a statement and waits for it; ${db} is the database.
func (b *bank) do(t *testing.T, sql string) {
	t.Helper()
	if err := b.conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

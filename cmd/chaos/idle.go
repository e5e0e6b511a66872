package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// idle are customers who hardly do anything: each has an account, most the tier that the
// bank has given him, and now and then a booking. They are so many that what is done for
// everybody takes the fold several steps in each partition.
type idle struct {
	first int32
	cal   *event.Calendar
	r     *rand.Rand
	// money is what each holds, in fen; booked counts all bookings.
	money  []int64
	booked int
}

// busyOf is of how many one has a booking on a day, shortOf of how many one holds less
// than his tier asks for, blankOf of how many one has no tier yet.
const (
	busyOf  = 50
	shortOf = 8
	blankOf = 5
)

// rungs are the tiers of card in the first version of the policy, with what they ask for,
// in CNY.
var rungs = []struct {
	tier string
	from int64
}{{"mass", 10_000}, {"gold", 50_000}, {"platinum", 500_000}, {"diamond", 2_000_000}, {"private", 6_000_000}}

func newIdle(seed uint64, n int, first int32, cal *event.Calendar) *idle {
	r := rand.New(rand.NewPCG(seed, 4)) //nolint:gosec // reproducible on purpose
	return &idle{first: first, cal: cal, r: r, money: make([]int64, n)}
}

// day gives the rows of a day; those of the first are who they are.
func (d *idle) day(day int32) (rows []*row) {
	for i := range d.money {
		at := d.cal.Cut(day-1) + d.r.Int64N(86_400)
		if day == d.first {
			rows = append(rows, d.introduce(i, at)...)
		} else if d.r.IntN(busyOf) == 0 {
			rows = append(rows, d.book(i, day, at))
		}
	}
	return rows
}

func (d *idle) introduce(i int, at int64) (rows []*row) {
	rung := rungs[d.r.IntN(len(rungs))]
	d.money[i] = rung.from*100 + d.r.Int64N(rung.from*50)
	if d.r.IntN(shortOf) == 0 {
		d.money[i] = rung.from * 80
	}
	before := d.first - 1
	rows = append(rows, rowOf(at, idleName(i), synth.AppendJSON(nil, &pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: idleName(i), AccountId: idleName(i) + "-1", AccountType: pb.AccountType_DEMAND, Unit: currency,
		EventTime: d.cal.Cut(before) - 1, BusinessDay: before, Day: before, Balance: d.money[i], SourceSeq: 1,
	}})))
	if d.r.IntN(blankOf) > 0 {
		text := fmt.Sprintf(`{"record":"seed","customer_id":%q,"event_time":%q,"scheme":"card","tier":%q,"since_date":"2024-07-01","misses":%d,"source_seq":2}`,
			idleName(i), time.Unix(at, 0).UTC().Format(time.RFC3339), rung.tier, d.r.IntN(3))
		rows = append(rows, rowOf(at, idleName(i), []byte(text)))
	}
	return rows
}

// book moves up to half of what he holds, in or out.
func (d *idle) book(i int, day int32, at int64) *row {
	d.booked++
	t := &pb.Transaction{
		CustomerId: idleName(i), AccountId: idleName(i) + "-1", AccountType: pb.AccountType_DEMAND, Source: "core", TxnId: fmt.Sprintf("idle-%06d", d.booked),
		Version: 1, SchemaVersion: 1, TxnType: pb.TxnType_TRANSFER_IN, Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED,
		Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_APP, CounterpartyType: pb.CounterpartyType_OTHER_BANK,
		AmountMinor: 1 + d.r.Int64N(max(1, d.money[i]/2)), Currency: currency, EventTime: at, BusinessDay: day, ValueDay: day,
	}
	if d.r.IntN(2) == 0 {
		t.TxnType, t.Direction = pb.TxnType_TRANSFER_OUT, pb.Direction_DEBIT
		d.money[i] -= t.AmountMinor
	} else {
		d.money[i] += t.AmountMinor
	}
	return rowOf(at, t.CustomerId, synth.AppendJSON(nil, &pb.LogRecord{Transaction: t}))
}

func idleName(i int) string { return fmt.Sprintf("I-%05d", i) }

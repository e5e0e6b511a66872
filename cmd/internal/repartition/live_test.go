package repartition

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// began is when payments were made: a payment sent twice says the same.
var began = time.Now().UTC().Format(time.RFC3339)

// paid is 100.00 paid to one of seven customers now, as the bank's topic has it.
func paid(id int) string {
	return fmt.Sprintf(`{"event_id":"core:%d:1","customer_id":"C%d","account_id":"A%d","account_type":"DEMAND","txn_type":"TRANSFER_IN",`+
		`"direction":"CREDIT","amount_minor":10000,"currency":"CNY","event_time":%q,"status":"POSTED","initiator":"CUSTOMER"}`,
		id, id%7, id%7, began)
}

func pay(b *trial.Bank, from, to int) {
	for id := from; id <= to; id++ {
		b.Send(paid(id))
	}
}

func arrived(b *trial.Bank, id int) {
	b.Arrived(func(r *pb.LogRecord) bool { return r.Transaction.GetTxnId() == fmt.Sprint(id) })
}

// writers starts the roles that write the log.
func writers(b *trial.Bank) {
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
	b.Run(role.Conductor, run, err)
	run, err = role.NewIngest(b.Deployment, role.IngestOptions{ReportEvery: 20 * time.Millisecond})
	b.Run(role.Ingest, run, err)
}

// TestIngestGoesOnExactlyThere: with real roles, each record of the bank's topic is in
// the new log once, the books go on, dead letters and their marks are there, and
// nothing that was published is written again.
func TestIngestGoesOnExactlyThere(t *testing.T) {
	b := bank(t, 3)
	b.Config.Conductor.Tick = config.Duration(time.Second)
	b.Publish()
	b.PublishRate(b.Calendar.BusinessDay(time.Now().Unix())-1, "USD", 7_100_000_000_000)
	writers(b)
	b.Fold()
	b.Ticked()
	b.Send(`{}`, `{"x":1}`)
	pay(b, 1, 39)
	pay(b, 30, 40) // the first ten are known
	arrived(b, 40)
	if p, err := Look(t.Context(), b.Deployment, quietly(5, "")); err != nil || !errors.Is(p.Running, ErrRunning) || p.Begun {
		t.Errorf("with roles at work: %+v, %v", p, err)
	}
	if _, _, err := Run(t.Context(), b.Deployment, quietly(5, "")); !errors.Is(err, ErrRunning) || !strings.Contains(err.Error(), "stop the roles ingest and conductor") {
		t.Errorf("with roles at work: %v", err)
	}
	b.Folded()
	b.Rest()
	pay(b, 41, 50) // while nobody reads

	second := b.Letters()[1]
	if err := b.Control().NoteRedriven(t.Context(), &pb.Redriven{Partition: second.Partition, Offset: second.Offset, At: 77}); err != nil {
		t.Fatal(err)
	}
	was := said(t, b)
	now := repartitioned(t, b, quietly(5, ""))
	leftAlone(t, b)

	if got := now.Letters(); len(got) != 2 || string(got[0].Original)+string(got[1].Original) != string(b.Letters()[0].Original)+string(second.Original) {
		t.Errorf("letters %+v", got)
	} else if l := now.Control().Table().Redriven(got[1].Partition, got[1].Offset); l.GetAt() != 77 {
		t.Errorf("redriven: %v", l)
	}
	now.Fold()
	now.Folded()
	sameSaid(t, "the same log", said(t, now), was)
	writers(now)
	pay(now, 51, 60)
	arrived(now, 60)
	kafkatest.Until(t, "the new conductor's first TICK", func() bool { return now.Control().Table().Time.Term > 0 })
	now.Rest()

	counts, published := map[string]int{}, 0
	for _, list := range records(t, now, topics.Events) {
		for _, r := range list {
			rec := new(pb.LogRecord)
			if err := rec.UnmarshalVT(r.Value); err != nil {
				t.Fatal(err)
			}
			if rec.Transaction != nil {
				counts[rec.Transaction.TxnId]++ // those of 30 to 39 were sent twice
			}
			if rec.Policy != nil || rec.Rates != nil {
				published++
			}
		}
	}
	for id := 1; id <= 60; id++ {
		if n := counts[fmt.Sprint(id)]; n != 1 && (n != 2 || id < 30 || id > 39) {
			t.Errorf("transaction %d is in the log %d times", id, n)
		}
	}
	if published != 2*5 {
		t.Errorf("policy and rate are in the log %d times, want once in each partition", published)
	}
	booked(t, now, 72, 70, 2)

	// The way back counts the letter that was redriven there alone.
	first := now.Letters()[0]
	if err := now.Control().NoteRedriven(t.Context(), &pb.Redriven{Partition: first.Partition, Offset: first.Offset, At: 78}); err != nil {
		t.Fatal(err)
	}
	if told, err := Back(t.Context(), b.Deployment, false); err != nil || told.Redriven != 1 {
		t.Errorf("back: %+v, %v; want 1 letter", told, err)
	}
}

// booked wants the books of ingest to have counted just this.
func booked(t *testing.T, b *trial.Bank, read, accepted, rejected int64) {
	t.Helper()
	rows, err := admin(t, b).FetchOffsets(t.Context(), b.Namespace.Group("ingest-"+trial.Source))
	if err != nil {
		t.Fatal(err)
	}
	var sum pb.SourceBooks
	rows.Each(func(row kadm.OffsetResponse) {
		books, err := kafka.ParseBooks(row.Metadata)
		if err != nil {
			t.Fatal(err)
		}
		sum.Read += books.Read
		sum.Accepted += books.Accepted
		sum.Rejected += books.Rejected
	})
	if sum.Read != read || sum.Accepted != accepted || sum.Rejected != rejected {
		t.Errorf("books: %+v, want %d read, %d accepted, %d rejected", &sum, read, accepted, rejected)
	}
}

// leftAlone wants every writer of the old log refused.
func leftAlone(t *testing.T, b *trial.Bank) {
	t.Helper()
	before := bytesOf(t, b, topics.Events)
	conductor, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
	if err == nil {
		err = conductor(t.Context())
	}
	if !errors.Is(err, control.ErrMoved) || !strings.Contains(err.Error(), "goes on as tierwatch-e2") {
		t.Errorf("conductor of the old log: %v", err)
	}
	ingest, err := role.NewIngest(b.Deployment, role.IngestOptions{})
	if err == nil {
		err = ingest(t.Context())
	}
	if !errors.Is(err, control.ErrMoved) {
		t.Errorf("ingest of the old log: %v", err)
	}
	if _, err := letters.NewRedriver(t.Context(), b.Deployment, letters.RedriveOptions{}); !errors.Is(err, control.ErrMoved) {
		t.Errorf("redrive into the old log: %v", err)
	}
	if !slices.Equal(bytesOf(t, b, topics.Events), before) {
		t.Error("the old log has grown")
	}
}

// TestParkedRecordsStayParked: a record that the old fold was told to leave out is left
// out by the new one, at its new place.
func TestParkedRecordsStayParked(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 3, false)
	var at letters.Place
	var want string
	for p, list := range records(t, b, topics.Events) {
		for _, r := range list {
			if string(r.Key) == "C4" {
				at, want = letters.Place{Partition: int32(p), Offset: r.Offset}, string(r.Value)
			}
		}
	}
	if err := letters.Park(t.Context(), b.Deployment, at, "a test"); err != nil {
		t.Fatal(err)
	}
	b.Fold()
	b.Folded()
	now := repartitioned(t, b, quietly(5, ""))
	table, found := now.Control().Table(), 0
	for p, list := range records(t, now, topics.Events) {
		for _, offset := range table.Skips(int32(p)) {
			if found++; string(list[offset].Value) != want {
				t.Errorf("parked is %d:%d, another record", p, offset)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d records are parked, want 1", found)
	}
	now.Fold()
	now.Folded()
	sameSaid(t, "with a parked record", said(t, now), said(t, b))
}

// TestFromASnapshotTheRolesGoOn: with real roles, what came behind the snapshot's CLOSE is
// in the new log once, parked records stay parked, and ingest, conductor and fold go on.
func TestFromASnapshotTheRolesGoOn(t *testing.T) {
	b := bank(t, 3)
	b.Config.Conductor.Tick = config.Duration(time.Second)
	today := b.Calendar.BusinessDay(time.Now().Unix())
	back := b.Backfill(today - 12)
	b.Days(back, today-12, today-12, today-1)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := shot(t, b)
	writers(b)
	b.Ticked()
	pay(b, 1, 40)
	arrived(b, 40)
	b.Rest()
	var parked []byte
	for p, list := range records(t, b, topics.Events) {
		for _, r := range list {
			if rec := new(pb.LogRecord); rec.UnmarshalVT(r.Value) == nil && rec.Transaction.GetTxnId() == "17" {
				parked = r.Value
				if err := letters.Park(t.Context(), b.Deployment, letters.Place{Partition: int32(p), Offset: r.Offset}, "a test"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b.Fold()
	b.Folded()
	b.Rest()
	pay(b, 41, 50) // while nobody reads
	cutBehind(t, b, s)
	now := repartitioned(t, b, from(s, filepath.Join(t.TempDir(), "new"), 5, ""))
	leftAlone(t, b)
	now.Fold()
	now.Folded()
	sameSaid(t, "behind the CLOSE", said(t, now), saidBehind(t, b, nexts(s)))
	writers(now)
	pay(now, 51, 60)
	arrived(now, 60)
	kafkatest.Until(t, "the new conductor's first TICK", func() bool { return now.Control().Table().Time.Term > 0 })
	now.Folded()
	now.Rest()
	counts, skips := map[string]int{}, now.Control().Table()
	for p, list := range records(t, now, topics.Events) {
		for _, r := range list {
			rec := new(pb.LogRecord)
			if err := rec.UnmarshalVT(r.Value); err != nil {
				t.Fatal(err)
			}
			if rec.Transaction != nil {
				counts[rec.Transaction.TxnId]++
			}
			if is := slices.Equal(r.Value, parked); is != slices.Contains(skips.Skips(int32(p)), r.Offset) {
				t.Errorf("%d:%d is parked: %v, want %v", p, r.Offset, !is, is)
			}
		}
	}
	for id := 1; id <= 60; id++ {
		if n := counts[fmt.Sprint(id)]; n != 1 {
			t.Errorf("transaction %d is in the log %d times", id, n)
		}
	}
	if len(counts) != 60 {
		t.Errorf("%d transactions are in the log, those before the CLOSE too", len(counts))
	}
	booked(t, now, 60, 60, 0)
}

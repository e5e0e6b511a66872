package control

import (
	"errors"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control/topology"
)

// TestWhatACarriedTopicSays: publications keep their order and which of them are in the
// log, an interrupted load looks for its records behind the start of the new log, and
// what names the old log's places and writers stays behind.
func TestWhatACarriedTopicSays(t *testing.T) {
	o := newOffice(t)
	from := o.topic()
	if err := topology.Ensure(t.Context(), o.client(), topology.Options{Namespace: "other", Partitions: 5, Replication: 1}); err != nil {
		t.Fatal(err)
	}
	to, err := OpenTopic(o.kafka, "other")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(to.NoteMade(ctx, &pb.Repartition{From: "f", To: "other", Partitions: 5}))
	policy := func(version uint32) *pb.PolicyPublication { return &pb.PolicyPublication{Name: "p", Version: version} }
	rate := func(day int32, e12 int64) *pb.Rates {
		return &pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: "USD", RateE12: e12}}}
	}
	must(from.PublishPolicy(ctx, policy(1)))
	must(from.PublishRates(ctx, rate(7, 70)))
	table, err := from.Refresh(ctx)
	must(err)
	next := table.Next
	must(from.PublishPolicy(ctx, policy(2)))
	must(from.noteRates(ctx, rate(6, 60)))
	must(from.NoteFile(ctx, &pb.LoadedFile{Sha256: "done", Done: true, LogEnds: []int64{9, 9, 9}}))
	must(from.NoteFile(ctx, &pb.LoadedFile{Sha256: "half", Position: 8, LogEnds: []int64{9, 9, 9}, BeganLog: []int64{1, 1, 1}}))
	must(from.ForceClose(ctx, &pb.ForceClose{Day: 5}))
	must(from.Park(ctx, &pb.Skip{Partition: 1, Offset: 3}))
	must(from.NoteRedriven(ctx, &pb.Redriven{Partition: 1, Offset: 4, At: 44}))
	must(from.NoteRedriven(ctx, &pb.Redriven{Partition: 2, Offset: 5, At: 55}))
	_, err = from.claim(ctx, "live", pb.Mode_LIVE, 0)
	must(err)
	must(from.saveTime(ctx, &pb.TimeProgress{Term: 77, TickAt: 8, LastClose: 4, ControlNext: next, Live: true}))
	table, err = from.Refresh(ctx)
	must(err)
	letters := func(partition int32, offset int64) (int32, int64, bool) { return 4, offset + 1, partition == 1 }
	for range 2 { // once more changes nothing
		must(to.Carry(ctx, table, 5, letters))
	}
	got, err := to.Refresh(ctx)
	must(err)
	waiting := got.Publications(got.Time.ControlNext)
	if all := got.Policies(); len(all) != 2 || all[1].Version != 2 || len(got.Publications(0)) != 3 || len(waiting) != 1 || waiting[0].Policy.GetVersion() != 2 {
		t.Errorf("publications %v, of which wait %v", all, waiting)
	}
	if x := got.Time; x.Term != 0 || x.TickAt != 8 || x.LastClose != 4 || !x.Live {
		t.Errorf("time %v", x)
	}
	for day, want := range map[int32]int64{6: 60, 7: 70} {
		if e12, ok := got.Rates.Rate("USD", day); !ok || e12 != want {
			t.Errorf("rate of day %d: %d, want %d", day, e12, want)
		}
	}
	if f := got.File("half"); f.Position != 8 || len(f.LogEnds) != 5 || f.LogEnds[2] != 0 || len(f.DlqEnds) != 5 {
		t.Errorf("half a load: %v", f)
	}
	if f := got.File("done"); f == nil || !f.Done {
		t.Errorf("a load: %v", f)
	}
	if got.ForceClose != 5 || len(got.Skips(1)) != 0 || got.Live != nil || got.Redriven(4, 5).GetAt() != 44 || got.Redriven(4, 6) != nil {
		t.Errorf("%+v", got)
	}
	if err := got.Writable(); !errors.Is(err, ErrUnfinished) {
		t.Errorf("before the end: %v", err)
	}
	must(to.NoteMade(ctx, &pb.Repartition{From: "f", To: "other", Partitions: 5, Done: true}))
	got, err = to.Refresh(ctx)
	must(err)
	if err := got.Writable(); err != nil {
		t.Error(err)
	}
	if n := got.RedrivenAlone(table, letters); n != 0 || got.Redrives() != 1 {
		t.Errorf("%d letters were redriven, %d of them there alone", got.Redrives(), n)
	}
	must(to.NoteRedriven(ctx, &pb.Redriven{Partition: 4, Offset: 5, At: 45})) // once more
	must(to.NoteRedriven(ctx, &pb.Redriven{Partition: 2, Offset: 5, At: 55})) // not that of the old log at this place
	got, err = to.Refresh(ctx)
	must(err)
	if n := got.RedrivenAlone(table, letters); n != 2 {
		t.Errorf("%d letters were redriven there alone, want 2", n)
	}
}

// TestAConductorWaitsForAnUnfinishedLog: and takes office once it is made.
func TestAConductorWaitsForAnUnfinishedLog(t *testing.T) {
	o := newOffice(t)
	topic := o.topic()
	made := &pb.Repartition{From: "f", To: string(o.ns), Partitions: partitions}
	if err := topic.NoteMade(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if _, err := topic.claim(t.Context(), "a", pb.Mode_LIVE, 0); !errors.Is(err, ErrUnfinished) {
		t.Errorf("a claim: %v", err)
	}
	made.Done = true
	if err := topic.NoteMade(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if _, err := topic.claim(t.Context(), "a", pb.Mode_LIVE, 0); err != nil {
		t.Error(err)
	}
}

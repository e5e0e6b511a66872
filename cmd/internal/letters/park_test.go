package letters_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// TestParkNamesARecordOfTheLog: what is parked is what the fold reads; a place where
// no record is, is told with what there is.
func TestParkNamesARecordOfTheLog(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 100_00))
	if err := letters.Park(t.Context(), b.Deployment, letters.Place{Partition: 0, Offset: 1}, "cannot be folded"); err != nil {
		t.Fatal(err)
	}
	registry, err := control.NewRegistry(b.Kafka, b.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer registry.Close()
	got, err := registry.Skips(t.Context(), 0)
	if err != nil || !slices.Equal(got, []int64{1}) {
		t.Errorf("parked are %v (%v), want offset 1", got, err)
	}
	for want, at := range map[string]letters.Place{
		"has offsets 0 to":    {Partition: 0, Offset: 1 << 40},
		"has partitions 0 to": {Partition: 99, Offset: 1},
	} {
		if err := letters.Park(t.Context(), b.Deployment, at, "no"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", at, err, want)
		}
	}
}

// TestParkRefusesWhatIsFolded: the past is not changed. Of a drain that goes on some has
// been said.
func TestParkRefusesWhatIsFolded(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 100_00))
	client, err := kgo.NewClient(b.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, c := range []struct {
		at       int64
		metadata string
		want     string
	}{
		{2, progress.NotDraining, "record 0:1 has been folded, partition 0 stands at offset 2"},
		{1, progress.NotDraining, ""},
		{2, progress.NotDraining + "CAE=", "has been folded"}, // its drain is going on
		{1, progress.NotDraining + "CAE=", ""},                // that of a record before it is
	} {
		var o kadm.Offsets
		o.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Events), Partition: 0, At: c.at, LeaderEpoch: -1, Metadata: c.metadata})
		if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), b.Namespace.Group("fold"), o); err != nil {
			t.Fatal(err)
		}
		err := letters.Park(t.Context(), b.Deployment, letters.Place{Partition: 0, Offset: 1}, "cannot be folded")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("the fold at %d %q: %v, want %q", c.at, c.metadata, err, c.want)
		}
	}
}

// TestParkRefusesWhatIsAboutToBeFolded: while a fold runs, only the record at which a
// partition stands can be the one that has stopped it.
func TestParkRefusesWhatIsAboutToBeFolded(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 100_00))
	client, err := kgo.NewClient(append(slices.Clone(b.Kafka), kgo.ConsumerGroup(b.Namespace.Group("fold")), kgo.ConsumeTopics(b.Namespace.Topic(topics.Control)))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.PollFetches(t.Context()) // it is a member
	park := func(offset int64) error {
		return letters.Park(t.Context(), b.Deployment, letters.Place{Partition: 0, Offset: offset}, "cannot be folded")
	}
	if err := park(1); err == nil || !strings.Contains(err.Error(), "stands at offset 0") {
		t.Errorf("beside a fold that runs: %v", err)
	}
	if err := park(0); err != nil {
		t.Errorf("where the partition stands: %v", err)
	}
	client.Close()
	if err := park(1); err != nil {
		t.Errorf("without a fold: %v", err)
	}
}

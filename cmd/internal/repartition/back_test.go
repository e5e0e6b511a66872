package repartition

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// undone takes a repartition back as if it had not been: the next one has its epoch, so
// that the logs of both are the same byte for byte.
func undone(t *testing.T, b *trial.Bank) {
	t.Helper()
	if _, err := Back(t.Context(), b.Deployment, false); err != nil {
		t.Fatal(err)
	}
	topic := b.Control()
	mark := topic.Table().Left.CloneVT()
	mark.Epoch--
	if err := topic.NoteLeft(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
}

// TestBackOnlyWithWhatCameSince: a log that was left does not go on where its sources have
// lost what it reads next, or the brokers where that was, unless somebody accepts it.
func TestBackOnlyWithWhatCameSince(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 3, false)
	pay(b, 1, 20)
	kafka := admin(t, b)
	ends, err := kafka.ListEndOffsets(t.Context(), trial.Source)
	if err != nil {
		t.Fatal(err)
	}
	group, filled := b.Namespace.Group("ingest-"+trial.Source), int32(0)
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset == 20 { // all have one key
			filled = o.Partition
		}
	})
	stands := func(offset int64) {
		t.Helper()
		var at kadm.Offsets
		at.Add(kadm.Offset{Topic: trial.Source, Partition: filled, At: offset, LeaderEpoch: -1})
		if err := kafka.CommitAllOffsets(t.Context(), group, at); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(words ...string) {
		t.Helper()
		_, err := Back(t.Context(), b.Deployment, false)
		for _, w := range append(words, "--accept-loss") {
			if !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), w) {
				t.Errorf("%v; want %q", err, w)
			}
		}
		if now := b.Control().Table().Left; now.Withdrawn {
			t.Error("the move was taken back")
		}
	}
	back := func(acceptLoss bool) {
		t.Helper()
		if _, err := Back(t.Context(), b.Deployment, acceptLoss); err != nil {
			t.Fatal(err)
		}
		if err := b.Control().Table().Writable(); err != nil {
			t.Error(err)
		}
	}
	stands(12)
	now := repartitioned(t, b, quietly(5, "one"))
	var to kadm.Offsets
	to.Add(kadm.Offset{Topic: trial.Source, Partition: filled, At: 15})
	if _, err := kafka.DeleteRecords(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	refused("of core up to offset 12, and that begins at 15 now")
	if err := now.Control().Table().Writable(); err != nil {
		t.Errorf("the new log after a way back that was refused: %v", err)
	}
	stands(15)
	back(false)

	stands(14)
	repartitioned(t, b, quietly(5, "two"))
	back(true)

	// A partition that the source got since is read from its first record.
	stands(16)
	grown := repartitioned(t, b, quietly(5, "grown"))
	if made, err := kafka.CreatePartitions(t.Context(), 1, trial.Source); err != nil || made.Error() != nil {
		t.Fatal(err, made)
	}
	var read kadm.Offsets
	read.Add(kadm.Offset{Topic: trial.Source, Partition: int32(len(ends[trial.Source])), At: 3, LeaderEpoch: -1})
	if err := kafka.CommitAllOffsets(t.Context(), grown.Namespace.Group("ingest-"+trial.Source), read); err != nil {
		t.Fatal(err)
	}
	back(false)

	stands(16)
	repartitioned(t, b, quietly(5, "three"))
	kafkatest.Until(t, "the group of ingest is forgotten", func() bool {
		_, err := kafka.DeleteGroup(t.Context(), group)
		return err == nil
	})
	refused("group "+group+" has no position in partition", "begins at the first record there is, 15")
	back(true)
}

package repartition

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestOnBothBrokers: in memory and on Apache Kafka a copy that is ended in its midst
// goes on to the log that it would have been, of which the fold says the same.
func TestOnBothBrokers(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k kafkatest.Broker) {
		b := trial.On(t, k.Seeds, func(c *config.Config) {
			c.Kafka.Partitions, c.Deployment.Namespace = 3, string(k.Namespace)
		})
		lived(t, b, 10, true)
		b.Fold()
		b.Folded()
		whole := repartitioned(t, b, quietly(5, k.Namespace+"-whole"))
		undone(t, b)
		to := k.Namespace + "-killed"
		killedCopying(t, b, quietly(5, to), 60)
		killedCopying(t, b, quietly(5, to), 120)
		now := repartitioned(t, b, quietly(5, to))
		if got, want := bytesOf(t, now, topics.Events), bytesOf(t, whole, topics.Events); !slices.Equal(got, want) {
			t.Errorf("%d records, want %d: %s", len(got), len(want), firstOther(got, want))
		}
		now.Fold()
		now.Folded()
		sameSaid(t, "the same log", said(t, now), said(t, b))
		if _, _, err := Run(t.Context(), now.Deployment, quietly(5, "")); !errors.Is(err, ErrNothing) {
			t.Errorf("to as many partitions: %v", err)
		}
	})
}

// TestFromASnapshotOnBothBrokers: positions of a group without members, and records that
// are deleted, are the broker's.
func TestFromASnapshotOnBothBrokers(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k kafkatest.Broker) {
		b := trial.On(t, k.Seeds, func(c *config.Config) {
			c.Kafka.Partitions, c.Deployment.Namespace = 3, string(k.Namespace)
		})
		s := closedDays(t, b)
		goesOn(t, b)
		b.Fold()
		b.Folded()
		was := saidBehind(t, b, nexts(s))
		cutBehind(t, b, s)
		out := filepath.Join(t.TempDir(), "new")
		killedCopying(t, b, from(s, out, 5, k.Namespace+"-new"), 60)
		now := repartitioned(t, b, from(s, out, 5, k.Namespace+"-new"))
		begins(t, now, s.Day)
		now.Fold()
		now.Folded()
		sameSaid(t, "behind the CLOSE", said(t, now), was)
	})
}

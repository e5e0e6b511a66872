package clickhouse

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestWhatHoldsNothingIsPassed: of a log that begins at its end, as one that was made from
// the snapshot of its last CLOSE, no warehouse ever commits anything. What comes later is
// waited for, and whoever waits is heard meanwhile.
func TestWhatHoldsNothingIsPassed(t *testing.T) {
	k := newKafka(t)
	k.put(topics.Events, 1, true, tx("a", "1", 1))
	targets, err := Ends(t.Context(), k.admin, k.ns)
	if err != nil {
		t.Fatal(err)
	}
	log := k.ns.Topic(topics.Events)
	var to kadm.Offsets
	to.Add(kadm.Offset{Topic: log, Partition: 1, At: targets[log][1]})
	done, err := k.admin.DeleteRecords(t.Context(), to)
	if err := errors.Join(err, done.Error()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := WaitPassed(ctx, k.admin, k.ns, targets); err != nil {
		t.Errorf("with nothing to read: %v", err)
	}

	k.put(topics.Events, 1, true, tx("a", "2", 1))
	if targets, err = Ends(t.Context(), k.admin, k.ns); err != nil {
		t.Fatal(err)
	}
	left := errors.New("nobody is there")
	if err := WaitPassedWhile(ctx, k.admin, k.ns, targets, func(context.Context) error { return left }); !errors.Is(err, left) {
		t.Errorf("with a record to read, and nobody who reads: %v", err)
	}
}

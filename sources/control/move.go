package control

import (
	"context"
	"errors"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ErrMoved refuses to write into a log that a repartition has left.
var ErrMoved = errors.New("the log was left by a repartition")

// ErrUnfinished refuses to write into a log that a repartition is still making.
var ErrUnfinished = errors.New("a repartition has not finished this log yet")

// Writable says why nobody may write into the log: ErrMoved or ErrUnfinished, with
// the remedy. nil when it may be written.
func (t *Table) Writable() error {
	switch {
	case t.Left != nil && !t.Left.Withdrawn:
		return fmt.Errorf("%w: it goes on as %s with %d partitions; use the configuration of that, "+
			"or take the move back with `tierwatch repartition --back`", ErrMoved, t.Left.To, t.Left.Partitions)
	case t.Made != nil && t.Made.Withdrawn:
		return fmt.Errorf("%w: the move from %s was taken back; use the configuration of that, and delete the topics of %s "+
			"when all that was told there alone has been told again", ErrMoved, t.Made.From, t.Made.To)
	case t.Made != nil && !t.Made.Done:
		from := ""
		if t.Made.Snapshot != "" {
			from = " --from SNAPSHOT --out DIR"
		}
		return fmt.Errorf("%w: give `tierwatch repartition --partitions %d --to %s%s --yes` again with the configuration of %s",
			ErrUnfinished, t.Made.Partitions, t.Made.To, from, t.Made.From)
	}
	return nil
}

// NoteLeft records in the control topic of the log that is left where it goes. From
// then on nobody writes into it who follows that topic.
func (t *Topic) NoteLeft(ctx context.Context, r *pb.Repartition) error {
	_, err := t.put(ctx, keyLeft, r)
	return err
}

// NoteMade records in the control topic of the log that is made where it comes from,
// and how far.
func (t *Topic) NoteMade(ctx context.Context, r *pb.Repartition) error {
	_, err := t.put(ctx, keyMade, r)
	return err
}

// Carry writes what holds in the control topic of a log into that of the log that a
// repartition makes of it, whose partitions are given: publications in their order,
// rates, files, forced closes, and in the end how far time is written. letters gives
// the new place of a dead letter, false for one that was not copied. Leases,
// transactional ids and parked records are not carried: they name places and writers
// of the old log. It may be repeated.
func (t *Topic) Carry(ctx context.Context, from *Table, partitions int32, letters func(partition int32, offset int64) (int32, int64, bool)) error {
	next, err := t.carryPublications(ctx, from)
	if err != nil {
		return err
	}
	for key, r := range from.known {
		if _, err := t.put(ctx, key, r); err != nil {
			return err
		}
	}
	for _, f := range from.files {
		own := f.CloneVT()
		if !f.Done {
			// A load that goes on looks for what it wrote behind these: behind the start it
			// finds all of it.
			own.LogEnds, own.DlqEnds = make([]int64, partitions), make([]int64, partitions)
			// Where it began is a place of the old log.
			own.BeganLog, own.BeganDlq, own.BeganVerdicts = nil, nil, nil
		}
		if err := t.NoteFile(ctx, own); err != nil {
			return err
		}
	}
	for at, l := range from.redriven {
		own := l.CloneVT()
		var copied bool
		if own.Partition, own.Offset, copied = letters(at.partition, at.offset); !copied {
			continue
		}
		if err := t.NoteRedriven(ctx, own); err != nil {
			return err
		}
	}
	if from.ForceClose != 0 {
		if err := t.ForceClose(ctx, &pb.ForceClose{Day: from.ForceClose, Reason: "carried over by a repartition"}); err != nil {
			return err
		}
	}
	if from.Time == nil {
		return nil
	}
	own := from.Time.CloneVT()
	own.Term, own.ControlNext = 0, next
	return t.saveTime(ctx, own)
}

// carryPublications writes those that are in the log before the others, and returns
// the offset between them.
func (t *Topic) carryPublications(ctx context.Context, from *Table) (next int64, err error) {
	written := from.Time.GetControlNext()
	for _, p := range from.Publications(0) {
		var at int64
		if p.Policy != nil {
			at, err = t.put(ctx, policyKey(p.Policy.Name, p.Policy.Version), p.Policy)
		} else {
			at, err = t.put(ctx, ratesKey(p.Rates.Day, p.Rates.Rates[0].Unit), p.Rates)
		}
		if err != nil {
			return 0, err
		}
		if p.Offset < written {
			next = at + 1
		}
	}
	return next, nil
}

// Redrives is how many dead letters were sent through again.
func (t *Table) Redrives() int { return len(t.redriven) }

// RedrivenAlone counts the dead letters that were sent through again in a log that a
// repartition has made, and not before in the one it was made of, whose table is given.
// letters is as of Carry.
func (t *Table) RedrivenAlone(from *Table, letters func(partition int32, offset int64) (int32, int64, bool)) (n int) {
	carried := map[letterPlace]int64{}
	for at, l := range from.redriven {
		if partition, offset, copied := letters(at.partition, at.offset); copied {
			carried[letterPlace{partition, offset}] = l.At
		}
	}
	for at, l := range t.redriven {
		if was, ok := carried[at]; !ok || was != l.At {
			n++
		}
	}
	return n
}

// StillWritable reads on in the topic and asks again. Who holds no lease asks when all
// that he wrote is durable, before he says that it is there: a repartition puts its mark
// before it looks where the log ends, so what was written before the mark is copied.
func (t *Topic) StillWritable(ctx context.Context) error {
	table, err := t.Refresh(ctx)
	if err != nil {
		return err
	}
	return table.Writable()
}

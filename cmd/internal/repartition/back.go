package repartition

import (
	"context"
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// Back takes a repartition back, finished or not: the old log may be written again, and
// goes on from its own positions in the sources; the new one may not any more. It is
// refused with ErrRunning while somebody writes the new one, and with ErrNothing if the
// log was not left. What the mark said is returned.
func Back(ctx context.Context, d *wire.Deployment) (*pb.Repartition, error) {
	j := &job{d: d, o: &Options{}}
	defer j.close()
	var err error
	if err = j.connect(); err != nil {
		return nil, err
	}
	if j.old, err = control.OpenTopic(d.Kafka, d.Namespace); err != nil {
		return nil, err
	}
	table, err := j.old.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	if !begun(table) {
		return nil, fmt.Errorf("%w: %s was not left by a repartition; give the configuration of the log that was", ErrNothing, d.Namespace)
	}
	j.mark = table.Left.CloneVT()
	if err := j.retire(ctx); err != nil {
		return nil, err
	}
	j.mark.Withdrawn = true
	return j.mark, j.old.NoteLeft(ctx, j.mark)
}

// retire keeps everybody from writing the new log, as far as there is one.
func (j *job) retire(ctx context.Context) error {
	name := j.to().Topic(topics.Control)
	found, err := j.admin.ListTopics(ctx, name)
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	if !found.Has(name) {
		return nil
	}
	if j.made, err = control.OpenTopic(j.d.Kafka, j.to()); err != nil {
		return err
	}
	table, err := j.made.Refresh(ctx)
	if err != nil || table.Made == nil {
		return err
	}
	groups, err := j.ingestGroups(ctx, j.to())
	if err != nil {
		return err
	}
	if err := standstill(ctx, j.admin, j.to(), groups, table); err != nil {
		return err
	}
	own := table.Made.CloneVT()
	own.Withdrawn = true
	return j.made.NoteMade(ctx, own)
}

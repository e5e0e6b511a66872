package audit

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Stages of dead letters.
const (
	stageFold   = "fold"
	stageIngest = "ingest"
)

// letter notes a record of tierwatch.dlq and returns its stage; one that cannot be
// read counts as the fold's, which then misses it.
func (a *auditor) letter(r *kgo.Record) string {
	l, err := clickhouse.LetterOf(r.Value)
	if err != nil {
		return stageFold
	}
	a.dead[l] = clickhouse.At{Partition: uint16(r.Partition), Offset: uint64(r.Offset)}
	if l.Stage == stageIngest {
		a.letters++
		a.sources.note(l.OriginName, l.OriginPartition, l.OriginPosition)
	}
	return l.Stage
}

// compareLetters compares the table of dead letters with the topic, those of ingest
// too: what was read and is not in the log must be there.
func (a *auditor) compareLetters(ctx context.Context) error {
	ends := a.targets[a.d.Namespace.Topic(topics.DLQ)]
	different := func(at clickhouse.At, l clickhouse.Letter, what string) {
		a.found.add(Difference{
			Where: "table dlq", Partition: int32(at.Partition), Offset: int64(at.Offset),
			What: fmt.Sprintf("%s: %s of %s %d:%d", what, l.Cause, l.OriginName, l.OriginPartition, l.OriginPosition),
		})
	}
	missing := a.dead
	var rows int64
	err := a.rows.Letters(ctx, func(l clickhouse.Letter, at clickhouse.At) {
		if _, ok := missing[l]; ok {
			delete(missing, l)
			rows++
			return
		}
		if int64(at.Offset) < ends[int32(at.Partition)] { // else it came after the end of the audit
			different(at, l, "the topic has no such dead letter")
		}
	})
	if err != nil {
		return fmt.Errorf("compare dead letters: %w", err)
	}
	for l, at := range missing {
		different(at, l, "a row is missing")
	}
	a.report.Rows["dlq"] = rows
	return nil
}

package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/offsets"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// sources are the books of ingest by source partition, and what log and dead letters
// hold of each.
type sources map[origin]*account

// origin is a partition of a source's topic.
type origin struct {
	topic     string
	partition int32
}

// account is the books of one source partition. A position that was rejected once and
// accepted later, read again or redriven, is one position: so accepted and rejected
// are compared together.
type account struct {
	source string
	books  *pb.SourceBooks
	end    int64 // what the books stand for ends before it
	found  offsets.Set
}

// openSources reads the books. They must be read before the ends of log and dead
// letters are fixed: then all that they tell of lies before those.
func (a *auditor) openSources(ctx context.Context, admin *kadm.Client) error {
	a.sources = sources{}
	for _, s := range a.d.Config.Ingest.Sources {
		rows, err := admin.FetchOffsetsForTopics(ctx, a.d.Namespace.Group("ingest-"+s.Name), s.Topic)
		if errors.Is(err, kerr.GroupIDNotFound) || errors.Is(err, kerr.UnknownTopicOrPartition) {
			continue // it was never read
		}
		if err != nil {
			return fmt.Errorf("fetch the books of source %s: %w", s.Name, err)
		}
		for _, row := range rows[s.Topic] {
			books, err := kafka.ParseBooks(row.Metadata)
			if row.Err != nil || row.At < 0 || err != nil {
				continue // nothing committed, or by a version that kept no books
			}
			a.sources[origin{s.Topic, row.Partition}] = &account{source: s.Name, books: books, end: row.At, found: offsets.Set{}}
		}
	}
	return nil
}

// note notes where something in the log or among the dead letters comes from.
func (s sources) note(topic string, partition int32, position int64) {
	if a := s[origin{topic, partition}]; a != nil && position >= a.books.From && position < a.end {
		a.found.Add(position)
	}
}

// noteSource notes the origin of a customer record.
func (p *partition) noteSource(r *kgo.Record) {
	if len(p.a.sources) == 0 || len(r.Key) == 0 {
		return
	}
	if o := kafka.Origin(&p.rec); o != nil {
		p.a.sources.note(o.Name, o.Partition, o.Position)
	}
}

// compareSources closes the books of ingest: what was read and not left out is in the
// log or among the dead letters, position by position. Behind a snapshot the log that
// is read has a part of them at most.
func (a *auditor) compareSources() {
	for at, s := range a.sources {
		wrong := func(format string, args ...any) {
			a.found.add(Difference{Where: "source " + s.source, Partition: at.partition, Offset: -1, What: fmt.Sprintf(format, args...)})
		}
		b := s.books
		if b.Read != b.Accepted+b.Filtered+b.Rejected {
			wrong("%d records read, but %d accepted, %d filtered, %d rejected", b.Read, b.Accepted, b.Filtered, b.Rejected)
		}
		if found := s.found.Count(); found > b.Accepted+b.Rejected || found < b.Accepted+b.Rejected && a.o.From == nil {
			wrong("of the records at %d to %d of %s ingest has accepted or rejected %d, but %d are in the log or among the dead letters",
				b.From, s.end-1, at.topic, b.Accepted+b.Rejected, found)
		}
		// Behind a snapshot it may be of long ago: there it is told, and is no difference.
		if b.Lost > 0 && a.o.From == nil {
			wrong("%d records at %d to %d of %s were deleted from the source before ingest had read them: load them from the bank's files",
				b.Lost, b.LostFrom, b.LostTo-1, at.topic)
		}
		a.report.Sources = append(a.report.Sources, Source{
			Name: s.source, Partition: at.partition, From: b.From, End: s.end,
			Read: b.Read, Accepted: b.Accepted, Filtered: b.Filtered, Rejected: b.Rejected,
			Lost: b.Lost, LostFrom: b.LostFrom, LostTo: b.LostTo,
		})
	}
	slices.SortFunc(a.report.Sources, func(x, y Source) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Partition, y.Partition))
	})
}

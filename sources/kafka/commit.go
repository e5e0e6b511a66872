package kafka

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// commitEvery is how often the position in a source is committed.
const commitEvery = time.Second

// committer commits how far a source is read, after all before it is durable, and
// with each offset, as its metadata, the books up to it. One commit holds both, so
// that what is read again after a crash is not counted again.
type committer struct {
	o     *IngestOptions
	admin *kadm.Client // of the source

	// mu is held during a commit, so that a revocation waits for it.
	mu     sync.Mutex
	last   time.Time
	places map[place]*standing
	// drained counts polls that gave out all that was fetched.
	drained int
}

// standing is where a partition stands.
type standing struct {
	upTo
	committed int64
	// unsaid is where it stood before the first marker that the conductor has not been
	// told of, nil without one: behind a commit nobody would read the marker again.
	unsaid *upTo
	// polled is behind the last record that a poll gave.
	polled int64
	doubt  doubt
}

// upTo is an offset with the books up to it.
type upTo struct {
	books *pb.SourceBooks // nil until the first batch
	next  kgo.EpochOffset
}

// due is what may be committed.
func (s *standing) due() *upTo {
	if s.unsaid != nil {
		return s.unsaid
	}
	return &s.upTo
}

func newCommitter(o *IngestOptions, admin *kadm.Client) *committer {
	return &committer{o: o, admin: admin, places: map[place]*standing{}}
}

func (c *committer) assigned(got map[string][]int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, partitions := range got {
		for _, p := range partitions {
			c.places[place{topic, p}] = &standing{}
		}
	}
}

func (c *committer) lost(gone map[string][]int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, partitions := range gone {
		for _, p := range partitions {
			delete(c.places, place{topic, p})
		}
	}
}

// enter notes under which assignment a batch was polled. No rebalance passes
// meanwhile.
func (c *committer) enter(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	records := 0
	for _, p := range b.parts {
		records += len(p.records)
		if p.standing = c.places[p.place]; p.standing != nil {
			p.standing.polled = p.records[len(p.records)-1].Offset + 1
		}
	}
	if records < c.o.PollRecords {
		c.drained++
	}
	for _, l := range b.losses {
		l.standing = c.places[l.place]
	}
}

// book takes a durable batch in. Parts whose partition was taken away since they were
// polled are left out, also when it has come back: whoever has it begins at the last
// commit, and reads and counts them again.
func (c *committer) book(ctx context.Context, b *batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range b.losses {
		if err := c.bookLoss(ctx, l); err != nil {
			return err
		}
	}
	for _, p := range b.parts {
		s := c.places[p.place]
		if s == nil || s != p.standing {
			p.standing = nil
			continue
		}
		first := kgo.EpochOffset{Epoch: p.records[0].LeaderEpoch, Offset: p.records[0].Offset}
		if err := c.open(ctx, s, p.place, first); err != nil {
			return err
		}
		c.compare(s, p, first)
		if p.endOfDay > 0 && s.unsaid == nil {
			s.unsaid = &upTo{books: s.books.CloneVT(), next: s.next}
		}
		last := p.records[len(p.records)-1]
		s.next = kgo.EpochOffset{Epoch: last.LeaderEpoch, Offset: last.Offset + 1}
		s.books.Read += int64(p.counts.read)
		s.books.Accepted += int64(p.counts.accepted)
		s.books.Filtered += int64(len(p.counts.filtered))
		s.books.Rejected += int64(len(p.counts.rejected))
	}
	return nil
}

// open goes on with the books of the predecessor, who committed last, from where they
// end; without any they begin at the first record.
func (c *committer) open(ctx context.Context, s *standing, at place, first kgo.EpochOffset) error {
	if s.books != nil {
		return nil
	}
	rows, err := c.admin.FetchOffsetsForTopics(ctx, c.o.Namespace.Group("ingest-"+c.o.Name), at.topic)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("fetch the books of source %s: %w", c.o.Name, err)
	}
	s.books, s.next = &pb.SourceBooks{From: first.Offset}, first
	row, ok := rows.Lookup(at.topic, at.partition)
	if !ok || row.Err != nil || row.At < 0 {
		return nil
	}
	s.next = kgo.EpochOffset{Epoch: row.LeaderEpoch, Offset: row.At}
	if books, err := ParseBooks(row.Metadata); err == nil {
		s.books, s.committed = books, row.At
	}
	return nil
}

// said notes that the conductor has been told of the markers, but for those of some
// partitions.
func (c *committer) said(but map[place]int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at, s := range c.places {
		if _, waits := but[at]; !waits {
			s.unsaid = nil
		}
	}
}

// commit commits what is new, now and then or, with force, now. A marker that the
// conductor has not been told of is committed in no case.
func (c *committer) commit(ctx context.Context, client *kgo.Client, force bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !force && time.Since(c.last) < commitEvery {
		return nil
	}
	c.last = time.Now()
	list := map[string]map[int32]kgo.EpochOffset{}
	for at, s := range c.places {
		due := s.due()
		if due.books == nil || due.next.Offset == s.committed {
			continue
		}
		if list[at.topic] == nil {
			list[at.topic] = map[int32]kgo.EpochOffset{}
		}
		list[at.topic][at.partition] = due.next
	}
	if len(list) == 0 {
		return nil
	}
	var failed error
	client.CommitOffsetsSync(kgo.PreCommitFnContext(ctx, c.annotate), list,
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
			if failed = err; err == nil {
				failed = c.settled(resp)
			}
		})
	return failed
}

// annotate puts the books to each offset. The lock is commit's.
func (c *committer) annotate(req *kmsg.OffsetCommitRequest) error {
	for i := range req.Topics {
		t := &req.Topics[i]
		for j := range t.Partitions {
			s := c.places[place{t.Topic, t.Partitions[j].Partition}]
			if s == nil || s.books == nil {
				return fmt.Errorf("commit %s partition %d: not ours", t.Topic, t.Partitions[j].Partition)
			}
			text, err := formatBooks(s.due().books)
			if err != nil {
				return err
			}
			t.Partitions[j].Metadata = &text
		}
	}
	return nil
}

func (c *committer) settled(resp *kmsg.OffsetCommitResponse) error {
	var failed error
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				failed = errors.Join(failed, err)
			} else if s := c.places[place{t.Topic, p.Partition}]; s != nil {
				s.committed = s.due().next.Offset
			}
		}
	}
	return failed
}

// booksTag opens the metadata of our commits.
const booksTag = "tw1:"

func formatBooks(b *pb.SourceBooks) (string, error) {
	raw, err := b.MarshalVT()
	if err != nil {
		return "", fmt.Errorf("marshal books: %w", err)
	}
	return booksTag + base64.StdEncoding.EncodeToString(raw), nil
}

// errNoBooks says that an offset was committed without books: by a tool, or by an
// earlier version.
var errNoBooks = errors.New("no books")

// ParseBooks reads the metadata of an offset that ingest has committed.
func ParseBooks(metadata string) (*pb.SourceBooks, error) {
	text, ok := strings.CutPrefix(metadata, booksTag)
	if !ok {
		return nil, errNoBooks
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read books: %w", err)
	}
	b := new(pb.SourceBooks)
	if err := b.UnmarshalVT(raw); err != nil {
		return nil, fmt.Errorf("read books: %w", err)
	}
	return b, nil
}

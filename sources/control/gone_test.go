package control

import (
	"slices"
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// told is what is told of one source, at a time that a test sets.
type told struct {
	t   *testing.T
	cal *event.Calendar
	now time.Time
	all progressOf
}

func newTold(t *testing.T, now string) *told {
	t.Helper()
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	return &told{t: t, cal: cal, now: at(now), all: progressOf{}}
}

// tell tells of partitions that have passed the time being and are at their end.
func (s *told) tell(topics []*pb.SourceTopic, partitions ...int32) {
	s.t.Helper()
	for _, p := range partitions {
		now := s.now.Unix()
		s.all.told(s.t, s.cal, &pb.SourceProgress{
			Source: "core", Partition: p, At: now, Watermark: now, Position: 7, End: 7, Topics: topics,
		})
	}
}

func (s *told) want(what string, passed, lags bool) {
	s.t.Helper()
	day := s.cal.BusinessDay(s.now.Unix()) - 1
	if got := s.all.passed("core", day, s.cal.Cut(day)); got != passed {
		s.t.Errorf("%s: passed %t, want %t", what, got, passed)
	}
	if got := s.all.lags("core", s.now, 5*time.Minute); got != lags {
		s.t.Errorf("%s: lags %t, want %t", what, got, lags)
	}
}

func topicOf(name string, partitions int32) *pb.SourceTopic {
	return &pb.SourceTopic{Name: name, Partitions: partitions}
}

// A topic is made again with another number of partitions: those that are gone are not
// waited for, those that nobody has told of are.
func TestASourceHasThePartitionsThatItsTopicsHave(t *testing.T) {
	s := newTold(t, "2025-03-10 09:00:00")
	topics := func(n int32) []*pb.SourceTopic { return []*pb.SourceTopic{topicOf("core.txn", n)} }
	s.tell(nil, 0, 1, 2, 3) // by an earlier release
	s.want("as before", true, false)
	s.tell(topics(4), 0, 1, 2, 3)
	s.want("all four", true, false)

	s.now = s.now.Add(24 * time.Hour)
	s.tell(topics(4), 0, 1)
	s.want("two of four are silent", false, true)
	s.tell(topics(2), 0, 1)
	s.want("two of two", true, false)
	s.tell(topics(3), 0, 1)
	s.want("nobody tells of the third", false, true)
	s.tell(topics(3), 2)
	s.want("the third is told of", true, false)
	s.tell(topics(2), 0, 1)
	s.tell(topics(2), 2) // too late: whoever reads it does not know yet
	s.want("one that is gone is told of", true, false)
	s.tell(topics(3), 0)
	s.want("it is there again, and what it said before is not its own", false, true)
	s.tell(nil, 0)
	s.want("who does not know how many there are waits for those he knows of", true, false)
}

// Partitions of several topics, one of which is taken out of the source or replaced.
func TestASourceHasTheTopicsThatItIsSetTo(t *testing.T) {
	const second = 1 << 16
	s := newTold(t, "2025-03-10 09:00:00")
	both := []*pb.SourceTopic{topicOf("core.txn", 2), topicOf("core.fees", 1)}
	s.tell(both, 0, 1)
	s.want("nobody tells of the second topic", false, true)
	s.tell(both, second)
	s.want("both", true, false)

	s.now = s.now.Add(24 * time.Hour)
	one := []*pb.SourceTopic{topicOf("core.txn", 2)}
	s.tell(one, 0, 1)
	s.want("one is left", true, false)
	s.tell(both, second)
	s.want("both again", true, false)
	other := []*pb.SourceTopic{topicOf("core.txn.v2", 2), topicOf("core.fees", 1)}
	s.tell(other, 0)
	s.want("what one topic has said is not the word of another", false, true)
	s.tell(other, 1)
	s.want("the other topic has said so", true, false)
}

// A marker for a whole topic names partitions that are gone since.
func TestAMarkerForTheWholeTopicWaitsForNoPartitionThatIsGone(t *testing.T) {
	s := newTold(t, "2025-03-10 09:00:00")
	day := s.cal.BusinessDay(s.now.Unix()) - 1
	tell := func(n, partition int32) {
		t.Helper()
		s.all.told(t, s.cal, &pb.SourceProgress{
			Source: "core", Partition: partition, At: s.now.Unix(), Position: 3, End: 3, Topics: []*pb.SourceTopic{topicOf("core.txn", n)},
			TopicEnd: &pb.TopicEnd{Day: day, Ends: []*pb.PartitionEnd{{Partition: 0, End: 3}, {Partition: 1, End: 3}, {Partition: 2, End: 9}}},
		})
	}
	tell(3, 0)
	tell(3, 1)
	s.want("nobody tells of the third", false, true)
	tell(2, 0)
	s.want("there is no third", true, false)
}

// A source that is gone for good holds up the days of those that are not asked for by
// name; named ones are all that counts.
func TestASourceThatIsGoneIsStruckByNamingTheOthers(t *testing.T) {
	s := newTold(t, "2025-03-10 09:00:00")
	s.all.told(t, s.cal, &pb.SourceProgress{Source: "cards", At: s.now.Add(-time.Hour).Unix(), Position: 3, End: 9})
	s.tell([]*pb.SourceTopic{topicOf("core.txn", 1)}, 0)
	schedule := &Schedule{}
	schedule.defaults()
	now := &situation{Schedule: schedule, cal: s.cal, now: s.now, lastClose: s.cal.BusinessDay(s.now.Unix()) - 2, sources: s.all}
	if due, waiting := now.closeDue(); due || !slices.Equal(waiting, []string{"cards"}) {
		t.Errorf("without names: due %t, waits for %q", due, waiting)
	}
	schedule.WaitFor = []string{"core"}
	if due, waiting := now.closeDue(); !due || len(waiting) > 0 {
		t.Errorf("with core alone: due %t, waits for %q", due, waiting)
	}
}

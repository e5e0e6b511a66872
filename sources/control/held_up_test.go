package control

import (
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Who reported last of a partition was held up, and its report comes behind that of who
// has the partition now: what is left to read is still left.
func TestAReportThatComesLateHidesNoRecords(t *testing.T) {
	s := newTold(t, "2025-03-11 03:00:10")
	now := s.now.Unix()
	tell := func(at, position, end int64) {
		t.Helper()
		s.all.told(t, s.cal, &pb.SourceProgress{Source: "core", At: at, Position: position, End: end})
	}
	lags := func(what string, want bool) {
		t.Helper()
		if got := s.all.lags("core", s.now, 5*time.Minute); got != want {
			t.Errorf("%s: lags %t, want %t", what, got, want)
		}
	}
	tell(now-1, 7, 500)
	lags("a batch has come", true)
	tell(now-60, 7, 7)
	lags("one that was held up says that all is read", true)
	tell(now, 500, 500)
	lags("the batch is read", false)
}

// A clock that was ahead, and told so, holds up nothing once it is right.
func TestAReportDatedAheadIsReplaced(t *testing.T) {
	s := newTold(t, "2025-03-11 03:00:10")
	for _, at := range []int64{s.now.Unix() + 3600, s.now.Unix(), s.now.Unix() + 1} {
		s.all.told(t, s.cal, &pb.SourceProgress{Source: "core", At: at, Position: 9 + at, End: 9 + at})
	}
	if s.all.lags("core", s.now, 5*time.Minute) {
		t.Error("a source at its end lags")
	}
}

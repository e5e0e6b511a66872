package worker

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// A commit says where partitions are that have moved; if none has, where one of them is:
// the client must hear an answer about offsets.
func TestACommitAlwaysSaysAPosition(t *testing.T) {
	still := position{next: 7, cursor: fold.Cursor{}}
	for name, tc := range map[string]struct {
		reached []position // was committed at still, all of them
		want    int
	}{
		"none has moved": {[]position{still, still, still}, 1},
		"all have moved": {[]position{{next: 9}, {next: 9}, {next: 9}}, 3},
		"one has moved":  {[]position{still, {next: 9}}, 1},
		"in a drain":     {[]position{{next: 7, cursor: fold.Cursor{Draining: true}}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := &barrier{topic: "log", acks: map[*partition]ack{}, byID: map[int32]*partition{}}
			for id, pos := range tc.reached {
				p := &partition{id: int32(id), committed: still}
				b.acks[p], b.byID[p.id] = ack{pos: pos}, p
			}
			var req kmsg.TxnOffsetCommitRequest
			if err := b.rewrite(&req); err != nil {
				t.Fatal(err)
			}
			if len(req.Topics) != 1 || len(req.Topics[0].Partitions) != tc.want {
				t.Fatalf("the request says %+v, want %d positions", req.Topics, tc.want)
			}
			for _, row := range req.Topics[0].Partitions {
				if want := tc.reached[row.Partition]; row.Offset != want.next {
					t.Errorf("partition %d is said to be at %d, it is at %d", row.Partition, row.Offset, want.next)
				}
			}
		})
	}
}

// The group may have taken the member in anew since hold has looked: what was folded for
// the one that it was is not committed by the one that it is.
func TestWhatOneMemberFoldedNoOtherCommits(t *testing.T) {
	p := &partition{id: 1, member: "was"}
	b := &barrier{topic: "log", acks: map[*partition]ack{p: {pos: position{next: 9}}}, byID: map[int32]*partition{1: p}}
	for member, want := range map[string]bool{"was": true, "is": false, "": false} {
		if err := b.rewrite(&kmsg.TxnOffsetCommitRequest{MemberID: member}); (err == nil) != want {
			t.Errorf("member %q commits: %v", member, err)
		}
	}
}

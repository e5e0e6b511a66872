package snapshot_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestNoCutWhileALogIsCopied: a repartition that was interrupted goes on where it was, and
// needs the beginning then.
func TestNoCutWhileALogIsCopied(t *testing.T) {
	b := few(t)
	s, _ := taken(t, b, snapshot.Options{})
	for _, c := range []struct {
		what string
		mark *pb.Repartition
		want string
	}{
		{"begun", &pb.Repartition{}, "a repartition to tierwatch-e2 copies the log: bring it to its end, or take it back with `tierwatch repartition --back`"},
		{"taken back", &pb.Repartition{Withdrawn: true}, ""},
		{"begun again", &pb.Repartition{}, "a repartition to tierwatch-e2"},
		{"at its end", &pb.Repartition{Done: true}, ""},
		{"taken back after its end", &pb.Repartition{Done: true, Withdrawn: true}, ""},
	} {
		c.mark.From, c.mark.To, c.mark.PartitionsBefore, c.mark.Partitions, c.mark.Epoch = string(b.Namespace), "tierwatch-e2", b.Partitions, 3, 2
		if err := b.Control().NoteLeft(t.Context(), c.mark); err != nil {
			t.Fatal(err)
		}
		_, err := s.Limits(t.Context(), b.Deployment, func(int) {})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v; want %q", c.what, err, c.want)
		}
	}
}

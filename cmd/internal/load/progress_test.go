package load_test

import (
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// The share that is loaded is that of the rows told beside it; a row that cannot be used
// is not waited for.
func TestAShareOfALoadIsOfItsRows(t *testing.T) {
	b, dir := trial.New(t), t.TempDir()
	rows := []string{"x,2025-06-20,,1.00,CNY"}
	for i := range 5_000 {
		rows = append(rows, fmt.Sprintf("%d,2025-06-20,C1,1.00,CNY", i))
	}
	var told []string
	l, err := load.Prepare(t.Context(), b.Deployment, load.Options{
		Files: []load.File{file(t, dir, "one.csv", rows...)}, Announce: func(string) {},
		Policy: &pb.PolicyActivation{Name: "small", Version: 1, Yaml: []byte(trial.Policy)},
		Progress: func(stage string, done, total, rows int64) {
			if stage == load.StageLoad {
				told = append(told, fmt.Sprintf("%d of %d, %d rows", done, total, rows))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "[4096 of 5000, 4096 rows 5000 of 5000, 5000 rows]"; fmt.Sprint(told) != want {
		t.Errorf("told %v, want %s", told, want)
	}
}

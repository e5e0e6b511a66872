package explaining_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A day is explained as its CLOSE saw it: what came before that CLOSE and is of the
// next day is left out.
func TestADayAsItsCloseSawIt(t *testing.T) {
	b := trial.New(t)
	const day = 20259 // 2025-06-20
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 60_000_00), b.Pay("2", "C1", day+1, 7_00))
	b.Close(back, day, day+1)

	then, now := b.Customer("C1", day), b.Customer("C1", 0)
	if then.AsOf != "2025-06-20" || then.ClosedThrough != "2025-06-20" || now.AsOf != "2025-06-22" || now.ClosedThrough != "2025-06-21" {
		t.Errorf("as of %s, closed through %s; now as of %s, closed through %s", then.AsOf, then.ClosedThrough, now.AsOf, now.ClosedThrough)
	}
	if then.Accounts[0].Value != 60_000_00 || now.Accounts[0].Value != 60_007_00 {
		t.Errorf("balance %d, now %d", then.Accounts[0].Value, now.Accounts[0].Value)
	}
	inflow := then.Metrics[1]
	if inflow.Value != 60_000_00 || inflow.To != "2025-06-20" || now.Metrics[1].Value != 60_007_00 {
		t.Errorf("inflow %+v, now %+v", inflow, now.Metrics[1])
	}
	var page bytes.Buffer
	if err := then.Page(&page, "en"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(page.String(), "C1\nAs of the close of 2025-06-20, policy small v1\n") {
		t.Errorf("the page begins with %.90q", page.String())
	}
	if then.Moment != "2025-06-21T00:00:00+08:00" || then.Today != "2025-06-21" || now.Today != "2025-06-22" {
		t.Errorf("known at %s with today %s; now today is %s", then.Moment, then.Today, now.Today)
	}
	page.Reset()
	if err := now.Page(&page, "en"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(page.String(), "C1\nAs of 2025-06-22, the log's clock 2025-06-22 00:00, days closed through 2025-06-21, policy small v1\n") {
		t.Errorf("the page of now begins with %.120q", page.String())
	}
	for at, named := range map[int32]string{
		day + 2: "the last one that is: 2025-06-21; without --at",
		day + 3: "it has not begun: the log's clock is at 2025-06-22 00:00; the last one that is: 2025-06-21",
		day - 1: "the first one that is: 2025-06-20",
	} {
		_, _, err := explaining.Replay(t.Context(), b.Deployment, explaining.Question{Customer: "C1", At: at}, func(int64, int64) {})
		if !errors.Is(err, explaining.ErrNotClosed) || !strings.Contains(err.Error(), named) {
			t.Errorf("day %d: %v, want %q", at, err, named)
		}
	}
}

// A day that a later CLOSE ended is shown as that saw it, and the page says so.
func TestADayThatWasClosedTogether(t *testing.T) {
	b := trial.New(t)
	const day = 20259
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 60_000_00))
	b.Close(back, day, day+3)
	var page bytes.Buffer
	if err := b.Customer("C1", day+1).Page(&page, "en"); err != nil {
		t.Fatal(err)
	}
	want := "C1\nAs of the close of 2025-06-23, policy small v1\n2025-06-21 was closed together with the days through 2025-06-23\n"
	if !strings.HasPrefix(page.String(), want) {
		t.Errorf("the page begins with %.160q, want %q", page.String(), want)
	}
}

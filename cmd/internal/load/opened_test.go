package load_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

func walled(c *config.Config) { c.Deployment.Clock = "wall" }

// inOffice waits until the conductor of a bank says that it is.
func inOffice(t *testing.T, b *trial.Bank) {
	t.Helper()
	kafkatest.Until(t, "a conductor is in office", func() bool {
		list, err := b.Metrics.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.GetName() == "tierwatch_conductor_active" {
				return m.Metric[0].GetGauge().GetValue() == 1
			}
		}
		return false
	})
}

// engineFirst wants nothing of a customer before ENGINE, in either partition.
func engineFirst(t *testing.T, list []*pb.LogRecord) {
	t.Helper()
	got := show(list)
	if len(got) < 2 || got[0] != "term" || got[1] != "engine" || count(got, "engine") != 2 {
		t.Errorf("the log has %q", got)
	}
}

// A conductor that waits for a first policy has not taken the log: a load opens it, with
// history before all else, and the conductor goes on behind it.
func TestHistoryComesFirstThoughAConductorWaits(t *testing.T) {
	b, dir := trial.New(t, walled), t.TempDir()
	day := int32(20261) // 2025-06-22
	clock := control.NewScaled(time.Unix(b.Calendar.Cut(day)+3600, 0), 1)
	run, err := role.NewConductor(b.Deployment, role.ConductorOptions{Clock: clock})
	b.Run(role.Conductor, run, err)
	inOffice(t, b)

	f := file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C2,10.00,CNY")
	r := b.MustLoad(load.Options{Files: []load.File{f}})
	if r.Live || r.Written != 2 {
		t.Errorf("%+v, told %q", r, b.Told)
	}
	topic := b.Control()
	kafkatest.Until(t, "the conductor goes on", func() bool {
		table, err := topic.Refresh(t.Context())
		return err == nil && table.Time.GetLive()
	})
	log := b.Log()
	engineFirst(t, log)
	inOrder(t, log)
	got := show(log)
	if count(got, "C") != 2 || count(got, "close") != 6 || count(got, "handover") != 2 || count(got, "policy") < 2 {
		t.Errorf("the log has %q", got)
	}
	if list := topic.Table().Policies(); len(list) != 1 || list[0].Version != 1 {
		t.Errorf("published are %v", list)
	}
}

// taken puts the lease of a conductor into the control topic that died before it opened
// the log.
func taken(t *testing.T, b *trial.Bank) {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}, b.Kafka...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	value, err := (&pb.Lease{Holder: "died", Mode: pb.Mode_LIVE}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	r := &kgo.Record{Topic: b.Namespace.Topic(topics.Control), Key: []byte("lease/live"), Value: value}
	if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// A log that a conductor has taken and not opened gets no record before ENGINE.
func TestNothingGoesIntoALogThatIsNotOpened(t *testing.T) {
	b, dir := trial.New(t, walled), t.TempDir()
	taken(t, b)
	files := []load.File{file(t, dir, "core.csv", "1,2025-06-20,C1,10.00,CNY", "2,2025-06-22,C1,10.00,CNY")}
	_, err := b.Load(load.Options{Files: files})
	if !errors.Is(err, load.ErrNotOpened) || exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), "policy publish FILE") {
		t.Errorf("without a policy: %v", err)
	}
	if n := len(b.Log()); n != 0 {
		t.Errorf("%d records are in the log", n)
	}
	if list := b.Control().Table().Policies(); len(list) != 0 {
		t.Errorf("the refused load published %v", list)
	}

	// One that has its policy is opened in a moment, if a conductor is there.
	b.Publish()
	waited := false
	r := b.MustLoad(load.Options{Files: files, Announce: func(text string) {
		if strings.Contains(text, "waiting for it to open it") {
			waited = true
			run, err := role.NewConductor(b.Deployment, role.ConductorOptions{})
			b.Run(role.Conductor, run, err)
		}
	}})
	if !waited || !r.Live || r.Written != 2 {
		t.Errorf("waited %t, %+v", waited, r)
	}
	log := b.Log()
	engineFirst(t, log)
	if n := count(show(log), "C1"); n != 2 {
		t.Errorf("%d records of the customer", n)
	}
}

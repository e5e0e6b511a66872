package peerjob_test

import (
	"slices"
	"testing"

	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// An id of the sample is forgotten by the job and still known to Tierwatch: its
// memory of recent events reaches back over months.
const (
	customers = 1_000
	events    = 20_000
	remember  = 5_000
)

func sample() *peerjob.Stream { return peerjob.NewStream(7, customers, events, remember) }

// tierwatch gives what the fold says of the sample through the mapping, by
// customer: a log of clock event, without TICK and CLOSE.
func tierwatch(t *testing.T) map[string][]peerjob.Change {
	t.Helper()
	program, err := mapping.Compile("mapping.yaml", peerjob.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := event.NewCalendar("UTC", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	m, err := program.Mapper(&event.Builder{Calendar: cal})
	if err != nil {
		t.Fatal(err)
	}
	p, out, offset := fold.New(fold.Options{}), &fold.Outputs{}, int64(0)
	said := map[string][]peerjob.Change{}
	apply := func(r *pb.LogRecord) error {
		value, err := r.MarshalVT()
		if err != nil {
			return err
		}
		err = p.Apply(offset, value, out)
		offset++
		return err
	}
	day := int32(peerjob.FirstDay.Unix() / 86_400)
	for _, r := range []*pb.LogRecord{
		{Engine: &pb.Engine{Version: fold.EngineVersion, BaseCurrency: "CNY", TimeZone: "UTC", Epoch: 1, Clock: "event"}},
		{Policy: &pb.PolicyActivation{Name: "peer_job", Version: 1, EffectiveDay: day, Yaml: peerjob.Policy}},
	} {
		if err := apply(r); err != nil {
			t.Fatal(err)
		}
	}
	s := sample()
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		row, err := m.Row(event.Row{Name: "peer.in", Position: offset, Doc: r.Value}, apply)
		if err != nil || row.Verdict != event.Accepted {
			t.Fatalf("%s: %v, %v", r.Value, err, row.Reject)
		}
		for _, o := range out.List {
			hear(t, &o, said)
		}
		out.Reset()
	}
	return said
}

func hear(t *testing.T, o *fold.Output, said map[string][]peerjob.Change) {
	t.Helper()
	switch o.Kind {
	case fold.KindTierChange:
		var m pb.TierChange
		if err := m.UnmarshalVT(o.Value); err != nil {
			t.Fatal(err)
		}
		said[o.Customer] = append(said[o.Customer], peerjob.Change{
			Customer: m.CustomerId, Day: m.EffectiveDay, Old: int(m.FromRank), New: int(m.ToRank),
		})
	case fold.KindVerdict: // a repeat, or a gap that is closed: no output of the job
	default:
		t.Errorf("customer %s: an output of kind %d", o.Customer, o.Kind)
	}
}

// reference gives what the job says of the sample under the rules.
func reference(t *testing.T, rules peerjob.Rules) map[string][]peerjob.Change {
	t.Helper()
	job, said := peerjob.NewReference(rules), map[string][]peerjob.Change{}
	s := sample()
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		e, err := peerjob.Read(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if ch, told := job.Apply(e); told {
			said[ch.Customer] = append(said[ch.Customer], ch)
		}
	}
	return said
}

func count(said map[string][]peerjob.Change) (n int) {
	for _, list := range said {
		n += len(list)
	}
	return n
}

// apart counts customers of whom different changes are told.
func apart(a, b map[string][]peerjob.Change) (n int) {
	for id, list := range a {
		if !slices.Equal(list, b[id]) {
			n++
		}
	}
	for id := range b {
		if _, ok := a[id]; !ok {
			n++
		}
	}
	return n
}

// With the four rules by which Tierwatch differs the job says just what Tierwatch
// says, customer by customer: nothing is left to explain. Each rule by itself
// shows what it changes.
func TestEveryDifferenceHasACause(t *testing.T) {
	ours := tierwatch(t)
	if theirs := reference(t, peerjob.Tierwatch()); apart(ours, theirs) > 0 {
		shown := 0
		for id, list := range ours {
			if !slices.Equal(list, theirs[id]) && shown < 5 {
				shown++
				t.Errorf("customer %s: %v, by the reference under our rules %v", id, list, theirs[id])
			}
		}
		t.Fatalf("%d of %d customers differ without a cause", apart(ours, theirs), len(ours))
	}
	job := reference(t, peerjob.Rules{})
	t.Logf("tierwatch %d outputs, job %d", count(ours), count(job))
	for cause, rules := range peerjob.Causes() {
		with := reference(t, rules)
		n := apart(job, with)
		t.Logf("%s: %d outputs, %d customers differ", cause, count(with), n)
		if n == 0 {
			t.Errorf("%s: the sample shows no difference", cause)
		}
	}
}

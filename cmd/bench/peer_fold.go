package main

import (
	"flag"
	"fmt"
	"runtime"
	"time"

	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// peerFold is the peers' job without Kafka, on one core: mapping, fold and saving
// apart from each other.
type peerFold struct {
	customers, events int
	profile           string
	mapping, folding  time.Duration
	saving            time.Duration
	changed           int
	savedBytes        int64
	outputs           map[fold.Kind]int
	gc                float64
}

func parsePeerFold(args []string, s scale) (*peerFold, error) {
	b := &peerFold{outputs: map[fold.Kind]int{}}
	f := flag.NewFlagSet("bench peer-fold", flag.ContinueOnError)
	f.IntVar(&b.customers, "customers", s.of(1_000_000), "customers")
	f.IntVar(&b.events, "events", s.of(2_000_000), "events")
	f.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of the folding to this file")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	return b, atLeastOne(f, "customers", "events")
}

// write maps the events into a journal.
func (b *peerFold) write(j *journal) error {
	program, err := mapping.Compile("mapping.yaml", peerjob.Mapping)
	if err != nil {
		return err
	}
	cal, err := event.NewCalendar("UTC", "", "CNY")
	if err != nil {
		return err
	}
	m, err := program.Mapper(&event.Builder{Calendar: cal})
	if err != nil {
		return err
	}
	for _, r := range []*pb.LogRecord{
		{Engine: &pb.Engine{Version: fold.EngineVersion, BaseCurrency: "CNY", TimeZone: "UTC", Epoch: 1, Clock: "event"}},
		{Policy: &pb.PolicyActivation{Name: "peer_job", Version: 1, EffectiveDay: int32(peerjob.FirstDay.Unix() / 86_400), Yaml: peerjob.Policy}},
	} {
		if err := j.add(r); err != nil {
			return err
		}
	}
	var values [][]byte
	s := peerjob.NewStream(1, b.customers, b.events, peerjob.Remember)
	for position := int64(0); ; position++ {
		r, more := s.Next()
		if len(values) == 8192 || !more {
			began := cpuTime()
			for i, v := range values {
				out, err := m.Row(event.Row{Name: "peer.in", Position: position + int64(i), Doc: v}, func(r *pb.LogRecord) error { return j.add(r) })
				if err != nil {
					return fmt.Errorf("map %s: %w", v, err)
				}
				if out.Verdict != event.Accepted {
					return fmt.Errorf("map %s: not accepted: %w", v, out.Reject)
				}
			}
			b.mapping += cpuTime() - began
			values = values[:0]
		}
		if !more {
			return nil
		}
		values = append(values, r.Value)
	}
}

func (b *peerFold) run(t *table) error {
	j, err := newJournal()
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if err := b.write(j); err != nil {
		return err
	}
	all, release, err := j.mapped()
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	say("journal of %s records, %s MB", grouped(int64(j.records)), grouped(j.bytes>>20))
	stop, err := startProfile(b.profile)
	if err != nil {
		return err
	}
	defer stop()
	p := fold.New(fold.Options{Saves: true})
	if err := b.fold(p, all); err != nil {
		return err
	}
	b.save(p)
	t.add("peer job: mapping alone", perSecond(b.events, b.mapping.Seconds()), fmt.Sprintf("one core, %.2f µs each, JSON to a record of the log", us(b.mapping, b.events)))
	t.add("peer job: fold alone", perSecond(b.events, b.folding.Seconds()), fmt.Sprintf("one core, %.2f µs each; %s changes of tier, %s verdicts; GC %s",
		us(b.folding, b.events), grouped(int64(b.outputs[fold.KindTierChange])), grouped(int64(b.outputs[fold.KindVerdict])), percent(b.gc)))
	t.add("peer job: saving alone", perSecond(b.changed, b.saving.Seconds()), fmt.Sprintf("one core, customers; %.2f µs and %d B each",
		us(b.saving, b.changed), b.savedBytes/int64(max(1, b.changed))))
	return nil
}

func (b *peerFold) fold(p *fold.Partition, all []byte) error {
	var out fold.Outputs
	var ahead [][]byte
	runtime.GC()
	before := readUsage()
	for offset := int64(0); len(all) > 0; {
		for ahead = ahead[:0]; len(all) > 0 && len(ahead) < fold.WarmMost; {
			var value []byte
			value, all = take(all)
			ahead = append(ahead, value)
		}
		p.Warm(ahead)
		for _, value := range ahead {
			if err := p.Apply(offset, value, &out); err != nil {
				return fmt.Errorf("fold: %w", err)
			}
			offset++
		}
		for i := range out.List {
			b.outputs[out.List[i].Kind]++
		}
		out.Reset()
	}
	after := readUsage()
	b.folding, b.gc = after.since(before).cpu, after.gcShare(before)
	return nil
}

// save saves every customer once, as commits do bit by bit.
func (b *peerFold) save(p *fold.Partition) {
	var saves fold.Saves
	began := cpuTime()
	b.changed = p.Unsaved()
	for p.Unsaved() > 0 {
		p.Save(1000, &saves)
		for _, r := range saves.List {
			b.savedBytes += int64(len(r.Key) + len(r.Value))
		}
		saves.Reset()
	}
	b.saving = cpuTime() - began
}

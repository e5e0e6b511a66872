package main

import (
	"slices"
	"strings"
	"testing"
)

// played is a frame of two hours, one sample each 5 s; of gives a value by minute.
func played(fam *family, of func(minute float64) float64) *frame {
	f := &frame{families: []*family{fam}}
	for i := range 1440 {
		r := row{}
		for _, column := range fam.columns {
			r.set(fam.name, column, of(float64(i)/12))
		}
		f.add(float64(i)/12, r)
	}
	return f
}

// filling grows for 60 minutes and not any more.
func filling(minute float64) float64 { return min(minute, 60) * 100 }

func TestWhatIsJudgedFromWhen(t *testing.T) {
	ninety := judging{from: 18, gathered: 60, deleted: 3, to: 120, stored: []string{"tierwatch.events"}}
	for _, c := range []struct {
		name   string
		j      judging
		fam    family
		of     func(float64) float64
		column string
		want   string
	}{
		{"a fold is judged when it has gathered", ninety, family{name: memoryOf}, filling, stays, "flat"},
		{"another role from the begin", ninety, family{name: memoryOf}, filling, "ingest-1", "NOT FLAT"},
		{"a fold of a short run is not", judging{from: 2, gathered: 35, to: 10}, family{name: memoryOf}, filling, stays, "not judged: gathers days until minute 35"},
		{"nor what it saves", judging{from: 2, gathered: 35, to: 10}, family{name: diskOf}, filling, stateTopic, "not judged: gathers days until minute 35"},
		{"what the looks cost", ninety, family{name: cpuSeries}, func(m float64) float64 { return m }, lookColumn, "not judged: is the measuring"},
		{"the log keeps everything", ninety, family{name: diskOf}, func(m float64) float64 { return m }, "tierwatch.events", "not judged: keeps everything"},
		{"the source deletes", ninety, family{name: diskOf}, func(m float64) float64 { return 1000 * min(m, 3) }, bankTopic, "flat"},
		{"a source that does not", ninety, family{name: diskOf, floor: 128}, func(m float64) float64 { return 1000 * m }, bankTopic, "NOT FLAT"},
		{"lag that falls", ninety, family{name: lagOf, floor: 100}, func(m float64) float64 { return 90_000 - 1000*m }, "fold", "falls"},
		{"one quantile of the tail is for the eye", ninety, family{name: latencyOf}, filling, "p99.9", "not judged: p50 and p99 are judged"},
		{"the median is judged", ninety, family{name: latencyOf}, func(m float64) float64 { return 20 + m }, "p50", "NOT FLAT"},
	} {
		c.fam.columns = []string{c.column}
		f := played(&c.fam, c.of)
		if got := c.j.of(f.at, &c.fam, 0); got.String() != c.want {
			t.Errorf("%s: %q (%+v), want %q", c.name, got, got.trend, c.want)
		}
	}
}

func TestTooFewSamplesAreNoVerdict(t *testing.T) {
	fam := &family{name: lagOf, columns: []string{"fold"}}
	f := &frame{families: []*family{fam}}
	for i := range 20 {
		f.add(float64(i), row{lagOf: {"fold": float64(i * 1000)}})
	}
	if got := (judging{from: 9, to: 20}).of(f.at, fam, 0).String(); got != "not judged: 11 samples" {
		t.Errorf("%q, want no verdict on 11 samples", got)
	}
}

func TestSumUpNamesWhatIsNotFlat(t *testing.T) {
	fam := &family{name: memoryOf, columns: []string{"ingest-1", "warehouse-1", "kafka", "clickhouse"}}
	f := &frame{families: []*family{fam}}
	for i := range 100 {
		f.add(float64(i), row{memoryOf: {"ingest-1": 50, "warehouse-1": float64(100 + 10*i), "kafka": 0}})
	}
	list := (judging{from: 10, to: 100}).all(f)
	if len(list) != 2 {
		t.Fatalf("%d verdicts, want 2: a series that was never anything has none", len(list))
	}
	flat, unjudged, not := sumUp(list)
	if flat != 1 || unjudged != 0 || !slices.Equal(not, []string{"memory of warehouse-1"}) {
		t.Errorf("%d flat, %d unjudged, %s not", flat, unjudged, strings.Join(not, ", "))
	}
}

package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// How a run without a fault may end all the same.
var (
	errNotFlat     = errors.New("not flat")
	errInterrupted = errors.New("interrupted: what was asked for is not shown")
)

// verdict is what is found of one series.
type verdict struct {
	family *family
	column string
	trend  trend
	// unjudged says why the series is told and not judged; empty if it is.
	unjudged string
	flat     bool
}

// span of a run that is judged: a part of it is over before anything can be flat.
type judging struct {
	// from is when the judged part begins, minutes.
	from float64
	// deleted is when the source topic deletes as much as comes.
	deleted float64
	// gathered is when the fold has gathered as many days of a customer as it keeps: its
	// memory and what it saves grow until then.
	gathered float64
	to       float64
	// stored are the topics that keep all that is written.
	stored []string
}

// grows are the series that follow the single entries in the fold's hands.
func grows(fam *family, column string) bool {
	fold := (fam.name == memoryOf || fam.name == heapOf) && (column == stays || column == restarts)
	return fold || fam.name == diskOf && column == stateTopic
}

// of judges one series.
func (j judging) of(at []float64, fam *family, i int) verdict {
	v := verdict{family: fam, column: fam.columns[i]}
	from := j.from
	switch {
	case fam.name == diskOf && slices.Contains(j.stored, v.column):
		v.unjudged = "keeps everything"
	case v.column == lookColumn:
		v.unjudged = "is the measuring"
	case fam.name == latencyOf && (v.column == "p95" || v.column == "p99.9"):
		v.unjudged = "p50 and p99 are judged"
	case fam.name == diskOf && v.column == bankTopic && j.deleted > j.to/2:
		v.unjudged = fmt.Sprintf("deletes nothing until minute %.0f", j.deleted)
	case fam.name == diskOf && v.column == bankTopic:
		from = max(from, j.deleted)
	case grows(fam, v.column) && j.gathered > j.to/2:
		v.unjudged = fmt.Sprintf("gathers days until minute %.0f", j.gathered)
	case grows(fam, v.column):
		from = max(from, j.gathered)
	}
	first, _ := slices.BinarySearch(at, from)
	v.trend = trendOf(at[first:], fam.column(i)[first:])
	if v.unjudged == "" && v.trend.n < leastSamples {
		v.unjudged = fmt.Sprintf("%d samples", v.trend.n)
	}
	v.flat = v.trend.flat(fam.floor)
	return v
}

// all judges every series that ever was more than nothing.
func (j judging) all(f *frame) (list []verdict) {
	for _, fam := range f.families {
		for i := range fam.columns {
			if slices.ContainsFunc(fam.column(i), func(v float64) bool { return v > 0 && !math.IsNaN(v) }) {
				list = append(list, j.of(f.at, fam, i))
			}
		}
	}
	return list
}

// String says how it is.
func (v verdict) String() string {
	switch {
	case v.unjudged != "":
		return "not judged: " + v.unjudged
	case !v.flat:
		return "NOT FLAT"
	case v.trend.rise < -max(v.trend.spread, v.trend.level/10, v.family.floor):
		return "falls"
	}
	return "flat"
}

// sumUp counts what was found and names what is not flat.
func sumUp(list []verdict) (flat, unjudged int, not []string) {
	for _, v := range list {
		switch {
		case v.unjudged != "":
			unjudged++
		case v.flat:
			flat++
		default:
			not = append(not, v.family.name+" of "+v.column)
		}
	}
	return flat, unjudged, not
}

// judging are the parts of this run.
func (b *steady) judging() judging {
	j := judging{from: b.duration.Minutes() / 5, gathered: b.gathers().Minutes(), to: b.duration.Minutes()}
	if b.record.interrupted {
		j.to = b.record.ended.Sub(b.record.began).Minutes()
		j.from = j.to / 5
	}
	// A segment goes when its newest record is old enough, and a look comes along.
	j.deleted = (b.retention + b.retention/4 + 15*time.Second).Minutes()
	for _, topic := range b.frame.of(diskOf).columns {
		if topic != bankTopic && topic != stateTopic {
			j.stored = append(j.stored, topic)
		}
	}
	return j
}

// budgets of the way to an alert.
const (
	budgetP50 = 40 * time.Millisecond
	budgetP99 = 100 * time.Millisecond
	budgetCPU = 10.0 // µs an event
)

// budgets until a row can be seen in ClickHouse, at p99: of alerts, and of snapshots
// and all others.
const (
	budgetAlertRow = 2 * time.Second
	budgetRow      = 10 * time.Second
)

// kept says whether something holds.
func kept(holds bool) string {
	if holds {
		return "met"
	}
	return "missed"
}

package main

import (
	"math"
	"slices"
)

// trend is the course of a series over the judged part of a run.
type trend struct {
	// level is the median, rise what the fitted line climbs from the begin to the end,
	// spread the distance of the quartiles of the samples from the line.
	level, rise, spread float64
	n                   int
}

// leastSamples is what a series needs to be judged.
const leastSamples = 12

// fitted is the most samples that a line is fitted through; more are averaged.
const fitted = 400

// trendOf fits a line through samples at times at; samples that are no numbers are
// left out. The slope is the median of the slopes between all pairs, so that a close
// of the day or a restart within the run does not bend it.
func trendOf(at, values []float64) trend {
	x, y := thinned(at, values)
	if len(x) < 2 {
		return trend{n: len(x)}
	}
	var slopes []float64
	for i := range x {
		for k := range i {
			if x[i] != x[k] {
				slopes = append(slopes, (y[i]-y[k])/(x[i]-x[k]))
			}
		}
	}
	slope := quantile(slopes, 0.5)
	rest := make([]float64, len(x))
	for i := range x {
		rest[i] = y[i] - slope*x[i]
	}
	return trend{
		level: quantile(y, 0.5), rise: slope * (x[len(x)-1] - x[0]), spread: quantile(rest, 0.75) - quantile(rest, 0.25), n: len(x),
	}
}

// flat says whether the rise is within the spread, or within a tenth of the level, or
// within the floor below which nobody would notice. A fall is no reason for concern.
func (t trend) flat(floor float64) bool { return t.rise <= max(t.spread, t.level/10, floor) }

// thinned are the samples that are numbers, averaged in turn down to so many that all
// pairs of them can be looked at.
func thinned(at, values []float64) (x, y []float64) {
	for i, v := range values {
		if !math.IsNaN(v) {
			x, y = append(x, at[i]), append(y, v)
		}
	}
	each := (len(x) + fitted - 1) / fitted
	if each < 2 {
		return x, y
	}
	mean := func(part []float64) (sum float64) {
		for _, v := range part {
			sum += v
		}
		return sum / float64(len(part))
	}
	var fewX, fewY []float64
	for i := 0; i < len(x); i += each {
		end := min(i+each, len(x))
		fewX, fewY = append(fewX, mean(x[i:end])), append(fewY, mean(y[i:end]))
	}
	return fewX, fewY
}

// quantile is that of values in any order, between two of them in proportion; 0 of none.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := share * float64(len(sorted)-1)
	below := int(at)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

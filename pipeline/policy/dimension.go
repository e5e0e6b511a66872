package policy

import (
	"fmt"
	"strings"
)

func (c *compiler) readDimensions(root value) {
	section, _ := root.get("dimensions")
	for name, v := range section.pairs() {
		d := Dimension{Name: name.node.Value, Metric: c.metricAt(v, "metric")}
		if curve, ok := v.get("curve"); ok && d.Metric < len(c.plan.Metrics) {
			d.Curve = c.curve(curve, c.plan.Metrics[d.Metric].Unit())
		}
		c.dimensions[d.Name] = len(c.plan.Dimensions)
		c.plan.Dimensions = append(c.plan.Dimensions, d)
	}
}

// curve reads the points in the order of the file: values ascend strictly, shares
// rise or fall but never both.
func (c *compiler) curve(v value, u Unit) Curve {
	var curve Curve
	turn := 0
	for k, y := range v.pairs() {
		x, okX := c.level(k, u)
		bp, okY := c.share(y)
		if !okX || !okY {
			continue
		}
		if n := len(curve.X); n > 0 {
			if x <= curve.X[n-1] {
				c.problem(k, "is not above the point before it", "put the points in ascending order")
			}
			step := int(bp) - int(curve.Y[n-1])
			if step != 0 && turn != 0 && (step > 0) != (turn > 0) {
				c.problem(y, "the curve turns here: it must only rise or only fall", "change the percent, or make two dimensions")
				continue
			}
			if step != 0 {
				turn = step
			}
		}
		curve.X, curve.Y = append(curve.X, x), append(curve.Y, bp)
	}
	return curve
}

func (c *compiler) readScores(root value) {
	section, _ := root.get("scores")
	for name, v := range section.pairs() {
		s := Score{Name: name.node.Value}
		if _, taken := c.metrics[s.Name]; taken {
			c.problem(name, "a metric has the same name", "give the score a name of its own")
		}
		sum, complete := int64(0), true
		for dim, w := range v.pairs() {
			i, okI := c.lookup(dim, "dimension", c.dimensions)
			bp, okW := c.share(w)
			if okI && okW {
				c.used.dimension(i)
				s.Parts = append(s.Parts, Part{Dimension: i, WeightBP: bp})
			}
			complete = complete && okW
			sum += int64(bp)
		}
		if complete && v.isMap() && sum != 10000 {
			c.problem(name, "the weights add to "+percentText(sum), "make them add to 100%")
		}
		c.scores[s.Name] = len(c.plan.Scores)
		c.plan.Scores = append(c.plan.Scores, s)
	}
}

// percentText writes basis points as a percent: 9950 is 99.5%.
func percentText(bp int64) string {
	s := fmt.Sprintf("%d.%02d", bp/100, bp%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}

// flatFrom is the point from which on a curve is flat.
func (v *Curve) flatFrom() int64 {
	k := len(v.X) - 1
	for k > 0 && v.Y[k] == v.Y[k-1] {
		k--
	}
	if k <= 0 {
		return 0
	}
	return v.X[k]
}

package policy

import (
	"maps"
	"slices"
)

// readLabels reads what metrics and scores are called before people.
func (c *compiler) readLabels(root value) {
	section, _ := root.get("labels")
	for name, v := range section.pairs() {
		zh, en := c.label(v)
		if i, ok := c.metrics[name.node.Value]; ok {
			c.plan.Metrics[i].Zh, c.plan.Metrics[i].En = zh, en
			continue
		}
		if i, ok := c.scores[name.node.Value]; ok {
			c.plan.Scores[i].Zh, c.plan.Scores[i].En = zh, en
			continue
		}
		known := slices.Concat(slices.Collect(maps.Keys(c.metrics)), slices.Collect(maps.Keys(c.scores)))
		slices.Sort(known)
		c.unknown(name, "metric or score", name.node.Value, known)
	}
}

// label reads the names of one; a blank one is none.
func (c *compiler) label(v value) (zh, en string) {
	for key, name := range v.pairs() {
		text, ok := name.text()
		if ok && text == "" {
			c.problem(name, "is empty", "write the name that people know, or take the key out")
		}
		switch key.node.Value {
		case "zh":
			zh = text
		case "en":
			en = text
		}
	}
	return zh, en
}

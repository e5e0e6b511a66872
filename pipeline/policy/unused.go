package policy

// usage remembers which names something refers to.
type usage struct {
	classes, metrics, dimensions map[int]bool
}

func mark(set *map[int]bool, i int) {
	if *set == nil {
		*set = map[int]bool{}
	}
	(*set)[i] = true
}

func (u *usage) class(i int)     { mark(&u.classes, i) }
func (u *usage) metric(i int)    { mark(&u.metrics, i) }
func (u *usage) dimension(i int) { mark(&u.dimensions, i) }

// checkUnused warns of names that nothing refers to, unless what could not be read may
// refer to them.
func (c *compiler) checkUnused(root value) {
	if c.lost || len(c.broken) > 0 {
		return
	}
	products := false
	for i := range c.plan.Metrics {
		m := &c.plan.Metrics[i]
		products = products || m.Kind == ProductsHeld || m.Field == ByClass
	}
	if !products {
		c.unused(root, "classes", "class", c.used.classes)
	}
	c.unused(root, "metrics", "metric", c.used.metrics)
	c.unused(root, "dimensions", "dimension", c.used.dimensions)
}

func (c *compiler) unused(root value, key, what string, used map[int]bool) {
	section, _ := root.get(key)
	i := 0
	for name := range section.pairs() {
		if !used[i] {
			c.warn(name, "the "+what+" is not used", "take it out, or refer to it")
		}
		i++
	}
}

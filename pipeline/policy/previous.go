package policy

import (
	"bytes"
	"fmt"
)

// checkPrevious compares with the plan in force: the version rises, and each
// removed tier has a successor.
func (c *compiler) checkPrevious(root value) {
	prev := c.opt.Previous
	if prev == nil || bytes.Equal(prev.Text, c.plan.Text) {
		return
	}
	if v, ok := root.get("version"); ok && c.plan.Version > 0 && c.plan.Version <= prev.Version {
		c.problem(v, fmt.Sprintf("version %d is published, so this one would be ignored", prev.Version), fmt.Sprintf("write version: %d", uint64(prev.Version)+1))
	}
	section, _ := root.get("schemes")
	for i := range prev.Schemes {
		was := &prev.Schemes[i]
		v, ok := section.get(was.Name)
		if !ok {
			if section.isMap() {
				c.warn(section, "scheme "+was.Name+" is gone, and its customers' tiers with it", "keep it if that is not meant")
			}
			continue
		}
		for j := range c.plan.Schemes {
			if c.plan.Schemes[j].Name == was.Name {
				c.checkSuccessors(v, was, &c.plan.Schemes[j])
			}
		}
	}
}

func (c *compiler) checkSuccessors(v value, was, now *Scheme) {
	names := map[string]bool{}
	for _, t := range now.Tiers {
		names[t.Name] = true
	}
	tiers, _ := v.get("tiers")
	for _, t := range was.Tiers {
		if _, has := now.Replaced[t.Name]; !names[t.Name] && !has && tiers.node != nil {
			c.problem(tiers, "tier "+t.Name+" is gone, but not what becomes of its customers", "add replaced_by: {"+t.Name+": …} to the scheme")
		}
	}
}

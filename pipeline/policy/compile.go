package policy

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// Compile turns the text of a policy into a Plan. Its error is a [Problems] with
// everything that is wrong. The same text and options give equal plans. file is
// only used in messages.
func Compile(file string, text []byte, opt Options) (*Plan, error) {
	plan, _, err := Check(file, text, opt)
	return plan, err
}

// Check is [Compile] that gives warnings too: what is allowed but likely not
// meant.
func Check(file string, text []byte, opt Options) (*Plan, Problems, error) {
	c := &compiler{
		file: file, opt: opt, plan: &Plan{Text: bytes.Clone(text)}, broken: map[*yaml.Node]bool{},
		classes: map[string]int{}, metrics: map[string]int{}, dimensions: map[string]int{}, scores: map[string]int{},
	}
	c.run(text)
	c.problems.sort()
	c.warnings.sort()
	if len(c.problems) > 0 {
		return nil, c.warnings, c.problems
	}
	return c.plan, c.warnings, nil
}

// compiler is one run over one file.
type compiler struct {
	file               string
	opt                Options
	digits             int
	plan               *Plan
	problems, warnings Problems
	// broken are the mappings whose keys the schema found wrong.
	broken map[*yaml.Node]bool
	// Indices by name.
	classes, metrics, dimensions, scores map[string]int
	used                                 usage
	// lost: a name was referred to that resembles none.
	lost bool
}

func (c *compiler) run(text []byte) {
	var ok bool
	if c.digits, ok = MinorDigits(c.opt.BaseCurrency); !ok {
		c.problems = append(c.problems, Problem{
			File: c.file, Value: c.opt.BaseCurrency, Message: "the deployment's base currency is no currency code",
			Remedy: "set base_currency to a code of ISO 4217, such as CNY",
		})
		return
	}
	root, ok := c.parse(text)
	if !ok {
		return
	}
	structural := c.structure(root)
	if root.isMap() {
		c.sections(root)
	}
	c.merge(structural)
}

// sections compiles the file in the order in which names are needed.
func (c *compiler) sections(root value) {
	c.header(root)
	c.checkNames(root)
	c.readClasses(root)
	c.readMetrics(root)
	c.readDimensions(root)
	c.readScores(root)
	c.readLabels(root)
	c.readSchemes(root)
	c.readAlerts(root)
	c.checkPrevious(root)
	c.checkUnused(root)
	c.plan.LongestWindow = longestWindow(c.plan.Metrics)
}

// maxVersion bounds versions: period results keep theirs in 16 bits.
const maxVersion = 1<<16 - 1

// header reads the name, the version and the safeguards.
func (c *compiler) header(root value) {
	if v, ok := root.get("policy"); ok {
		c.plan.Name, _ = v.text()
	}
	if v, ok := root.get("version"); ok {
		if n, ok := c.whole(v, 1, maxVersion); ok {
			c.plan.Version = uint32(n)
		}
	}
	same := func(key, fixed string) {
		v, ok := root.get(key)
		if !ok || fixed == "" {
			return
		}
		if s, ok := v.text(); ok && s != fixed {
			c.problem(v, "the deployment has "+fixed+", which is fixed", "write "+fixed+", leave "+key+" out, or check with the configuration of its own deployment")
		}
	}
	same("base_currency", c.opt.BaseCurrency)
	same("time_zone", c.opt.TimeZone)
}

const (
	noName     = "is no name"
	nameRemedy = "begin with a small letter and use small letters, digits and _ (at most 40)"
)

// checkNames reports names of things that are no names.
func (c *compiler) checkNames(root value) {
	for _, key := range []string{"classes", "metrics", "dimensions", "scores", "schemes"} {
		section, _ := root.get(key)
		for name := range section.pairs() {
			if !isName(name.node.Value) {
				c.problem(name, noName, nameRemedy)
			}
		}
	}
}

// isName tells whether s is a small letter and up to 39 small letters, digits
// and underscores.
func isName(s string) bool {
	for i := range len(s) {
		letter := s[i] >= 'a' && s[i] <= 'z'
		if !letter && (i == 0 || (s[i] != '_' && (s[i] < '0' || s[i] > '9'))) {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// merge adds the schema's findings where nothing better was said about the place.
func (c *compiler) merge(structural Problems) {
	type place struct{ line, column int }
	said := map[place]bool{}
	for _, p := range c.problems {
		said[place{p.Line, p.Column}] = true
	}
	seen := map[Problem]bool{}
	for _, p := range structural {
		if !seen[p] && (!said[place{p.Line, p.Column}] || strings.HasPrefix(p.Message, "misses ")) {
			seen[p] = true
			c.problems = append(c.problems, p)
		}
	}
}

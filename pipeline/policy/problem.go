package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a policy file, at its place.
type Problem struct {
	File string
	// Line and Column count from 1; 0 if the problem has no place.
	Line, Column int
	// Field is the way to the value, such as schemes.card.tiers[1].from.
	Field string
	// Value is what stands there, empty if nothing does.
	Value string
	// Message says what is wrong, Remedy what to do.
	Message, Remedy string
}

// Error gives the problem as one line: place, field, message, value, remedy.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	if p.Value != "" {
		fmt.Fprintf(&b, " (%q)", p.Value)
	}
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is every problem of a file, by line.
type Problems []Problem

// Error gives one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems one by one, for errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
}

// at makes a problem of the value's place; the value is cut to 60 characters.
func (c *compiler) at(v value, message, remedy string) Problem {
	p := Problem{File: c.file, Field: v.path, Message: message, Remedy: remedy}
	if v.node != nil {
		p.Line, p.Column = v.node.Line, v.node.Column
		if s, ok := v.text(); ok && !v.key {
			if r := []rune(s); len(r) > 60 {
				s = string(r[:60]) + "…"
			}
			p.Value = s
		}
	}
	return p
}

func (c *compiler) problem(v value, message, remedy string) {
	c.problems = append(c.problems, c.at(v, message, remedy))
}

// missing reports an absent key, unless the schema found v's keys wrong already:
// then the key is likely there, misspelt.
func (c *compiler) missing(v value, message, remedy string) {
	if !c.broken[v.node] {
		c.problem(v, message, remedy)
	}
}

func (c *compiler) warn(v value, message, remedy string) {
	c.warnings = append(c.warnings, c.at(v, message, remedy))
}

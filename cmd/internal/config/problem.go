package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	// Place is FILE:LINE:COLUMN, "environment NAME" or "flag --set NAME".
	Place string
	// Field is the path of the setting.
	Field string
	// Value is what stands there; never a secret.
	Value string
	// Message says what is wrong and what would be right.
	Message string
}

func (p Problem) Error() string {
	var b strings.Builder
	if p.Place != "" {
		b.WriteString(p.Place + ": ")
	}
	b.WriteString(p.Field)
	if p.Value != "" {
		fmt.Fprintf(&b, " %q", p.Value)
	}
	b.WriteString(": " + p.Message)
	return b.String()
}

// Problems is everything wrong with a configuration.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

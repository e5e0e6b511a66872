package config

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	// Place is where it stands.
	Place Place
	// Field is the path of the setting.
	Field string
	// Value is what stands there; never a secret.
	Value string
	// Message says what is wrong and what would be right.
	Message string
}

func (p Problem) Error() string {
	var b strings.Builder
	if p.Place.Source != "" {
		b.WriteString(p.Place.String() + ": ")
	}
	b.WriteString(p.Field)
	if p.Value != "" {
		fmt.Fprintf(&b, " %q", p.Value)
	}
	b.WriteString(": " + p.Message)
	return b.String()
}

// Place is where a setting comes from. The zero Place is the defaults.
type Place struct {
	// Source is a file, "environment NAME" or "flag for PATH".
	Source string
	// Line and Column count from 1; 0: not a file.
	Line, Column int
}

func (p Place) String() string {
	if p.Line == 0 {
		return p.Source
	}
	return fmt.Sprintf("%s:%d:%d", p.Source, p.Line, p.Column)
}

// sorted puts problems of the file first, by line.
func (ps Problems) sorted() Problems {
	key := func(p Problem) int {
		if p.Place.Line == 0 {
			return math.MaxInt
		}
		return p.Place.Line
	}
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Compare(key(a), key(b)) })
	return ps
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

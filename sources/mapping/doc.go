// Package mapping compiles a mapping file (YAML, docs/mapping.md) into a flat
// program and runs it over rows: Compile gives a Program, Program.Mapper a
// Mapper for one goroutine, Mapper.Row turns one event.Row into records.
// Canonical is the built-in program for canonical JSON.
//
// File map: problems.go, schema.go and compile*.go read the YAML and report all
// problems at once with their place; value.go, cond.go, layout.go, number.go and
// lookup.go are the instructions; mapper.go runs them.
//
// Non-obvious: fields are set in the order of event.Fields, so that a currency
// is known before the amounts it scales. All records of a row are built before
// the first is handed over: a row is used whole or not at all.
package mapping

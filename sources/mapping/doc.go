// Package mapping compiles a mapping file (YAML, docs/mapping.md) into a flat
// program and runs it over rows: Compile gives a Program, Program.Mapper a
// Mapper for one goroutine, Mapper.Row turns one event.Row into records.
// Canonical is the built-in program for canonical JSON.
//
// File map: yamltree.go, schema.go, report.go, constant.go and compile*.go read the YAML
// and report all problems at once with their place (problems.go), near.go, layout_near.go
// and separator.go what was meant; program.go is the result, canonical.go that of
// canonical JSON; value.go, cond.go, layout.go, number.go, lookup.go and marker.go are the
// instructions, hop.go their short way; mapper.go runs them.
//
// Non-obvious: fields are set in the order of event.Fields, so that a currency
// is known before the amounts it scales. All records of a row are built before
// the first is handed over: a row is used whole or not at all.
package mapping

package mapping

import (
	_ "embed"
	"sync"
)

//go:embed canonical.yaml
var canonicalText []byte

// Canonical is the built-in mapping of canonical JSON: the field names
// of docs/mapping.md as they are, for every kind of customer record.
var Canonical = sync.OnceValue(func() *Program {
	p, err := Compile("canonical.yaml", canonicalText)
	if err != nil {
		panic("mapping: the built-in canonical mapping does not compile: " + err.Error())
	}
	return p
})

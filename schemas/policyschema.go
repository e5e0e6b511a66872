package schemas

import _ "embed"

// PolicySchema is the JSON Schema of a policy file, for editors and for
// policy.Compile.
//
//go:embed policy.schema.json
var PolicySchema []byte

package schemas

import _ "embed"

// MappingSchema is the JSON Schema of mapping files (docs/mapping.md).
//
//go:embed mapping.schema.json
var MappingSchema []byte

// Package jsonscan extracts given paths from a JSON object without building it:
// one pass, no reflection, no allocation after warm-up. The whole document is
// checked (RFC 8259, UTF-8, depth), so a malformed record is never half used.
//
// Non-obvious: of duplicate keys the last one wins, as in encoding/json; the
// values found under an earlier one are forgotten. Values borrow the document,
// or the scanner's scratch buffer where a string has escapes, until the next
// Scan.
package jsonscan

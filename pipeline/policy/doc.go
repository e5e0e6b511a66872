// Package policy turns a tiering policy, one YAML file, into a flat [Plan].
//
// [Compile] validates the whole text and reports every problem with its line,
// field, value and remedy; what it returns is all that the fold ever sees.
package policy

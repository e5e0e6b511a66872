// Package config is the one configuration of tierwatch: defaults, a YAML file,
// the environment and flags, each over the one before.
//
// Config is the typed result and, by its yaml and doc tags, also the reference
// that `tierwatch config show` prints. Load reads all layers and reports every
// problem of all of them at once, each with its place and remedy.
//
// File map: config.go the settings; types.go their types; node.go YAML into
// settings; reflect.go words into them; layers.go environment and flags; environ.go what
// in the environment is no setting; near.go what was meant; problem.go how what is wrong
// is told; check.go what a value may be and what belongs together; missing.go what a
// process lacks; secret.go; secrets.go whether they can be read; show.go.
package config

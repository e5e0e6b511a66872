package config

import (
	"errors"
	"reflect"
)

// CheckSecrets reads every secret that is configured, as the commands that
// connect do. Load does not: a policy is checked by people who may read none.
func (c *Config) CheckSecrets() Problems {
	k := &checker{c: c}
	leaves("", reflect.ValueOf(c).Elem(), func(path string, v reflect.Value) {
		s, ok := reflect.TypeAssert[Secret](v)
		if !ok || !s.IsSet() {
			return
		}
		text, err := s.Read()
		switch {
		case err != nil && s.File != "":
			k.wrong(path, s.File, "cannot be read: %s", cause(errors.Unwrap(err)))
		case err != nil:
			k.wrong(path, s.Env, "is no variable of this environment: set it, or use {file: PATH}")
		case text == "" && s.File != "":
			k.wrong(path, s.File, "is empty: write the secret into it")
		}
	})
	return k.problems.sorted()
}

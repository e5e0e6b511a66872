package config

import (
	"fmt"
	"os"
	"strings"
)

// Secret is a password: it comes from an environment variable or a file, never
// from the configuration's text or a flag, and prints masked.
type Secret struct {
	Env  string
	File string
	// value was given by the environment variable of the setting itself, or by
	// this process.
	value string
}

// Literal is a secret that this process knows, such as that of an engine it
// started.
func Literal(value string) Secret { return Secret{value: value} }

// IsSet tells whether a secret is configured.
func (s Secret) IsSet() bool { return s.Env != "" || s.File != "" || s.value != "" }

// String never shows the secret.
func (s Secret) String() string {
	switch {
	case s.Env != "":
		return "{env: " + s.Env + "}"
	case s.File != "":
		return "{file: " + s.File + "}"
	case s.value != "":
		return "********"
	}
	return ""
}

// Read returns the secret, "" when none is configured. A file's last line end is
// not part of it. The error names the variable or file, and never the content.
func (s Secret) Read() (string, error) {
	switch {
	case s.value != "":
		return s.value, nil
	case s.Env != "":
		v, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("read secret: environment variable %s is not set", s.Env)
		}
		return v, nil
	case s.File != "":
		data, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		return strings.TrimRight(string(data), "\r\n"), nil
	}
	return "", nil
}

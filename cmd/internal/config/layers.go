package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// EnvFile names the environment variable of the configuration file.
const EnvFile = "TIERWATCH_CONFIG"

// FileInDataDir is the configuration that a data directory brings with it.
const FileInDataDir = "tierwatch.yaml"

// Input is where a configuration comes from, beside the defaults.
type Input struct {
	// File is a YAML file, "" for $TIERWATCH_CONFIG, else that of the data
	// directory, else none.
	File string
	// Set are settings by path as flags give them, in order: they win.
	Set []Setting
	// LookupEnv is os.LookupEnv, unless a test says otherwise.
	LookupEnv func(string) (string, bool)
	// Environ lists the environment as os.Environ does, to find names that are no
	// setting's; nil: it is not looked through.
	Environ func() []string
	// Defaults is Default() if nil: a command may have its own.
	Defaults *Config
}

// Setting is a flag's "path=value".
type Setting struct{ Path, Value string }

// ParseSetting reads path=value.
func ParseSetting(s string) (Setting, error) {
	path, value, ok := strings.Cut(s, "=")
	if !ok || path == "" {
		return Setting{}, fmt.Errorf("--set %q: want path=value such as kafka.partitions=6", s)
	}
	return Setting{path, value}, nil
}

// Load reads every layer and checks the whole. The error is Problems, with all
// that is wrong, or says that the file cannot be read.
func Load(in Input) (*Config, error) {
	c := in.Defaults
	if c == nil {
		c = Default()
	}
	if in.LookupEnv == nil {
		in.LookupEnv = os.LookupEnv
	}
	problems, err := c.fromFile(in.path())
	if err != nil {
		return nil, err
	}
	problems = append(problems, c.fromEnv(in.LookupEnv)...)
	problems = append(problems, c.fromFlags(in.Set)...)
	c.derive()
	problems = append(problems, c.check()...)
	if in.Environ != nil {
		c.strangers(in.Environ())
	}
	if len(problems) > 0 {
		return nil, append(problems.sorted(), c.misspelt...)
	}
	return c, nil
}

// path is the file to read, "" for none.
func (in Input) path() string {
	if in.File != "" {
		return in.File
	}
	if file, ok := in.LookupEnv(EnvFile); ok && file != "" {
		return file
	}
	dir, _ := in.LookupEnv(envName("embedded.data_dir"))
	for _, s := range in.Set {
		if s.Path == "embedded.data_dir" {
			dir = s.Value
		}
	}
	if dir == "" {
		return ""
	}
	file := filepath.Join(dir, FileInDataDir)
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return ""
	}
	return file
}

func (c *Config) fromFile(path string) (Problems, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return Problems{{Place{Source: path}, "configuration", "", strings.TrimPrefix(err.Error(), "yaml: ")}}, nil
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	r := &reader{file: path, places: c.places}
	r.fill(doc.Content[0], "", reflect.ValueOf(c).Elem())
	return r.problems, nil
}

// fileSuffix ends the name of a variable that names the file of a secret.
const fileSuffix = "_FILE"

func envName(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

func (c *Config) fromEnv(lookup func(string) (string, bool)) (problems Problems) {
	leaves("", reflect.ValueOf(c).Elem(), func(path string, v reflect.Value) {
		name := envName(path)
		if v.Type() == reflect.TypeFor[Secret]() {
			if file, ok := lookup(name + fileSuffix); ok {
				v.Set(reflect.ValueOf(Secret{File: file}))
				c.places[path] = Place{Source: "environment " + name + fileSuffix}
			}
			if value, ok := lookup(name); ok {
				v.Set(reflect.ValueOf(Secret{value: value}))
				c.places[path] = Place{Source: "environment " + name}
			}
			return
		}
		value, ok := lookup(name)
		if !ok {
			return
		}
		c.places[path] = Place{Source: "environment " + name}
		if err := setWord(v, value); err != nil {
			problems = append(problems, Problem{c.places[path], path, value, err.Error()})
		}
	})
	return problems
}

func (c *Config) fromFlags(set []Setting) (problems Problems) {
	byPath := map[string]reflect.Value{}
	leaves("", reflect.ValueOf(c).Elem(), func(path string, v reflect.Value) { byPath[path] = v })
	for _, s := range set {
		place := Place{Source: "flag for " + s.Path}
		v, ok := byPath[s.Path]
		switch {
		case !ok:
			var known []string
			for p := range byPath {
				known = append(known, p)
			}
			slices.Sort(known)
			problems = append(problems, Problem{place, s.Path, "", "unknown setting" + suggestPath(s.Path, known)})
		case v.Type() == reflect.TypeFor[Secret]():
			problems = append(problems, Problem{place, s.Path, "", "a secret is never given on the command line: use the environment variable " +
				envName(s.Path) + " or " + envName(s.Path) + "_FILE"})
		default:
			c.places[s.Path] = place
			if err := setWord(v, s.Value); err != nil {
				problems = append(problems, Problem{place, s.Path, s.Value, err.Error()})
			}
		}
	}
	return problems
}

// setWord is setText that also takes a list, separated by commas.
func setWord(v reflect.Value, s string) error {
	if v.Type() != reflect.TypeFor[[]string]() {
		return setText(v, s)
	}
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	v.Set(reflect.ValueOf(list))
	return nil
}

// embeddedPartitions are enough for one machine.
const embeddedPartitions = 4

// derive sets defaults that depend on other settings.
func (c *Config) derive() {
	if c.Embedded.On() && c.places["kafka.partitions"] == (Place{}) {
		c.Kafka.Partitions = embeddedPartitions
	}
}

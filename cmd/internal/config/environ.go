package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const envPrefix = "TIERWATCH_"

// otherTools are names with our prefix that are no settings: the configuration
// file, the cache of fetched engines, the data and the switches of tests.
var otherTools = []string{EnvFile, envPrefix + "CACHE", envPrefix + "TESTDATA"}

const testPrefix = envPrefix + "TEST_"

// Kubernetes puts the addresses of every service into every container; of one
// that is named tierwatch, or tierwatch-fold, with our prefix.
var (
	serviceName = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	serviceAddr = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// strangers notes the variables that look like settings and are none; an empty
// one says nothing.
func (c *Config) strangers(environ []string) {
	known := envNames()
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" || !strings.HasPrefix(name, envPrefix) || slices.Contains(known, name) || ofOthers(name, value) {
			continue
		}
		p := Problem{Field: "environment " + name, Message: "is no setting and has no effect"}
		near := Nearest(name, known)
		if near == "" {
			if same := sameLeaf(name, known, "_"); len(same) == 1 {
				near = same[0]
			}
		}
		if near == "" {
			p.Message += ": unset it; `tierwatch config show --docs` lists every setting"
			c.unknown = append(c.unknown, p)
			continue
		}
		p.Message += ": did you mean " + near + "?"
		c.misspelt = append(c.misspelt, p)
	}
}

func ofOthers(name, value string) bool {
	return slices.Contains(otherTools, name) || strings.HasPrefix(name, testPrefix) ||
		serviceName.MatchString(name) || strings.HasSuffix(name, "_PORT") && serviceAddr.MatchString(value)
}

// envNames are the variables that set something.
func envNames() []string {
	var list []string
	leaves("", reflect.ValueOf(Default()).Elem(), func(path string, v reflect.Value) {
		list = append(list, envName(path))
		if v.Type() == reflect.TypeFor[Secret]() {
			list = append(list, envName(path)+fileSuffix)
		}
	})
	return list
}

// Misspelt are variables of the environment that set nothing and are near to
// the name of a setting: almost surely a mistake.
func (c *Config) Misspelt() Problems { return c.misspelt }

// Unknown are variables with the prefix of settings that are near to none.
func (c *Config) Unknown() Problems { return c.unknown }

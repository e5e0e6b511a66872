package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
)

// shellWord quotes a word for a POSIX shell, if it needs it.
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// sameCommand is the command line that this process was given, to be given again.
func (a *app) sameCommand() string {
	words := make([]string, 0, len(a.args)+1)
	for _, w := range append([]string{"tierwatch"}, a.args...) {
		words = append(words, shellWord(w))
	}
	return strings.Join(words, " ")
}

// sameDeployment is another command for the deployment that this process was told
// to work on.
func (a *app) sameDeployment(c *config.Config, command string) string {
	words := []string{"tierwatch " + command}
	add := func(flag, value string) { words = append(words, flag+" "+shellWord(value)) }
	if a.file != "" {
		add("-c", a.file)
	}
	for _, s := range a.set {
		add("--set", s)
	}
	flags := map[string]string{"embedded.data_dir": "--data-dir", "kafka.brokers": "--brokers", "clickhouse.addrs": "--clickhouse"}
	for _, path := range slices.Sorted(maps.Keys(flags)) {
		if v := a.shortcut[path]; v != nil && *v != "" {
			add(flags[path], *v)
		}
	}
	if c.Embedded.On() && !c.IsSet("embedded.data_dir") {
		add("--data-dir", c.Embedded.DataDir) // the default of a command
	}
	return strings.Join(words, " ")
}

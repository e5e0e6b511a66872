package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	schema "github.com/tierwatch/tierwatch/schemas/clickhouse"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = "dev"

// build is what `tierwatch version` tells.
type build struct {
	Version    string `json:"version"`
	Commit     string `json:"commit,omitempty"`
	Time       string `json:"time,omitempty"`
	Modified   bool   `json:"modified,omitempty"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
	Engine     int    `json:"engine"`
	Schema     int    `json:"clickhouse_schema"`
	Franz      string `json:"franz_go,omitempty"`
	Clickhouse string `json:"clickhouse_go,omitempty"`
}

func buildInfo() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Engine: fold.EngineVersion}
	if list, err := schema.Migrations("tierwatch", schema.Layout{}); err == nil && len(list) > 0 {
		b.Schema = int(list[len(list)-1].Version)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/twmb/franz-go":
			b.Franz = m.Version
		case "github.com/ClickHouse/clickhouse-go/v2":
			b.Clickhouse = m.Version
		}
	}
	return b
}

func (a *app) newVersion() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the versions of what is built in",
		Long: `Print the version of the program, the newest ENGINE (behaviour of the fold) it
knows and the number of its ClickHouse schema.`,
		Example: "  tierwatch version\n  tierwatch version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := buildInfo()
			if asJSON {
				enc := json.NewEncoder(a.out)
				enc.SetIndent("", "  ")
				return enc.Encode(b)
			}
			fmt.Fprintf(a.out, "tierwatch %s", b.Version)
			if b.Commit != "" {
				fmt.Fprintf(a.out, " (%.12s, %s)", b.Commit, b.Time)
			}
			fmt.Fprintf(a.out, "\nengine %d, clickhouse schema %d\n%s, %s, franz-go %s, clickhouse-go %s\n",
				b.Engine, b.Schema, b.Go, b.Platform, b.Franz, b.Clickhouse)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

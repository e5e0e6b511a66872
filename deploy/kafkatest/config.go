package kafkatest

import (
	_ "embed" // templates
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed server.properties
var serverProperties string

//go:embed log4j2.xml
var log4j []byte

var serverTemplate = template.Must(template.New("server.properties").Option("missingkey=error").Parse(serverProperties))

// settings are those of server.properties that differ between nodes and clusters.
type settings struct {
	Node, Port, ControllerPort int
	Voters, Data               string
	Replication, MinInSync     int
	Session                    int      // milliseconds
	Extra                      []string // lines
}

// writeConfig writes the two configuration files of a node into its directory.
func writeConfig(dir string, s settings) error {
	var text strings.Builder
	if err := serverTemplate.Execute(&text, s); err != nil {
		return fmt.Errorf("fill server.properties: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "server.properties"), []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "log4j2.xml"), log4j, 0o600)
}

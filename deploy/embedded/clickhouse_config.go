package embedded

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"text/template"
)

//go:embed clickhouse_server.xml
var serverXML string

//go:embed clickhouse_users.xml
var usersXML string

var clickHouseTemplates = template.Must(template.Must(
	template.New("server").Funcs(template.FuncMap{"xml": escapeXML}).Parse(serverXML)).
	New("users").Parse(usersXML))

// clickHouseConfig fills the two configuration files of the engine.
type clickHouseConfig struct {
	UsersFile      string
	MemoryLimit    int64 // bytes, of the whole server
	QueryMemory    int64 // bytes, of one query of the application
	AnalystMemory  int64 // bytes, of one query of an analyst
	Database       string
	PasswordSHA256 string
	AnalystSHA256  string
	AnalystSeconds int // longest query of an analyst
}

func (c clickHouseConfig) render(name string) ([]byte, error) {
	var b bytes.Buffer
	if err := clickHouseTemplates.ExecuteTemplate(&b, name, c); err != nil {
		return nil, fmt.Errorf("write %s configuration of embedded ClickHouse: %w", name, err)
	}
	return b.Bytes(), nil
}

func escapeXML(s string) (string, error) {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "", fmt.Errorf("escape %q: %w", s, err)
	}
	return b.String(), nil
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

package chdb

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

// ErrUnsupported says that this build cannot load libchdb.so.
var ErrUnsupported = errors.New("embedded ClickHouse needs a linux/amd64 build without the tag noembedded: give the address of a ClickHouse server instead")

// Config is what the parent tells the child.
type Config struct {
	Lib        string `json:"lib"`         // libchdb.so
	Data       string `json:"data"`        // data directory of the engine, created when absent
	Lock       string `json:"lock"`        // lock file, held for the life of the process
	ConfigFile string `json:"config_file"` // server settings, with users_config
	TCPPort    int    `json:"tcp_port"`    // 0 = any free port
	HTTPPort   int    `json:"http_port"`   // 0 = any free port
	AnyPort    bool   `json:"any_port"`    // take any free port for one that is taken
}

// listen opens both ports and then tells the parent their numbers.
const listen = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; " +
	"SELECT toString(getServerPort('tcp_port')), toString(getServerPort('http_port')) " +
	"INTO OUTFILE '" + child.StatusPath + "' TRUNCATE FORMAT TSVRaw"

// args returns the command line of the library.
func (c Config) args() []string {
	return []string{
		"clickhouse-local",
		"--path=" + c.Data,
		"--config-file=" + c.ConfigFile,
		"--listen_host", "127.0.0.1",
		"--tcp_port", strconv.Itoa(c.TCPPort),
		"--http_port", strconv.Itoa(c.HTTPPort),
		"--interactive",
		"--history_file=/dev/null",
		"--query", listen,
	}
}

func (c Config) validate() error {
	for _, f := range []struct{ name, value string }{
		{"lib", c.Lib}, {"data", c.Data}, {"lock", c.Lock}, {"config_file", c.ConfigFile},
	} {
		if f.value == "" || strings.ContainsRune(f.value, 0) {
			return fmt.Errorf("%s %q: must be a path", f.name, f.value)
		}
	}
	return nil
}

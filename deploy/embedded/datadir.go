package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

// ErrInUse says that another process uses a data directory. The error that
// wraps it names the process.
var ErrInUse = errors.New("data directory is in use")

// ErrForeign says that a directory holds files of something else. The error that
// wraps it names some.
var ErrForeign = errors.New("this directory holds files of something else")

// DataDir is the data directory of one running tierwatch:
//
//	lock          held while the process runs; its text is the process id
//	kafka/        the broker's
//	clickhouse/   the database's, with its passwords
//	engines.json  the addresses of the engines that run, removed by Close
type DataDir struct {
	path string
	lock *os.File
}

// CheckDataDir wraps ErrForeign when the directory at path cannot become a data
// directory: people remove a data directory to begin anew, so nothing else may lie
// there. One that is absent, empty or was opened before is good; before the first
// start it may hold what a person puts there, YAML and hidden files, and what is
// noted ahead of the engines.
func CheckDataDir(path string) error {
	list, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	var foreign []string
	for _, e := range list {
		switch name := e.Name(); {
		case name == "lock":
			return nil
		case strings.HasPrefix(name, "."), name == "demo.json", name == "tierwatch.log", name == "lost+found":
		case filepath.Ext(name) == ".yaml", filepath.Ext(name) == ".yml":
		default:
			foreign = append(foreign, name)
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	const named = 3
	if more := len(foreign) - named; more > 0 {
		foreign = append(foreign[:named], fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("--data-dir %s: %w (%s): name a new or empty directory, or one of an earlier run", path, ErrForeign, strings.Join(foreign, ", "))
}

// OpenDataDir makes the directory when absent and takes it for this process.
// The error wraps ErrInUse when another process has it, ErrForeign when it is no
// data directory.
func OpenDataDir(path string) (*DataDir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	if err := CheckDataDir(abs); err != nil {
		return nil, err
	}
	lockPath := filepath.Join(abs, "lock")
	lock, err := child.TryLock(lockPath)
	if errors.Is(err, child.ErrLocked) {
		return nil, fmt.Errorf("open %s: %w by process %s: stop it, or choose another --data-dir", abs, ErrInUse, holder(lockPath))
	}
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	d := &DataDir{path: abs, lock: lock}
	if err := d.sign(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return d, nil
}

// Path returns the absolute path of the directory.
func (d *DataDir) Path() string { return d.path }

// Kafka returns the directory for KafkaOptions.DataDir.
func (d *DataDir) Kafka() string { return filepath.Join(d.path, "kafka") }

// ClickHouse returns the directory for ClickHouseOptions.DataDir.
func (d *DataDir) ClickHouse() string { return filepath.Join(d.path, "clickhouse") }

// Close lets the directory go. Stop the engines before.
func (d *DataDir) Close() error {
	if err := os.Remove(d.enginesFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("close data directory: %w", err), d.lock.Close())
	}
	if err := d.lock.Close(); err != nil {
		return fmt.Errorf("close data directory: %w", err)
	}
	return nil
}

// Engines are the addresses of running engines. Passwords are not among them:
// they are in files that only the owner can read.
type Engines struct {
	PID                int    `json:"pid"`                             // of the tierwatch process
	Kafka              string `json:"kafka,omitempty"`                 // host:port
	ClickHouseNative   string `json:"clickhouse_native,omitempty"`     // host:port
	ClickHouseHTTP     string `json:"clickhouse_http,omitempty"`       // host:port
	ClickHouseDatabase string `json:"clickhouse_database,omitempty"`   // name
	ClickHouseUser     string `json:"clickhouse_user,omitempty"`       // the application's
	ClickHouseAnalyst  string `json:"clickhouse_analyst,omitempty"`    // reads only
	PasswordFile       string `json:"password_file,omitempty"`         // of ClickHouseUser
	AnalystPassword    string `json:"analyst_password_file,omitempty"` // file, of ClickHouseAnalyst
}

// Publish writes engines.json, for other programs to find the engines. Either
// engine may be nil.
func (d *DataDir) Publish(k *Kafka, c *ClickHouse) error {
	e := Engines{PID: os.Getpid()}
	if k != nil {
		e.Kafka = k.Addr()
	}
	if c != nil {
		e.ClickHouseNative, e.ClickHouseHTTP, e.ClickHouseDatabase = c.Addr(), c.HTTPAddr(), c.Database()
		e.ClickHouseUser, e.PasswordFile = ClickHouseUser, filepath.Join(d.ClickHouse(), passwordFile)
		e.ClickHouseAnalyst, e.AnalystPassword = ClickHouseAnalyst, filepath.Join(d.ClickHouse(), analystPasswordFile)
	}
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("write addresses of the engines: %w", err)
	}
	return writeFile(d.enginesFile(), append(text, '\n'))
}

// ReadEngines returns what Publish wrote into the data directory at path. It
// wraps os.ErrNotExist when no engine runs there. After a kill of the process
// the file may be stale: its PID no longer runs.
func ReadEngines(path string) (Engines, error) {
	var e Engines
	text, err := os.ReadFile(filepath.Join(path, "engines.json"))
	if err != nil {
		return e, fmt.Errorf("read addresses of the engines: %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("read addresses of the engines: %w", err)
	}
	return e, nil
}

func (d *DataDir) enginesFile() string { return filepath.Join(d.path, "engines.json") }

// sign writes the process id into the lock and removes what a killed process left.
func (d *DataDir) sign() error {
	if err := os.Remove(d.enginesFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old addresses: %w", err)
	}
	if err := d.lock.Truncate(0); err != nil {
		return fmt.Errorf("sign data directory: %w", err)
	}
	if _, err := d.lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fmt.Errorf("sign data directory: %w", err)
	}
	return nil
}

// holder returns the process id in the lock file, or "unknown" between the
// moments in which the other takes the lock and signs it.
func holder(lockPath string) string {
	text, err := os.ReadFile(lockPath)
	if err != nil || strings.TrimSpace(string(text)) == "" {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

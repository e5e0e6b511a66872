package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/deploy/embedded/chdb"
)

// Users of the embedded ClickHouse.
const (
	ClickHouseUser    = "tierwatch" // the application: everything but user management
	ClickHouseAnalyst = "analyst"   // reads the database, within limits of memory and time
)

// Files in the engine's directory that hold the passwords, readable by the owner alone.
const (
	passwordFile        = "password"
	analystPasswordFile = "analyst-password"
)

// DefaultDatabase is the database that the application writes and analysts read.
const DefaultDatabase = "tierwatch"

const (
	defaultMemory  = 4 << 30
	minMemory      = 512 << 20
	analystSeconds = 300
	// dirLockedWait is how long a start waits for a process that is no child of
	// this program and holds the data directory (error 76).
	dirLockedWait  = 15 * time.Second
	dirLockedRetry = 250 * time.Millisecond
	// firstPingWait is how long an engine that has reported its ports may take to answer.
	firstPingWait = 2 * time.Minute
)

// ClickHouseOptions says how to run the embedded ClickHouse. DataDir and Lib
// are required.
type ClickHouseOptions struct {
	DataDir     string         // made when absent; one process at a time
	Lib         string         // libchdb.so, as FetchClickHouse returns it
	TCPPort     int            // native protocol; 0 = that of the last run, or any
	HTTPPort    int            // HTTP protocol; 0 = that of the last run, or any
	Database    string         // made when absent, read by the analyst; default DefaultDatabase
	MemoryLimit int64          // bytes of the whole engine; default 4 GiB, at least 512 MiB
	Self        string         // binary whose main calls ChildMain; default os.Executable
	Logger      zerolog.Logger // takes the engine's error output as warnings, and its life
	OnEvent     func(Event)    // optional; called from one goroutine at a time, must not block or call Stop
	PingEvery   time.Duration  // between looks whether it answers; three in a row without an answer end it; default 2 s
}

// ClickHouse is a running embedded ClickHouse, restarted on the same ports when
// it dies. The owner calls Stop.
type ClickHouse struct {
	*supervisor

	ports             [2]int
	password, analyst string
	database          string
	conn              driver.Conn
}

// dbException is how the engine reports that it cannot open its ports. Its
// prompt stays, so nothing else tells.
var dbException = regexp.MustCompile(`^Code: [0-9]+\. DB::`)

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// StartClickHouse starts the engine and returns when both ports answer. ctx
// bounds the start only.
func StartClickHouse(ctx context.Context, o ClickHouseOptions) (*ClickHouse, error) {
	c, cfg, err := prepareClickHouse(&o)
	if err != nil {
		return nil, fmt.Errorf("start embedded ClickHouse: %w", err)
	}
	launch := func(ctx context.Context) (*process, error) { return c.launch(ctx, o, cfg) }
	p, err := launch(ctx)
	if err != nil {
		return nil, fmt.Errorf("start embedded ClickHouse: %w", err)
	}
	// From here on the ports are fixed: clients know them.
	cfg.TCPPort, cfg.HTTPPort, cfg.AnyPort = c.ports[0], c.ports[1], false
	if err := c.greet(ctx, o.DataDir); err != nil {
		return nil, errors.Join(fmt.Errorf("start embedded ClickHouse: %w", err), p.stopWithin(ctx, abortWait))
	}
	c.supervisor = &supervisor{
		engine: "clickhouse", dir: o.DataDir, log: o.Logger, launch: launch, ping: c.ping, every: o.PingEvery, notify: o.OnEvent,
	}
	c.begin(ctx, p)
	return c, nil
}

// Addr returns the host and port of the native protocol.
func (c *ClickHouse) Addr() string { return localAddr(c.ports[0]) }

// HTTPAddr returns the host and port of the HTTP protocol.
func (c *ClickHouse) HTTPAddr() string { return localAddr(c.ports[1]) }

// User returns the application's user name.
func (c *ClickHouse) User() string { return ClickHouseUser }

// Password returns the application's password, made once per data directory.
func (c *ClickHouse) Password() string { return c.password }

// AnalystPassword returns the password of ClickHouseAnalyst, made once per data
// directory.
func (c *ClickHouse) AnalystPassword() string { return c.analyst }

// Database returns the name of the application's database, which exists.
func (c *ClickHouse) Database() string { return c.database }

// Stop ends the engine cleanly; when ctx ends first, the child is killed and
// the error says so. Close the application's connections before: the engine
// waits five seconds for those that are open.
func (c *ClickHouse) Stop(ctx context.Context) error {
	return errors.Join(c.conn.Close(), c.supervisor.Stop(ctx))
}

// ping asks both listeners and then the engine itself.
func (c *ClickHouse) ping(ctx context.Context) error {
	var d net.Dialer
	for _, addr := range []string{c.Addr(), c.HTTPAddr()} {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			return fmt.Errorf("ping: %w", err)
		}
		_ = conn.Close() // nothing was written
	}
	if err := c.conn.Ping(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

// launch starts a child, again while the data directory is locked.
func (c *ClickHouse) launch(ctx context.Context, o ClickHouseOptions, cfg *chdb.Config) (*process, error) {
	deadline := time.Now().Add(dirLockedWait)
	for {
		p, ports, err := start(ctx, spec{
			self: o.Self, mode: modeClickHouse, config: cfg, ports: len(c.ports),
			fatal: dbException.MatchString,
			emit:  func(line string) { o.Logger.Warn().Str("line", line).Msg("clickhouse output") },
		})
		if err == nil {
			if c.ports[0] == 0 { // later launches are given these very ports
				copy(c.ports[:], ports)
			}
			return p, nil
		}
		if !strings.Contains(err.Error(), "Code: 76") || time.Now().After(deadline) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(dirLockedRetry):
		}
	}
}

// greet makes the database, writes down the ports and opens the connection for pings.
func (c *ClickHouse) greet(ctx context.Context, dir string) error {
	if err := c.makeDatabase(ctx); err != nil {
		return fmt.Errorf("create database %s: %w", c.database, err)
	}
	if err := rememberPorts(filepath.Join(dir, "ports"), c.ports[:]...); err != nil {
		return err
	}
	var err error
	c.conn, err = c.open(pingTimeout)
	return err
}

// makeDatabase takes a connection of its own: the first answer may take longer than one
// to a ping.
func (c *ClickHouse) makeDatabase(ctx context.Context) error {
	conn, err := c.open(firstPingWait)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, firstPingWait)
	defer cancel()
	err = conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS `"+c.database+"` ENGINE = Atomic")
	return errors.Join(err, conn.Close())
}

// open makes one connection of which every step may take so long.
func (c *ClickHouse) open(wait time.Duration) (driver.Conn, error) {
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr:         []string{c.Addr()},
		Auth:         clickhouse.Auth{Username: ClickHouseUser, Password: c.password},
		DialTimeout:  wait,
		ReadTimeout:  wait,
		MaxOpenConns: 1,
		MaxIdleConns: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("open connection: %w", err)
	}
	return conn, nil
}

// prepareClickHouse checks and completes the options and lays out the data directory.
func prepareClickHouse(o *ClickHouseOptions) (*ClickHouse, *chdb.Config, error) {
	if err := o.complete(); err != nil {
		return nil, nil, err
	}
	conf := filepath.Join(o.DataDir, "config")
	if err := os.MkdirAll(conf, 0o700); err != nil {
		return nil, nil, fmt.Errorf("create data directory: %w", err)
	}
	if err := room(o.DataDir); err != nil {
		return nil, nil, err
	}
	c := &ClickHouse{database: o.Database}
	var err error
	if c.password, err = secret(filepath.Join(o.DataDir, passwordFile)); err != nil {
		return nil, nil, err
	}
	if c.analyst, err = secret(filepath.Join(o.DataDir, analystPasswordFile)); err != nil {
		return nil, nil, err
	}
	files := clickHouseConfig{
		UsersFile:   filepath.Join(conf, "users.xml"),
		MemoryLimit: o.MemoryLimit, QueryMemory: o.MemoryLimit / 4 * 3, AnalystMemory: o.MemoryLimit / 4,
		Database:       o.Database,
		PasswordSHA256: sha256Hex(c.password), AnalystSHA256: sha256Hex(c.analyst), AnalystSeconds: analystSeconds,
	}
	server := filepath.Join(conf, "server.xml")
	for name, path := range map[string]string{"server": server, "users": files.UsersFile} {
		text, err := files.render(name)
		if err == nil {
			err = writeFile(path, text)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	cfg := &chdb.Config{
		Lib: o.Lib, Data: filepath.Join(o.DataDir, "data"), Lock: filepath.Join(o.DataDir, "child.lock"),
		ConfigFile: server, TCPPort: o.TCPPort, HTTPPort: o.HTTPPort,
	}
	if o.TCPPort == 0 && o.HTTPPort == 0 {
		last := rememberedPorts(filepath.Join(o.DataDir, "ports"), 2)
		cfg.TCPPort, cfg.HTTPPort, cfg.AnyPort = last[0], last[1], true
	}
	return c, cfg, nil
}

func (o *ClickHouseOptions) complete() error {
	if o.DataDir == "" || o.Lib == "" {
		return fmt.Errorf("data directory %q and library %q: both are required", o.DataDir, o.Lib)
	}
	if o.Database == "" {
		o.Database = DefaultDatabase
	}
	if !identifier.MatchString(o.Database) {
		return fmt.Errorf("database %q: must be a letter or _ and then letters, digits or _, at most 64", o.Database)
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemory
	}
	if o.MemoryLimit < minMemory {
		return fmt.Errorf("memory limit %d bytes: must be at least %d (512 MiB)", o.MemoryLimit, minMemory)
	}
	var err error
	if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if o.Lib, err = filepath.Abs(o.Lib); err != nil {
		return fmt.Errorf("library: %w", err)
	}
	o.Self, err = self(o.Self)
	return err
}

func localAddr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

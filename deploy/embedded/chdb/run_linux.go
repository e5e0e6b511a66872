//go:build linux && amd64 && !noembedded

package chdb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

// Supported says whether this build can load libchdb.so.
const Supported = true

const (
	// lockWait is how long a new child waits for the one before it to shut down: longer
	// than exitWait, at the end of which that one is gone.
	lockWait = 90 * time.Second
	// exitRetry is how often "exit;" is typed until the library returns: what is
	// typed before its prompt stands can be flushed away.
	exitRetry = 200 * time.Millisecond
	// exitWait is how long the library may take to stop before the process kills itself.
	exitWait = 60 * time.Second
)

// Run serves until the lifeline (standard input) ends or SIGTERM arrives, and
// returns after the library has closed its data directory.
func Run(cfg Config) error {
	if err := cfg.validate(); err != nil {
		return fmt.Errorf("configuration of embedded ClickHouse: %w", err)
	}
	life, err := takeStdin()
	if err != nil {
		return err
	}
	stop := child.Lifeline(life)
	lock, err := child.LockUnless(stop, lockWait, cfg.Lock)
	if err != nil {
		return fmt.Errorf("wait for the former ClickHouse process on this data directory: %w", err)
	}
	defer func() { _ = lock.Close() }() // the process ends here anyway

	if cfg.AnyPort { // asked with the lock held: the former process has left its ports
		cfg.TCPPort, cfg.HTTPPort = child.FreePort(cfg.TCPPort), child.FreePort(cfg.HTTPPort)
	}
	master, slave, err := openPTY()
	if err != nil {
		return err
	}
	if err := unix.Dup2(int(slave.Fd()), 0); err != nil {
		return fmt.Errorf("give the library a terminal: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, master) }() // a full terminal would block the library
	done := make(chan struct{})
	go exitOn(stop, done, master)
	defer close(done)
	return query(cfg)
}

// takeStdin moves the lifeline off descriptor 0, which the terminal takes.
func takeStdin() (*os.File, error) {
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, child.StatusFD+1)
	if err != nil {
		return nil, fmt.Errorf("keep the lifeline: %w", err)
	}
	return os.NewFile(uintptr(fd), "lifeline"), nil
}

// exitOn ends the library's prompt when stop closes, and the process when that
// does not help in time: a child must not outlive its parent.
func exitOn(stop, done <-chan struct{}, master io.Writer) {
	select {
	case <-stop:
	case <-done:
		return
	}
	retry := time.NewTicker(exitRetry)
	defer retry.Stop()
	limit := time.NewTimer(exitWait)
	defer limit.Stop()
	for {
		// Ctrl-U drops what stands in the line.
		_, _ = io.WriteString(master, "\x15exit;\r") // the limit below is the way out
		select {
		case <-done:
			return
		case <-limit.C:
			fmt.Fprintln(os.Stderr, "embedded ClickHouse did not stop in time: killed")
			_ = child.Kill() // cannot fail for the own process
		case <-retry.C:
		}
	}
}

// query loads the library and runs its command line, which returns at "exit;".
func query(cfg Config) error {
	lib, err := purego.Dlopen(cfg.Lib, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return fmt.Errorf("load %s: %w", cfg.Lib, err)
	}
	for _, name := range []string{"chdb_query_cmdline", "chdb_result_error"} {
		if _, err := purego.Dlsym(lib, name); err != nil {
			return fmt.Errorf("load %s: %w", cfg.Lib, err)
		}
	}
	var cmdline func(argc int32, argv unsafe.Pointer) uintptr
	var resultError func(result uintptr) string
	purego.RegisterLibFunc(&cmdline, lib, "chdb_query_cmdline")
	purego.RegisterLibFunc(&resultError, lib, "chdb_result_error")

	args := cfg.args()
	var pin runtime.Pinner
	defer pin.Unpin()
	argv := make([]*byte, len(args)+1) // C wants a null at the end
	for i, a := range args {
		text := append([]byte(a), 0)
		pin.Pin(&text[0])
		argv[i] = &text[0]
	}
	pin.Pin(&argv[0])
	result := cmdline(int32(len(args)), unsafe.Pointer(&argv[0])) //nolint:gosec // eleven arguments
	if result == 0 {
		return errors.New("run clickhouse-local: the library returned no result")
	}
	if text := resultError(result); text != "" {
		return fmt.Errorf("run clickhouse-local: %s", text)
	}
	return nil
}

package crew

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Member is one place in the crew: a process that runs a role, again and again.
type Member struct {
	name string
	path string
	args []string
	logs string
	// gone is told of the end of a life that nobody had ended.
	gone func(Exit)

	mu   sync.Mutex
	life *life // nil while none runs
	n    int
	// office is when the process last said that it is the conductor in office.
	office time.Time
	alarms []string
	// atWork counts kills of processes that had something to do.
	atWork int
}

// life is one process of a member.
type life struct {
	cmd   *exec.Cmd
	asked bool // somebody here ends it
	began bool // it has said that its role runs
	works bool // it has said that it has something to do
	shot  bool // by Kill
	done  chan struct{}
	last  string // what it said last of a warning or worse
}

// ErrRuns says that the process runs already.
var ErrRuns = errors.New("runs already")

// Start runs the process, unless one runs.
func (m *Member) Start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life != nil {
		return fmt.Errorf("start %s: %w", m.name, ErrRuns)
	}
	m.n++
	log, err := os.Create(filepath.Join(m.logs, fmt.Sprintf("%s.%03d.log", m.name, m.n)))
	if err != nil {
		return fmt.Errorf("start %s: %w", m.name, err)
	}
	l := &life{cmd: exec.Command(m.path, m.args...), done: make(chan struct{})} //nolint:noctx,gosec // it lives until somebody here ends it
	l.cmd.SysProcAttr = Bound()
	out, err := l.cmd.StderrPipe()
	if err == nil {
		l.cmd.Stdout = l.cmd.Stderr
		err = l.cmd.Start()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start %s: %w", m.name, err), log.Close())
	}
	m.life = l
	go m.attend(l, out, log)
	return nil
}

// attend reads what a process says and reaps it.
func (m *Member) attend(l *life, out io.Reader, log *os.File) {
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		_, _ = log.Write(append(scan.Bytes(), '\n')) // a log that cannot be written fails nothing
		m.hear(l, scan.Bytes())
	}
	_ = l.cmd.Wait() // its state tells
	_ = log.Close()
	m.mu.Lock()
	m.life = nil
	asked, end := l.asked, Exit{m.name, fmt.Sprintf("%s: %s", l.cmd.ProcessState, l.last), l.began}
	m.mu.Unlock()
	close(l.done)
	if !asked {
		m.gone(end)
	}
}

// hear looks for what the harness wants to know.
func (m *Member) hear(l *life, line []byte) {
	var said struct{ Level, Message, Error string }
	if json.Unmarshal(line, &said) != nil {
		said.Level, said.Message = "fatal", string(line) // the program's last words, or a panic's
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if alarming(said.Message) {
		m.alarms = append(m.alarms, fmt.Sprintf("process %s, life %d: %s %s", m.name, m.n, said.Message, said.Error))
	}
	l.works = l.works || working[said.Message]
	switch {
	case said.Message == "started":
		l.began = true
	case said.Message == "conductor in office":
		m.office = time.Now()
	case said.Level == "fatal" && strings.HasPrefix(l.last, "panic:"): // what follows is its stack
	case said.Level != "info":
		l.last = strings.TrimSpace(said.Message + " " + said.Error)
	}
}

// working are the messages with which a role begins its work, not being a standby or
// in a rebalance.
var working = map[string]bool{
	"partition replayed": true, "conductor in office": true, "source partitions assigned": true, "warehouse partitions assigned": true,
}

// alarming says whether nothing that a run does is a reason for a message.
func alarming(text string) bool {
	return strings.HasPrefix(text, "panic:") || strings.HasPrefix(text, "poison record") || strings.HasPrefix(text, "broken drain") ||
		strings.Contains(text, "DATA RACE")
}

// PID is that of the process that runs, 0 if none does.
func (m *Member) PID() int {
	if l := m.now(false); l != nil {
		return l.cmd.Process.Pid
	}
	return 0
}

// now is the process that runs, nil if none does. With end, it is known from now on
// that somebody here ends it.
func (m *Member) now(end bool) *life {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life != nil && end {
		m.life.asked = true
	}
	return m.life
}

// Ending says whether the process that runs was asked to end before.
func (m *Member) Ending() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.life != nil && m.life.asked
}

// ErrNotRunning says that there is no process to do it to.
var ErrNotRunning = errors.New("does not run")

// Kill ends the process at once and returns when it is gone.
func (m *Member) Kill() error {
	l := m.now(true)
	if l == nil {
		return fmt.Errorf("kill %s: %w", m.name, ErrNotRunning)
	}
	m.mu.Lock()
	l.shot = true
	if l.works {
		m.atWork++
	}
	m.mu.Unlock()
	_ = l.cmd.Process.Kill() // gone already is as good
	<-l.done
	return nil
}

// KilledAtWork counts the kills of processes that had said that they have something to do.
func (m *Member) KilledAtWork() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.atWork
}

// Signal sends a signal that does not end it.
func (m *Member) Signal(s syscall.Signal) error {
	l := m.now(false)
	if l == nil {
		return fmt.Errorf("%s %s: %w", s, m.name, ErrNotRunning)
	}
	if err := l.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("%s %s: %w", s, m.name, err)
	}
	return nil
}

// StopTimeout is what a clean stop may take, the program's own limit included.
const StopTimeout = 45 * time.Second

// Stop asks the process to end, and says with an error if it does not end well.
func (m *Member) Stop() error {
	l := m.now(true)
	if l == nil {
		return fmt.Errorf("stop %s: %w", m.name, ErrNotRunning)
	}
	_ = l.cmd.Process.Signal(syscall.SIGCONT)
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.done:
	case <-time.After(StopTimeout):
		_ = l.cmd.Process.Kill()
		<-l.done
		return fmt.Errorf("stop %s: no end within %s; it said %s", m.name, StopTimeout, l.last)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	// Who is stopped before his role runs says so; who takes his time may meet a kill.
	if code := l.cmd.ProcessState.ExitCode(); code != 0 && l.began && !l.shot {
		return fmt.Errorf("stop %s: exit code %d: %s", m.name, code, l.last)
	}
	return nil
}

// Dump lets the process end with the stacks of all its goroutines in its log, and
// returns when it has, or with ctx.
func (m *Member) Dump(ctx context.Context) {
	l := m.now(true)
	if l == nil {
		return
	}
	_ = l.cmd.Process.Signal(syscall.SIGCONT)
	_ = l.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

const (
	// reapWait is how long a dead child's output may stay open before it is cut off.
	reapWait = 2 * time.Second
	// startWait bounds a start that neither succeeds nor fails; a broker reads its log meanwhile.
	startWait = 5 * time.Minute
	// abortWait is how long a child whose start was given up may take to end cleanly.
	abortWait = 10 * time.Second
	// killWait bounds the wait for a killed child; only a process stuck in the kernel needs it.
	killWait = 10 * time.Second
)

// spec says which child to start.
type spec struct {
	self   string            // the binary to re-execute
	mode   string            // hidden argument
	config any               // JSON argument
	ports  int               // how many ports the child reports
	emit   func(line string) // takes the child's standard error, line by line
	// fatal says whether a line means that the child will never report its
	// ports though it lives on; may be nil.
	fatal func(line string) bool
}

// process is one running child. Its owner calls stop or kill, then the
// goroutine that reaps it ends.
type process struct {
	cmd      *exec.Cmd
	lifeline *os.File
	out      *lineWriter
	done     chan struct{} // closed when the child is reaped and its output is read
	err      error         // how it ended; valid after done
}

// start runs a child and waits until it reports its ports. When ctx ends first,
// the child is stopped and the error wraps the cause.
func start(ctx context.Context, s spec) (*process, []int, error) {
	arg, err := json.Marshal(s.config)
	if err != nil {
		return nil, nil, fmt.Errorf("encode child configuration: %w", err)
	}
	p := &process{
		out:  &lineWriter{emit: s.emit, fatal: s.fatal, failed: make(chan struct{})},
		done: make(chan struct{}),
	}
	status, err := p.exec(s.self, s.mode, string(arg))
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = status.Close() }() // only read from
	ctx, cancel := context.WithTimeoutCause(ctx, startWait, fmt.Errorf("it reported no ports within %s", startWait))
	defer cancel()
	ports, err := p.ready(ctx, status, s.ports)
	if err != nil {
		// A broker that has begun to load its directory must close it again.
		_ = p.stopWithin(ctx, abortWait) // the error above is the one to tell
		return nil, nil, fmt.Errorf("start child: %w", p.explain(err))
	}
	return p, ports, nil
}

// ready waits for the n ports of the child.
func (p *process) ready(ctx context.Context, status io.Reader, n int) ([]int, error) {
	line := make(chan string, 1) // 1: the reader ends even when nobody waits for it
	go func() {
		text, _ := bufio.NewReader(status).ReadString('\n') // at an error text is no full line
		line <- text
	}()
	select {
	case text := <-line:
		if text == "" {
			return nil, errors.New("the engine ended before it had a port")
		}
		return child.ParsePorts(text, n)
	case <-p.out.failed:
		return nil, errors.New("the engine reported an error")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// explain adds the last words of a child that has ended.
func (p *process) explain(err error) error {
	if words := p.out.tail(); words != "" {
		return fmt.Errorf("%w: %s", err, words)
	}
	if p.err != nil {
		return fmt.Errorf("%w: %w", err, p.err)
	}
	return err
}

// exec starts the process with its lifeline and returns the reading end of its
// status pipe.
func (p *process) exec(self, mode, arg string) (status *os.File, err error) {
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make lifeline: %w", err)
	}
	defer func() { _ = stdin.Close() }() // the child's end
	status, report, err := os.Pipe()
	if err != nil {
		_ = lifeline.Close() // nothing was written
		return nil, fmt.Errorf("make status pipe: %w", err)
	}
	defer func() { _ = report.Close() }() // the child's end

	// The context of the caller bounds the start, not the life of the child.
	p.cmd = exec.Command(self, mode, arg) //nolint:noctx,gosec // the lifeline ends it; self is this binary
	p.cmd.Stdin = stdin
	p.cmd.Env = append(os.Environ(), "TZ=UTC") // days must not depend on the machine
	p.cmd.Stderr = p.out                       // standard output carries a prompt at most
	p.cmd.ExtraFiles = []*os.File{report}      // becomes child.StatusFD
	p.cmd.WaitDelay = reapWait
	// A group of its own: Ctrl-C at the terminal reaches the parent alone.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start child process: %w", err), lifeline.Close(), status.Close())
	}
	p.lifeline = lifeline
	go p.reap()
	return status, nil
}

func (p *process) reap() {
	p.err = p.cmd.Wait()
	p.out.flush()
	close(p.done)
}

// died returns how the child ended, after done.
func (p *process) died() error {
	if p.err != nil {
		return p.err
	}
	return errors.New("exit status 0")
}

// stop lets go of the lifeline and waits for the clean end of the child. When
// ctx ends first, the child is killed.
func (p *process) stop(ctx context.Context) error {
	_ = p.lifeline.Close() // a second close is harmless
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("stop child: %w: %s", p.err, p.out.tail())
		}
		return nil
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("stop child: killed: %w", context.Cause(ctx))
	}
}

// stopWithin is stop for a caller whose own context may have ended.
func (p *process) stopWithin(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d)
	defer cancel()
	return p.stop(ctx)
}

// kill ends the child's process group at once and waits until it is reaped.
func (p *process) kill() {
	select {
	case <-p.done: // its number may belong to somebody else by now
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // gone already is as good
	}
	_ = p.lifeline.Close() // a second close is harmless
	select {
	case <-p.done:
	case <-time.After(killWait):
	}
}

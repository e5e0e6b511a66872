package child

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Lifeline returns a channel that is closed when r reaches its end (the parent
// closed it or died) or the process receives SIGTERM. SIGINT and SIGHUP are
// ignored from then on: the terminal's signals are the parent's to judge. So is
// SIGPIPE: what a child says on its way out must not kill it when the parent,
// who read its standard error, is gone.
// The two goroutines behind it live as long as the process.
func Lifeline(r io.Reader) <-chan struct{} {
	signal.Ignore(os.Interrupt, syscall.SIGHUP, syscall.SIGPIPE)
	term := make(chan os.Signal, 1) // 1: Notify does not block
	signal.Notify(term, syscall.SIGTERM)
	eof := make(chan struct{})
	go func() {
		defer close(eof)
		// Whatever ends the copy, an end of file or an error, the parent is out of reach.
		_, _ = io.Copy(io.Discard, r)
	}()
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		select {
		case <-eof:
		case <-term:
		}
	}()
	return stop
}

// Kill ends the calling process at once, without any clean-up. It is the last
// resort of a child whose engine does not stop when the parent is gone.
func Kill() error {
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		return errors.Join(errors.New("kill own process"), err)
	}
	return nil
}

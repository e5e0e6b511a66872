package crew

import "syscall"

// Bound gives a child a process group of its own, so that Ctrl-C reaches the harness
// alone, and ends it with the harness.
func Bound() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

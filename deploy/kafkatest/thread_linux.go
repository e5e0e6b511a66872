package kafkatest

import "syscall"

// boundToThread lets a child die with the thread that starts it, in a group of its
// own: Ctrl-C at the terminal is for the test.
func boundToThread() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

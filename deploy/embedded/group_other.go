//go:build !linux

package embedded

import (
	"os/exec"
	"syscall"
)

// ownGroup puts cmd in a process group of its own, which ends as a whole with
// the context of cmd.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

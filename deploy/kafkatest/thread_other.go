//go:build !linux

package kafkatest

import "syscall"

// boundToThread is for Linux: elsewhere no node is started.
func boundToThread() *syscall.SysProcAttr { return nil }

package broker

import (
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

// logger writes kfake's errors and warnings to standard error, where the
// parent reads them line by line.
type logger struct{ data string }

// Logf implements kfake.Logger. A line that tells of a write that failed ends the
// process before the answer leaves: kfake would go on from memory and acknowledge
// what no restart finds again, markers of transactions and offsets of groups among
// it. The parent starts the broker anew, which then knows what is on the disk.
func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	if level == kfake.LogLevelNone || level > kfake.LogLevelWarn || idle(format) {
		return
	}
	fmt.Fprintf(os.Stderr, level.String()+" "+format+"\n", args...)
	if writeFailed(format) {
		fmt.Fprintf(os.Stderr, "embedded Kafka cannot write %s and ends itself, so that nothing is acknowledged that is not kept: make room on the disk\n", l.data)
		_ = child.Kill() // cannot fail for the own process
		select {}
	}
}

// idle knows warnings that no user can do anything about: kfake calls the end of a
// transaction slow after a few milliseconds.
func idle(format string) bool { return strings.HasPrefix(format, "txn: EndTxn slow") }

// writeFailed knows kfake's lines about its files by their beginnings.
func writeFailed(format string) bool {
	return strings.HasPrefix(format, "persist ") || strings.HasPrefix(format, "endTx: failed to persist")
}

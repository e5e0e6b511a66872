package broker

import (
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
)

// logger writes kfake's errors and warnings to standard error, where the
// parent reads them line by line.
type logger struct{}

// Logf implements kfake.Logger.
func (logger) Logf(level kfake.LogLevel, format string, args ...any) {
	if level == kfake.LogLevelNone || level > kfake.LogLevelWarn {
		return
	}
	fmt.Fprintf(os.Stderr, level.String()+" "+format+"\n", args...)
}

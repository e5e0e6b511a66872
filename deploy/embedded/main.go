package embedded

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/tierwatch/tierwatch/deploy/embedded/broker"
	"github.com/tierwatch/tierwatch/deploy/embedded/chdb"
)

// Hidden first arguments that turn the binary into a child.
const (
	modeClickHouse = "__clickhouse"
	modeKafka      = "__kafka"
)

// ChildMain runs an embedded engine when the arguments ask for one. The main
// function of every binary that starts engines calls it before anything else
// with os.Args, and exits with exitCode when handled.
func ChildMain(args []string) (handled bool, exitCode int) {
	if len(args) < 2 {
		return false, 0
	}
	var err error
	switch args[1] {
	case modeClickHouse:
		err = runChild(args, chdb.Run)
	case modeKafka:
		err = runChild(args, broker.Run)
	default:
		return false, 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return true, 1
	}
	return true, 0
}

func runChild[C any](args []string, run func(C) error) error {
	if len(args) != 3 {
		return fmt.Errorf("%s is for tierwatch itself: use `tierwatch demo` or `tierwatch run --embedded`", args[1])
	}
	var cfg C
	if err := json.Unmarshal([]byte(args[2]), &cfg); err != nil {
		return fmt.Errorf("read child configuration: %w", err)
	}
	return run(cfg)
}

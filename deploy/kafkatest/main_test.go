package kafkatest

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// envParent makes the test binary a parent of one node in that directory.
const envParent = "TIERWATCH_TEST_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envParent); dir != "" {
		c, err := Start(context.Background(), Options{Nodes: 1, Dir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(c.nodes[0].cmd.Process.Pid)
		select {}
	}
	goleak.VerifyTestMain(Stopping(m))
}

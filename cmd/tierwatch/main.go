// Command tierwatch follows a bank's transactions, keeps every customer's tier
// and tells the relationship manager before a customer falls.
//
// main.go and root.go hold the program together; there is one file, or a small
// family of files, per sub-command. What they share is in cmd/internal: config
// (the configuration), wire (clients and engines from it), lifecycle (start and
// stop), exit (exit codes).
package main

import (
	"os"

	"github.com/tierwatch/tierwatch/cmd/internal/headroom"
	"github.com/tierwatch/tierwatch/deploy/embedded"
)

func main() {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	release := headroom.Keep()
	code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	release()
	os.Exit(int(code))
}

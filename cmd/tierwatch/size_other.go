//go:build !unix

package main

import "os"

// terminalSize is what every terminal has.
func terminalSize(*os.File) (columns, rows int) { return 80, 24 }

package main

import "fmt"

// several counts things, "1 scheme" or "2 schemes".
func several[N int | int64](n N, thing string) string {
	switch {
	case n == 1:
		return fmt.Sprintf("%d %s", n, thing)
	case len(thing) > 1 && thing[len(thing)-1] == 'y' && thing[len(thing)-2] != 'a':
		return fmt.Sprintf("%d %sies", n, thing[:len(thing)-1])
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

package child

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// StatusFD is the file descriptor on which a child reports its ports: one line
// of decimal numbers with tabs between them.
const StatusFD = 3

// StatusPath names StatusFD as a file, for an engine that can only write files.
const StatusPath = "/dev/fd/3"

// Report writes the ports to StatusFD and closes it. The child calls it once,
// when every port serves.
func Report(ports ...int) error {
	text := make([]string, len(ports))
	for i, p := range ports {
		text[i] = strconv.Itoa(p)
	}
	f := os.NewFile(StatusFD, "status")
	if f == nil {
		return fmt.Errorf("report ports: file descriptor %d is not open: start this process through tierwatch", StatusFD)
	}
	if _, err := f.WriteString(strings.Join(text, "\t") + "\n"); err != nil {
		return fmt.Errorf("report ports: %w", err)
	}
	return f.Close()
}

// ParsePorts reads the line that a child wrote: exactly n ports in 1..65535.
func ParsePorts(line string, n int) ([]int, error) {
	fields := strings.Fields(line)
	if len(fields) != n {
		return nil, fmt.Errorf("parse ports %q: got %d numbers, want %d", line, len(fields), n)
	}
	ports := make([]int, n)
	for i, f := range fields {
		p, err := strconv.Atoi(f)
		if err != nil || p < 1 || p > 65535 {
			return nil, fmt.Errorf("parse ports %q: %q is not a port in 1..65535", line, f)
		}
		ports[i] = p
	}
	return ports, nil
}

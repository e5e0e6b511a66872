package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
)

// verify runs `tierwatch verify`, as an operator does. Unless it says by its exit code
// that all is as it should be, or that something differs, it has proved nothing.
func verify(ctx context.Context, program, config string, found *findings) (*audit.Report, error) {
	var out, errOut bytes.Buffer
	c := exec.CommandContext(ctx, program, "verify", "-c", config, "--json", "--list", "50", "--wait", "5m") //nolint:gosec // the program under test
	c.SysProcAttr = crew.Bound()
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil && c.ProcessState.ExitCode() != int(exit.Differs) {
		return nil, fmt.Errorf("tierwatch verify: %w: %s", err, errOut.String())
	}
	r := new(audit.Report)
	if err := json.Unmarshal(out.Bytes(), r); err != nil {
		return nil, fmt.Errorf("read report of tierwatch verify: %w: %s", err, errOut.String())
	}
	for _, d := range r.First {
		found.add("verify: %s", d)
	}
	found.n += int(r.Found) - len(r.First)
	return r, nil
}

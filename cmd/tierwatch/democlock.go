package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/sources/control"
)

// demoClock is a clock that several processes share, as a flag; nil without one.
type demoClock struct{ *control.Scaled }

// Set implements pflag.Value.
func (c *demoClock) Set(text string) error {
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return errors.New("want START,BEGAN,FACTOR")
	}
	start, err := time.Parse(time.RFC3339Nano, parts[0])
	began, err2 := time.Parse(time.RFC3339Nano, parts[1])
	factor, err3 := strconv.ParseFloat(parts[2], 64)
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	if !(factor > 0) {
		return errors.New("FACTOR must be positive")
	}
	c.Scaled = control.ScaledSince(start, began, factor)
	return nil
}

// String implements pflag.Value.
func (c *demoClock) String() string { return "" }

// Type implements pflag.Value.
func (c *demoClock) Type() string { return "clock" }

// demoStale is how old a TICK of a demo may be: of a clock that runs a day in
// seconds it is quickly hours old. Beyond a day, events would be of a future day.
const demoStale = 24 * time.Hour

// demoReport is how often, by the wall, ingest tells how far it is.
const demoReport = 200 * time.Millisecond

func (c demoClock) ingest() role.IngestOptions {
	if c.Scaled == nil {
		return role.IngestOptions{}
	}
	return role.IngestOptions{Clock: c.Scaled, Stale: demoStale, ReportEvery: demoReport}
}

func (c demoClock) conductor() role.ConductorOptions {
	if c.Scaled == nil {
		return role.ConductorOptions{}
	}
	return role.ConductorOptions{Clock: c.Scaled}
}

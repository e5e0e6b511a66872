package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// Params are what a person asks of the demo.
type Params struct {
	// Bank shapes the bank; fixed for the life of a data directory.
	Bank synth.Params
	// Once plays the history, waits until everything has caught up and ends.
	Once bool
	// DayLength is how long a live business day lasts.
	DayLength time.Duration
	// Lang is zh or en.
	Lang string
	// JSON prints alerts as JSON lines instead of a picture.
	JSON bool
}

// ErrOtherBank says that the data directory holds another bank than asked for.
var ErrOtherBank = errors.New("the data directory holds another bank")

// ErrOtherLog says that the data directory holds a log that no demo wrote.
var ErrOtherLog = errors.New("this data directory holds a log that no demo wrote")

// Owns tells whether a demo lives in a data directory. Nothing is created.
func Owns(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the demo's state: %w", err)
	}
	return true, nil
}

// state is kept in the data directory between runs.
type state struct {
	Bank synth.Params `json:"bank"`
}

const stateFile = "demo.json"

// Adopt makes the bank of a data directory the one asked for: at the first start
// it notes p, later it checks that those of the flags that were given agree. A log
// that another command wrote is refused with ErrOtherLog: its clock is not the
// demo's to move.
// asked has the names of the flags that were given.
func Adopt(dir string, p *synth.Params, asked func(flag string) bool) (resumed bool, err error) {
	path := filepath.Join(dir, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, begin(dir, *p)
	}
	if err != nil {
		return false, fmt.Errorf("read the demo's state: %w", err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return false, fmt.Errorf("read the demo's state %s: %w: delete the data directory to begin anew", path, err)
	}
	differs := func(flag string, have, want any) error {
		if !asked(flag) || have == want {
			return nil
		}
		return fmt.Errorf("%w: %s has --%s %v, asked for is %v: leave the flag out, or name another --data-dir", ErrOtherBank, dir, flag, have, want)
	}
	err = errors.Join(
		differs("customers", s.Bank.Customers, p.Customers),
		differs("seed", s.Bank.Seed, p.Seed),
		differs("months", s.Bank.Months, p.Months),
	)
	*p = s.Bank
	return true, err
}

// begin notes the bank of a new data directory.
func begin(dir string, p synth.Params) error {
	has, err := wire.HasLog(dir)
	if err != nil {
		return err
	}
	if has {
		return fmt.Errorf("%w: %s: give another --data-dir", ErrOtherLog, dir)
	}
	return write(filepath.Join(dir, stateFile), state{Bank: p})
}

func write(path string, s state) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("note the demo's state: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("note the demo's state: %w", err)
	}
	return nil
}

// Validate tells everything that cannot be played.
func (p Params) Validate() error {
	err := p.Bank.Validate()
	if p.Lang != "zh" && p.Lang != "en" {
		err = errors.Join(err, fmt.Errorf("--lang %q: want zh or en", p.Lang))
	}
	if p.DayLength < time.Second || p.DayLength > 24*time.Hour {
		err = errors.Join(err, fmt.Errorf("--day %s: want 1s to 24h", p.DayLength))
	}
	return err
}

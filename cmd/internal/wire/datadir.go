package wire

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNoDataDir says that nothing was ever kept in a data directory.
var ErrNoDataDir = errors.New("no such data directory")

// HasLog tells whether an embedded broker ever kept its data in a data directory.
// One that does not exist has none; nothing is created.
func HasLog(dir string) (bool, error) {
	info, err := os.Stat(filepath.Join(dir, "kafka"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look into data directory: %w", err)
	}
	return info.IsDir(), nil
}

// NeedLog is ErrNoDataDir for a directory without a log: what only reads must
// not make one.
func NeedLog(dir string) error {
	has, err := HasLog(dir)
	switch {
	case err != nil || has:
		return err
	case !exists(dir):
		return fmt.Errorf("%w: %s: look at --data-dir", ErrNoDataDir, dir)
	}
	return fmt.Errorf("%w: %s exists but holds no log: look at --data-dir", ErrNoDataDir, dir)
}

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

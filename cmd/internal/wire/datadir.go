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
		return fmt.Errorf("%w: %s: %s", ErrNoDataDir, dir, remedy)
	}
	return fmt.Errorf("%w: %s exists but holds no log: %s", ErrNoDataDir, dir, remedy)
}

// remedy is for who mistyped a directory, and for who wants a new deployment.
const remedy = "look at --data-dir; `tierwatch load` with --policy, `tierwatch run` and `tierwatch topics create` make a new deployment there"

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

package wire

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// Looking for a log makes nothing, and finds the one of the embedded broker.
func TestADirectoryWithoutALog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bank")
	if err := NeedLog(dir); !errors.Is(err, ErrNoDataDir) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory that does not exist: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the look made the directory: %v", err)
	}
	d, err := embedded.OpenDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := NeedLog(dir); !errors.Is(err, ErrNoDataDir) || !strings.Contains(err.Error(), "holds no log") {
		t.Errorf("a directory without a log: %v", err)
	}
	if err := os.Mkdir(d.Kafka(), 0o700); err != nil {
		t.Fatal(err)
	}
	if has, err := HasLog(dir); !has || err != nil {
		t.Errorf("with the broker's data: %t, %v", has, err)
	}
	if err := NeedLog(dir); err != nil {
		t.Error(err)
	}
}

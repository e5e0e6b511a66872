package embedded

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

// writeFile replaces path as a whole, readable by the owner alone.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-"+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(tmp.Name()))
	}
	return nil
}

// secret reads the password in path, making a random one at the first time.
// The caller holds the lock of the data directory.
func secret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(text)) != "" {
		return strings.TrimSpace(string(text)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read password: %w", err)
	}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails, as documented
	password := hex.EncodeToString(raw[:])
	return password, writeFile(path, []byte(password+"\n"))
}

// rememberedPorts returns the n ports of the last run, or zeros: the addresses
// that clients know stay good over a restart where possible.
func rememberedPorts(path string, n int) []int {
	text, err := os.ReadFile(path)
	if err == nil {
		if ports, err := child.ParsePorts(string(text), n); err == nil {
			return ports
		}
	}
	return make([]int, n)
}

func rememberPorts(path string, ports ...int) error {
	return writeFile(path, []byte(strings.Trim(fmt.Sprint(ports), "[]")+"\n"))
}

// self returns the binary to re-execute.
func self(path string) (string, error) {
	if path != "" {
		return path, nil
	}
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find own binary: %w", err)
	}
	return exe, nil
}

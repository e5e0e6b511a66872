package broker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// noted are the files in which kfake notes at a clean stop how things stand, besides the
// records: of each partition, of the producers, and of sessions and open transactions.
var noted = []string{"partitions/*/snapshot.json", "seq_windows.json", "session_state.json"}

// forgetStop removes what the last clean stop has noted, once it has been read. From the
// first record on it is no longer true, but kfake reads it again after a kill: a
// partition's for as long as its files have the length that is noted, which a compaction
// can bring about. Then acknowledged records lie behind the noted end. Without it
// everything is found from the records themselves.
func forgetStop(data string) error {
	for _, pattern := range noted {
		list, err := filepath.Glob(filepath.Join(data, pattern))
		if err != nil {
			return fmt.Errorf("look for what the last stop has noted: %w", err)
		}
		for _, name := range list {
			if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("forget what the last stop has noted: %w", err)
			}
		}
	}
	return nil
}

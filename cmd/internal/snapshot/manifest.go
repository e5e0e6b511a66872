package snapshot

import (
	"encoding/json"
	"fmt"

	"github.com/tierwatch/tierwatch/sources/event"
)

// ManifestName is the file that makes a directory a snapshot.
const ManifestName = "manifest.json"

// Manifest is what a snapshot is of, and what its files must be.
type Manifest struct {
	Format    int    `json:"format"`
	Namespace string `json:"namespace"`
	// Day is the business day behind whose CLOSE the state is, YYYY-MM-DD.
	Day     string `json:"day"`
	Epoch   uint32 `json:"epoch"`
	Program string `json:"program"`
	// MadeOf is the digest of the snapshot of another number of partitions that it was
	// made of, if it was.
	MadeOf string `json:"made_of,omitempty"`
	// Partitions are those of the log, in order.
	Partitions []Part `json:"partitions"`
}

// Part is a file of a snapshot.
type Part struct {
	Partition int32  `json:"partition"`
	File      string `json:"file"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"`
	// Close is the offset of the CLOSE, Next the one from which the log goes on.
	Close     int64 `json:"close_offset"`
	Next      int64 `json:"next_offset"`
	Records   int64 `json:"records"`
	Customers int64 `json:"customers"`
}

// fileName is the name of a partition's file.
func fileName(partition int32) string { return fmt.Sprintf("partition-%04d.state", partition) }

func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", ManifestName, err)
	}
	return append(b, '\n'), nil
}

// decodeManifest reads a manifest and looks whether it makes sense.
func decodeManifest(b []byte) (*Manifest, int32, error) {
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if m.Format > Format {
		return nil, 0, fmt.Errorf("format %d, known are 1 to %d: %w", m.Format, Format, ErrNewer)
	}
	of, err := event.ParseDay(m.Day)
	if m.Format < 1 || m.Namespace == "" || err != nil || len(m.Partitions) == 0 {
		return nil, 0, fmt.Errorf("format %d, namespace %q, day %q, %d partitions: %w", m.Format, m.Namespace, m.Day, len(m.Partitions), ErrDamaged)
	}
	for i, p := range m.Partitions {
		if p.Partition != int32(i) || p.File != fileName(p.Partition) || p.Close < 0 || p.Next != p.Close+1 || p.Bytes <= 0 {
			return nil, 0, fmt.Errorf("partitions[%d] is %+v: %w", i, p, ErrDamaged)
		}
	}
	return &m, of, nil
}

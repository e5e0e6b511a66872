package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// ErrNone is a directory without a manifest.
var ErrNone = errors.New("there is no snapshot")

// Snapshot is a complete directory.
type Snapshot struct {
	// Dir is where it is, as it was asked for, Day the business day that was closed.
	Dir string
	Day int32
	// Digest is the SHA-256 of the manifest, in hex: it names the snapshot, whose files
	// the manifest tells of by their own.
	Digest string
	Manifest
}

// Open reads the manifest. Files are read later, each by Read.
func Open(dir string) (*Snapshot, error) {
	path := filepath.Join(dir, ManifestName)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: it has no %s; make one with `tierwatch snapshot`", dir, ErrNone, ManifestName)
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest of a snapshot: %w", err)
	}
	m, of, err := decodeManifest(text)
	if err != nil {
		return nil, blame(path, err)
	}
	sum := sha256.Sum256(text)
	return &Snapshot{Dir: dir, Day: of, Digest: hex.EncodeToString(sum[:]), Manifest: *m}, nil
}

// Next is the offset from which the log of a partition goes on.
func (s *Snapshot) Next(partition int32) int64 { return s.Partitions[partition].Next }

// Path is where the file of a partition is.
func (s *Snapshot) Path(partition int32) string {
	return filepath.Join(s.Dir, s.Partitions[partition].File)
}

// Read gives take every state record of a partition; what it is given is its own.
// That all of them were sound is only known when Read returns without an error.
func (s *Snapshot) Read(partition int32, take func(key, value []byte)) error {
	return blame(s.Path(partition), s.read(partition, func(key, value []byte) error {
		take(key, value)
		return nil
	}))
}

// read is Read; an error of take ends it.
func (s *Snapshot) read(partition int32, take func(key, value []byte) error) error {
	file, err := os.Open(s.Path(partition))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	part := &s.Partitions[partition]
	if info, err := file.Stat(); err != nil {
		return fmt.Errorf("look at: %w", err)
	} else if info.Size() != part.Bytes {
		return fmt.Errorf("it has %d bytes, %s tells of %d: %w", info.Size(), ManifestName, part.Bytes, ErrDamaged)
	}
	whole := sha256.New()
	r, err := NewReader(io.TeeReader(file, whole))
	if err != nil {
		return err
	}
	h := Header{Namespace: s.Namespace, Partition: partition, Day: s.Day, Close: part.Close, Epoch: s.Epoch, Program: s.Program}
	if r.Header != h {
		return fmt.Errorf("its header is %+v, %s tells of %+v: %w", r.Header, ManifestName, h, ErrDamaged)
	}
	records := int64(0)
	for {
		key, value, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		records++
		if err := take(key, value); err != nil {
			return err
		}
	}
	if records != part.Records {
		return fmt.Errorf("it has %d records, %s tells of %d: %w", records, ManifestName, part.Records, ErrDamaged)
	}
	if sum := hex.EncodeToString(whole.Sum(nil)); sum != part.SHA256 {
		return fmt.Errorf("its SHA-256 is %s, %s tells of %s: %w", sum, ManifestName, part.SHA256, ErrDamaged)
	}
	return nil
}

// Load begins a partition with what its file holds; only, if given, says by their key
// which records are taken.
func (s *Snapshot) Load(o fold.Options, only func(key []byte) bool) (*fold.Loading, error) {
	l := fold.NewLoading(o)
	err := s.Read(o.Partition, func(key, value []byte) {
		if only == nil || only(key) {
			l.Take(key, value)
		}
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Partition is the fold of a partition behind the CLOSE.
func (s *Snapshot) Partition(o fold.Options) (*fold.Partition, error) {
	l, err := s.Load(o, nil)
	if err != nil {
		return nil, err
	}
	p, from, err := l.Done()
	if err == nil {
		err = s.goesOn(p, from)
	}
	if err != nil {
		return nil, s.Unloaded(o.Partition, err)
	}
	return p, nil
}

// goesOn tells whether what was loaded is what the manifest tells of.
func (s *Snapshot) goesOn(p *fold.Partition, from int64) error {
	part := &s.Partitions[p.ID()]
	if from != part.Next || p.Clock().LastClose != s.Day || int64(p.Customers()) != part.Customers {
		return fmt.Errorf("it goes on at offset %d behind day %d with %d customers, %s tells of %+v: %w",
			from, p.Clock().LastClose, p.Customers(), ManifestName, *part, ErrDamaged)
	}
	return nil
}

// Unloaded says of which file it is that a Loading could not be done.
func (s *Snapshot) Unloaded(partition int32, err error) error {
	return blame(s.Path(partition), err)
}

// Check reads all files and builds every partition, one after the other. each is told
// of the partitions behind it.
func (s *Snapshot) Check(rawMax int, each func(done int)) error {
	var all []error
	for i := range s.Partitions {
		if _, err := s.Partition(fold.Options{Partition: int32(i), RawMax: rawMax}); err != nil {
			all = append(all, err)
		}
		each(i + 1)
	}
	return errors.Join(all...)
}

// blame names the file and the remedy.
func blame(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNewer), errors.Is(err, codec.ErrNewer), errors.Is(err, fold.ErrPoison):
		return fmt.Errorf("snapshot file %s: %w; read it with the program that wrote it, or a newer one", path, err)
	case errors.Is(err, ErrDamaged), errors.Is(err, codec.ErrDamaged):
		return fmt.Errorf("snapshot file %s: %w; copy it again from where it was made, or use another snapshot", path, err)
	}
	return fmt.Errorf("snapshot file %s: %w", path, err)
}

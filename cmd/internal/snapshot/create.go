package snapshot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// ErrTaken is a name under which something is already.
var ErrTaken = errors.New("a snapshot is never changed")

// ours matches the files of a snapshot.
var ours = regexp.MustCompile(`^(partition-\d+\.state|` + regexp.QuoteMeta(ManifestName) + `)$`)

// making is a directory under way: all in it is under another name until commit.
type making struct {
	out, dir string
	manifest Manifest
}

// create begins a snapshot that will be out. What a killed one left is cleared away.
func create(out string, m Manifest) (*making, error) {
	out = filepath.Clean(out)
	if err := vacant(out); err != nil {
		return nil, err
	}
	d := &making{out: out, dir: out + ".partial", manifest: m}
	if err := clearAway(d.dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of the snapshot: %w", err)
	}
	return d, nil
}

// vacant tells whether out is still nothing, or an empty directory.
func vacant(out string) error {
	list, err := os.ReadDir(out)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at --out: %w", err)
	case len(list) == 0:
		return nil
	}
	if _, err := os.Stat(filepath.Join(out, ManifestName)); err == nil {
		return fmt.Errorf("--out %s: it holds a complete snapshot, and %w: name a new directory", out, ErrTaken)
	}
	return fmt.Errorf("--out %s: the directory is not empty: name a new one: %w", out, os.ErrExist)
}

// clearAway removes a directory that holds nothing but files of a snapshot.
func clearAway(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at what an earlier snapshot left: %w", err)
	}
	for _, e := range list {
		if !ours.MatchString(e.Name()) {
			return fmt.Errorf("%s is no file of a snapshot, but %s is to be cleared away: move it, or name another --out", filepath.Join(dir, e.Name()), dir)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear away what an earlier snapshot left: %w", err)
	}
	return nil
}

// add writes the file of a partition whose fold stands behind the CLOSE at h.Close.
func (d *making) add(ctx context.Context, h Header, p *fold.Partition) error {
	part := Part{Partition: h.Partition, File: fileName(h.Partition), Close: h.Close, Next: h.Close + 1, Customers: int64(p.Customers())}
	whole := sha256.New()
	err := d.write(part.File, func(file io.Writer) error {
		counted := &counter{to: io.MultiWriter(file, whole)}
		w, err := NewWriter(counted, h)
		if err != nil {
			return err
		}
		err = p.Copy(part.Next, func(s *fold.Saves) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, r := range s.List {
				if err := w.Put(r.Key, r.Value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		part.Records, err = w.End()
		part.Bytes = counted.n
		return err
	})
	if err != nil {
		return err
	}
	part.SHA256 = hex.EncodeToString(whole.Sum(nil))
	d.manifest.Partitions = append(d.manifest.Partitions, part)
	return nil
}

// write makes a file whose bytes are on the disk when it returns.
func (d *making) write(name string, fill func(io.Writer) error) error {
	path := filepath.Join(d.dir, name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make file of the snapshot: %w", err)
	}
	err = fill(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// commit writes the manifest and gives the directory its name.
func (d *making) commit() error {
	text, err := d.manifest.encode()
	if err != nil {
		return err
	}
	err = d.write(ManifestName, func(file io.Writer) error {
		_, err := file.Write(text)
		return err
	})
	if err == nil {
		err = syncDir(d.dir)
	}
	if err != nil {
		return err
	}
	if err := os.Remove(d.out); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty one
		return fmt.Errorf("name the snapshot: %w", err)
	}
	if err := os.Rename(d.dir, d.out); err != nil {
		return fmt.Errorf("name the snapshot: %w", err)
	}
	return syncDir(filepath.Dir(d.out))
}

// discard removes what was made.
func (d *making) discard() error { return clearAway(d.dir) }

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}

// counter counts what passes.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	if err != nil {
		return n, fmt.Errorf("write: %w", err)
	}
	return n, nil
}

package snapshot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
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
	lock     *os.File // of dir
}

// create begins a snapshot that will be out. What a killed one left is cleared away; one
// that is under way is ErrMaking.
func create(out string, m Manifest) (*making, error) {
	out = filepath.Clean(out)
	if err := vacant(out); err != nil {
		return nil, err
	}
	d := &making{out: out, dir: out + ".partial", manifest: m}
	var err error
	if d.lock, err = own(d.dir); err != nil {
		return nil, err
	}
	err = vacant(out) // another may have been made before the lock
	if err == nil {
		err = emptied(d.dir)
	}
	if err != nil {
		return nil, errors.Join(err, d.lock.Close())
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

// emptied removes the files of a snapshot from a directory that holds nothing else.
func emptied(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look at what an earlier snapshot left: %w", err)
	}
	for _, e := range list {
		if !ours.MatchString(e.Name()) {
			return fmt.Errorf("%s is no file of a snapshot, but %s is to be cleared away: move it, or name another --out", filepath.Join(dir, e.Name()), dir)
		}
	}
	for _, e := range list {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("clear away what an earlier snapshot left: %w", err)
		}
	}
	return nil
}

// add writes the file of a partition whose fold stands behind the CLOSE at h.Close.
func (d *making) add(ctx context.Context, h Header, p *fold.Partition) error {
	f, err := d.begin(h)
	if err != nil {
		return err
	}
	defer f.close()
	if err := p.Copy(h.Close+1, func(s *fold.Saves) error { return f.put(ctx, s) }); err != nil {
		return err
	}
	return d.end(f, int64(p.Customers()))
}

// partFile is the file of a partition under way.
type partFile struct {
	part  Part
	file  *os.File // nil: closed
	whole hash.Hash
	to    *counter
	w     *Writer
}

// begin makes the file of a partition. It is closed by end, or by its close.
func (d *making) begin(h Header) (*partFile, error) {
	f := &partFile{part: Part{Partition: h.Partition, File: fileName(h.Partition), Close: h.Close, Next: h.Close + 1}, whole: sha256.New()}
	var err error
	if f.file, err = d.make(f.part.File); err != nil {
		return nil, err
	}
	f.to = &counter{to: io.MultiWriter(f.file, f.whole)}
	if f.w, err = NewWriter(f.to, h); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// put adds state records.
func (f *partFile) put(ctx context.Context, s *fold.Saves) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, r := range s.List {
		if err := f.w.Put(r.Key, r.Value); err != nil {
			return err
		}
	}
	return nil
}

// end makes the file whole, with its bytes on the disk, and adds it to the manifest.
func (d *making) end(f *partFile, customers int64) (err error) {
	if f.part.Records, err = f.w.End(); err != nil {
		return err
	}
	file := f.file
	f.file = nil
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file.Name(), err)
	}
	f.part.Bytes, f.part.Customers, f.part.SHA256 = f.to.n, customers, hex.EncodeToString(f.whole.Sum(nil))
	d.manifest.Partitions = append(d.manifest.Partitions, f.part)
	return nil
}

// close gives up a file that was not ended.
func (f *partFile) close() {
	if f.file != nil {
		_ = f.file.Close() // it is thrown away
		f.file = nil
	}
}

// make makes an empty file.
func (d *making) make(name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(d.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make file of the snapshot: %w", err)
	}
	return file, nil
}

// write makes a file whose bytes are on the disk when it returns.
func (d *making) write(name string, text []byte) error {
	file, err := d.make(name)
	if err != nil {
		return err
	}
	if _, err = file.Write(text); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file.Name(), err)
	}
	return nil
}

// commit writes the manifest and gives the directory its name.
func (d *making) commit() error {
	text, err := d.manifest.encode()
	if err != nil {
		return err
	}
	if err = d.write(ManifestName, text); err == nil {
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
	_ = d.lock.Close() // nothing was written
	return syncDir(filepath.Dir(d.out))
}

// discard removes what was made.
func (d *making) discard() error {
	defer func() { _ = d.lock.Close() }() // nothing was written
	if err := emptied(d.dir); errors.Is(err, os.ErrNotExist) {
		return nil // it has its name
	} else if err != nil {
		return err
	}
	if err := os.Remove(d.dir); err != nil {
		return fmt.Errorf("clear away the snapshot: %w", err)
	}
	return nil
}

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

package embedded

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// install unpacks the member from the tarball into next, verifies it and
// renames it to path: path is the whole right file or the former one.
func install(ctx context.Context, a artifact, tarball, next, path string, progress func(Progress)) error {
	if err := unpack(ctx, a, tarball, next, progress); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("install library: %w", err)
	}
	return mark(path, a)
}

func unpack(ctx context.Context, a artifact, tarball, next string, progress func(Progress)) (err error) {
	in, err := os.Open(tarball)
	if err != nil {
		return fmt.Errorf("open package: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	gz, err := gzip.NewReader(bufio.NewReaderSize(in, 1<<20))
	if err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	member, err := find(tar.NewReader(gz), a)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write library: %w", err)
	}
	sum, err := hashTo(ctx, out, member, a.size, func(done int64) {
		progress(Progress{Phase: PhaseUnpack, Done: done, Total: a.size})
	})
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("unpack library: %w", err)
	}
	if sum != a.sha256 {
		return fmt.Errorf("%w of %s in %s@%s: got sha256 %s, want %s: the package was altered on its way; check the registry that npm is set to and try again",
			ErrChecksum, a.member, a.pkg, a.version, sum, a.sha256)
	}
	return nil
}

func find(t *tar.Reader, a artifact) (io.Reader, error) {
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read package: %s@%s holds no %s", a.pkg, a.version, a.member)
		}
		if err != nil {
			return nil, fmt.Errorf("read package: %w", err)
		}
		if h.Name == a.member && h.Typeflag == tar.TypeReg {
			return t, nil
		}
	}
}

// hashTo copies r to w and returns the sha256 of all that was read, in hex. A
// reader that holds more than size bytes is not read to its end.
func hashTo(ctx context.Context, w io.Writer, r io.Reader, size int64, report func(done int64)) (string, error) {
	hash := sha256.New()
	r = io.TeeReader(io.LimitReader(r, size+1), hash)
	var done int64
	for {
		n, err := io.CopyN(w, r, 4<<20)
		done += n
		report(min(done, size))
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
	}
}

// verify hashes the file at path and marks it when it is the artifact.
func verify(ctx context.Context, path string, a artifact, progress func(Progress)) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open library: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	sum, err := hashTo(ctx, io.Discard, f, a.size, func(done int64) {
		progress(Progress{Phase: PhaseVerify, Done: done, Total: a.size})
	})
	if err != nil {
		return fmt.Errorf("hash library: %w", err)
	}
	if sum != a.sha256 {
		return fmt.Errorf("%w of %s: got sha256 %s, want %s", ErrChecksum, path, sum, a.sha256)
	}
	return mark(path, a)
}

// mark notes that path was verified, so that not every start hashes it.
func mark(path string, a artifact) error {
	text, err := stamp(path, a)
	if err != nil {
		return err
	}
	return writeFile(path+".verified", []byte(text))
}

// verified says whether path is the file that was verified: it has the same
// size and time of change.
func verified(path string, a artifact) bool {
	want, err := stamp(path, a)
	if err != nil {
		return false
	}
	got, err := os.ReadFile(path + ".verified")
	return err == nil && string(got) == want
}

func stamp(path string, a artifact) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("look at library: %w", err)
	}
	return strings.Join([]string{
		a.sha256, strconv.FormatInt(info.Size(), 10), strconv.FormatInt(info.ModTime().UnixNano(), 10),
	}, " ") + "\n", nil
}

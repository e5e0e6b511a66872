package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
)

// ErrNotInterrupted refuses to give up a load that is not there to be given up.
var ErrNotInterrupted = errors.New("no load of it was interrupted")

// GiveUp notes of loads that were interrupted that nobody will bring them to their end:
// all files of a load of which one is named count as loaded from then on, so that nothing
// is kept for it. What it has written stays in the log. A file that is gone, or is another
// by now, is known by its base name. The files are given back, by name. Errors of what is
// named, and of a load that holds the lease, have the exit code of wrong usage: nothing is
// noted then.
//
// The topic must have been read to its end. A load beside a live log that still runs
// notes its own place again: it is not seen here.
func GiveUp(ctx context.Context, topic *control.Topic, files []string) ([]*pb.LoadedFile, error) {
	table := topic.Table()
	if table.Backfill.Held() {
		return nil, exit.With(exit.Usage, fmt.Errorf("a load holds the lease (%s): let it come to its end, or, if it was killed, "+
			"give the right files to `tierwatch load`, which takes the lease over; then give up the other", table.Backfill.Holder))
	}
	var all []*pb.LoadedFile
	for _, path := range files {
		one, err := halfway(table, path)
		if err != nil {
			return nil, err
		}
		for _, f := range ofLoad(table, one) {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	var noted []*pb.LoadedFile
	for _, f := range all {
		done := f.CloneVT()
		done.Done = true
		if err := topic.NoteFile(ctx, done); err != nil {
			return nil, err
		}
		noted = append(noted, done)
	}
	slices.SortFunc(noted, func(a, b *pb.LoadedFile) int { return strings.Compare(a.Name, b.Name) })
	return noted, nil
}

// halfway is the file of an interrupted load that a path means: by its content, else by
// its name.
func halfway(table *control.Table, path string) (*pb.LoadedFile, error) {
	sum, err := sumOf(path)
	if err != nil {
		return nil, exit.With(exit.Usage, err)
	}
	if f := table.File(sum); f != nil && !f.Done {
		return f, nil
	}
	var list, others []*pb.LoadedFile
	for _, f := range table.Files() {
		switch {
		case f.Done:
		case f.Name == filepath.Base(path):
			list = append(list, f)
		default:
			others = append(others, f)
		}
	}
	switch {
	case len(list) == 1:
		return list[0], nil
	case len(list) > 1:
		return nil, exit.With(exit.Usage, fmt.Errorf("%s: loads of %d files of that name were interrupted: name the very files", path, len(list)))
	case len(others) > 0:
		names := make([]string, len(others))
		for i, f := range others {
			names[i] = f.Name
		}
		slices.Sort(names)
		return nil, exit.With(exit.Usage, fmt.Errorf("%s: %w; interrupted was %s", path, ErrNotInterrupted, strings.Join(names, ", ")))
	}
	return nil, exit.With(exit.Usage, fmt.Errorf("%s: %w", path, ErrNotInterrupted))
}

// ofLoad lists the files of the same load that have not come to their end, the first of
// the load last, as a load notes them.
func ofLoad(table *control.Table, one *pb.LoadedFile) []*pb.LoadedFile {
	list := []*pb.LoadedFile{one}
	for _, sha := range one.Load {
		// A file that has been loaded otherwise since belongs to that load.
		if f := table.File(sha); f != nil && f != one && !f.Done && slices.Equal(f.Load, one.Load) {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *pb.LoadedFile) int {
		return slices.Index(one.Load, b.Sha256) - slices.Index(one.Load, a.Sha256)
	})
	return list
}

// sumOf is the SHA-256 of a file, "" if there is none.
func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// journal is a log in a file without a name: it is mapped into memory, so it
// neither counts as heap nor paces the garbage collector.
type journal struct {
	file  *os.File
	out   *bufio.Writer
	value []byte
	// Records and Bytes written so far.
	records int
	bytes   int64
}

type message interface {
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
}

func newJournal() (*journal, error) {
	f, err := os.CreateTemp("", "tierwatch-bench-*.log")
	if err != nil {
		return nil, fmt.Errorf("make journal: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink journal: %w", err), f.Close())
	}
	return &journal{file: f, out: bufio.NewWriterSize(f, 1<<20)}, nil
}

func (j *journal) add(m message) error {
	n := m.SizeVT()
	if cap(j.value) < n+4 {
		j.value = make([]byte, n+4, 2*n+4)
	}
	j.value = j.value[:n+4]
	binary.LittleEndian.PutUint32(j.value, uint32(n))
	if _, err := m.MarshalToSizedBufferVT(j.value[4:]); err != nil {
		return fmt.Errorf("marshal record: %w", err)
	}
	return j.write(j.value)
}

func (j *journal) write(framed []byte) error {
	j.records++
	j.bytes += int64(len(framed)) - 4
	if _, err := j.out.Write(framed); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// mapped gives the whole journal as memory; release it once.
func (j *journal) mapped() (all []byte, release func() error, err error) {
	if err := j.out.Flush(); err != nil {
		return nil, nil, fmt.Errorf("flush journal: %w", err)
	}
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, fmt.Errorf("size journal: %w", err)
	}
	all, err = syscall.Mmap(int(j.file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("map journal: %w", err)
	}
	return all, func() error { return errors.Join(syscall.Munmap(all), j.file.Close()) }, nil
}

// take splits the first value off a mapped journal.
func take(all []byte) (value, rest []byte) {
	n := binary.LittleEndian.Uint32(all)
	return all[4 : 4+n : 4+n], all[4+n:]
}

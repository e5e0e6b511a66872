package embedded

import (
	"bytes"
	"strings"
	"sync"
)

const (
	maxLine  = 4096 // bytes of one line that are kept; the rest of it is dropped
	tailKept = 20   // last lines kept to explain a death
)

// lineWriter cuts a child's output into lines and hands each to emit. It keeps
// the last lines, since they tell why a child ended. Safe for concurrent use.
type lineWriter struct {
	emit  func(line string)      // called with the lock held: must not write back
	fatal func(line string) bool // says that a line means the start failed; may be nil

	failed chan struct{} // closed at the first fatal line

	mu   sync.Mutex
	part []byte // an unfinished line
	last []string
}

// Write implements io.Writer and never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			w.add(p)
			return n, nil
		}
		w.add(p[:i])
		w.end()
		p = p[i+1:]
	}
}

// flush hands out an unfinished last line.
func (w *lineWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
}

// tail returns the last lines, joined with "; ".
func (w *lineWriter) tail() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.last, "; ")
}

func (w *lineWriter) add(p []byte) {
	w.part = append(w.part, p[:min(len(p), maxLine-len(w.part))]...)
}

func (w *lineWriter) end() {
	line := strings.TrimSpace(strings.ToValidUTF8(string(w.part), "?"))
	w.part = w.part[:0]
	if line == "" {
		return
	}
	if len(w.last) == tailKept {
		w.last = append(w.last[:0], w.last[1:]...)
	}
	w.last = append(w.last, line)
	w.emit(line)
	if w.fatal != nil && w.fatal(line) {
		w.fatal = nil
		close(w.failed)
	}
}

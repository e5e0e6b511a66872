package script

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Run plays the script in a file. Paths of policies are relative to its folder.
func Run(path string) Report {
	text, err := os.ReadFile(path)
	if err != nil {
		return Report{Path: path, Err: fmt.Errorf("read the script: %w", err)}
	}
	s, err := Parse(path, text)
	if err != nil {
		return Report{Path: path, Err: err}
	}
	return Play(s, func(policy string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(path), policy))
	})
}

// Play runs a parsed script; read gives the text of a policy by its path in the
// script.
func Play(s *Script, read func(policy string) ([]byte, error)) Report {
	r := Report{Path: s.Path}
	p, err := newPlayer(s, read)
	if err != nil {
		r.Err = fmt.Errorf("%s: %w", s.Path, err)
		return r
	}
	for _, step := range s.Steps {
		if e, ok := step.Do.(Expect); ok {
			r.Checks++
			if err := p.check(&e); err != nil {
				r.Failures = append(r.Failures, Failure{Line: step.Line, Text: step.Text, Message: err.Error()})
			}
			continue
		}
		if err := p.do(step.Do); err != nil {
			r.Err = fmt.Errorf("%s:%d: %w", s.Path, step.Line, err)
			return r
		}
	}
	if r.Checks == 0 {
		r.Err = fmt.Errorf("%s: %w", s.Path, errors.New("nothing is expected; add expect lines"))
	}
	return r
}

package exit

import (
	"context"
	"errors"
)

// Code is what the process returns to its caller.
type Code int

// The codes. Scripts rely on them: a number never changes its meaning.
const (
	// OK: done.
	OK Code = 0
	// Failure: something failed while running, such as a broker that is gone.
	Failure Code = 1
	// Usage: the command line, the configuration, a policy or a mapping is wrong;
	// nothing was done.
	Usage Code = 2
	// Differs: the command ran to its end, and not all was as it should be: a check
	// found differences (verify, policy test, topics check), letters were rejected
	// again (dlq redrive).
	Differs Code = 3
	// Interrupted: stopped before it was done, or by a second interrupt before it
	// could stop cleanly. What runs until it is stopped ends with OK.
	Interrupted Code = 130
)

// coded is an error that knows its exit code.
type coded struct {
	code Code
	err  error
}

func (c *coded) Error() string { return c.err.Error() }
func (c *coded) Unwrap() error { return c.err }

// With gives err a code; nil stays nil.
func With(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &coded{code, err}
}

// Of is the code of an error: the outermost given by With, OK for nil,
// Interrupted for a canceled context, Failure else.
func Of(err error) Code {
	var c *coded
	switch {
	case err == nil:
		return OK
	case errors.As(err, &c):
		return c.code
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	return Failure
}

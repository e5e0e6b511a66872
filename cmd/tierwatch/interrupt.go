package main

import (
	"context"
	"errors"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
)

// interruption is the end of a command that a person or a supervisor stopped before
// it was done. What failed on the way down is not told: it failed because of that.
type interruption struct {
	told  string
	cause error
}

func (i *interruption) Error() string { return i.told }
func (i *interruption) Unwrap() error { return i.cause }

// interrupted makes the error of a command that was stopped one that says what is safe
// and how to go on. Errors of one that was not stopped, and of its own stop, stay.
func interrupted(ctx context.Context, err error, told string) error {
	return interruptedAs(ctx, err, "interrupted: "+told)
}

// interruptedAs is interrupted where all is told in another language.
func interruptedAs(ctx context.Context, err error, told string) error {
	if _, is := errors.AsType[*interruption](err); is || err == nil || ctx.Err() == nil {
		return err
	}
	return exit.With(exit.Interrupted, &interruption{told, err})
}

// goOn is what an interrupted command says that goes on exactly where it ended.
func (a *app) goOn() string {
	return "what was written stays, and nothing is written twice; give the same command again to go on: " + a.sameCommand()
}

package script

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

const (
	// maxErrors are listed of one script; who has more has another mistake.
	maxErrors = 100
	// maxErrorText cuts an error that repeats a long line.
	maxErrorText = 500
)

// notText refuses a file that cannot be a script.
func notText(path string, text []byte) error {
	if bytes.IndexByte(text, 0) < 0 && utf8.Valid(text) {
		return nil
	}
	return fmt.Errorf("%s: is no text in UTF-8: name a script (docs/policy.md), or save it as UTF-8", path)
}

// capped joins the first errors and counts the rest.
func capped(path string, errs []error) error {
	if more := len(errs) - maxErrors; more > 0 {
		errs = append(errs[:maxErrors:maxErrors], fmt.Errorf("%s: and %d more lines; is this a script? docs/policy.md explains the language", path, more))
	}
	return errors.Join(errs...)
}

// short is an error whose text is cut to maxErrorText.
func short(err error) error {
	text := []rune(err.Error())
	if len(text) <= maxErrorText {
		return err
	}
	return fmt.Errorf("%s…", string(text[:maxErrorText]))
}

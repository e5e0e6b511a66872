package load

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrNoPolicy refuses to open a log without a policy.
var ErrNoPolicy = errors.New("a new log needs a policy: add --policy FILE")

// ErrOtherPolicy refuses a policy for a log that has another.
var ErrOtherPolicy = errors.New("--policy only opens a new log, and this one has a policy")

// checkPolicy wants a policy for a new log, and for one that has policies none,
// or one of them: then the command that opened it is given again.
func (l *Load) checkPolicy() error {
	table := l.topic.Table()
	list := table.Policies()
	switch {
	case l.o.Policy == nil && len(list) == 0 && table.Time == nil:
		return ErrNoPolicy
	case l.o.Policy == nil || len(list) == 0:
		return nil
	}
	for _, p := range list {
		if bytes.Equal(p.Yaml, l.o.Policy.Yaml) {
			return nil
		}
	}
	last := list[len(list)-1]
	return fmt.Errorf("%w (%s version %d): leave --policy out, and change the policy with `tierwatch policy publish FILE`",
		ErrOtherPolicy, last.Name, last.Version)
}

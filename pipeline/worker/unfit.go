package worker

import (
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
)

// unfit turns what the brokers will refuse for ever into a refusal with its remedy.
func (w *Worker) unfit(err error) error {
	switch {
	case errors.Is(err, kerr.InvalidTransactionTimeout):
		return refuse("the brokers do not take a transaction timeout of %s: raise their transaction.max.timeout.ms to at least %d, "+
			"or lower fold.transaction_timeout: %w", w.o.TransactionTimeout, w.o.TransactionTimeout.Milliseconds(), err)
	case errors.Is(err, kerr.InvalidSessionTimeout):
		return refuse("the brokers do not take a session timeout of %s: it must lie between their group.min.session.timeout.ms and "+
			"group.max.session.timeout.ms: change kafka.session_timeout: %w", w.o.SessionTimeout, err)
	}
	return err
}

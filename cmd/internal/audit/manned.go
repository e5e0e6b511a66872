package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/pipeline/worker"
)

// restart is how long a role may be away: so long takes one that is started anew.
const restart = 5 * time.Second

// manned returns when somebody works for a group, or an error when nobody comes:
// else an audit would wait for ever for a role that no process runs. With its own
// pipeline an audit works itself.
func (a *auditor) manned(ctx context.Context, admin *kadm.Client, group string) error {
	if a.o.Pipeline {
		return nil
	}
	return manned(ctx, admin, group, a.restart)
}

func manned(ctx context.Context, admin *kadm.Client, group string, patience time.Duration) error {
	tick := time.NewTicker(waitPause)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		members, err := worker.Members(ctx, admin, group)
		if err == nil && len(members) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C: // brokers that do not answer may be back by then
		case <-late.C:
			if err != nil {
				return err
			}
			return fmt.Errorf("group %s is behind the log and has no member: start `tierwatch run --roles fold,warehouse`, or whatever runs these roles", group)
		}
	}
}

package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// restart is how long a role may be away before nobody is thought to run it.
const restart = 5 * time.Second

// manned returns when somebody works for a group, or an error when nobody comes:
// else an audit would wait for ever for a role that no process runs. With its own
// pipeline an audit works itself.
func (a *auditor) manned(ctx context.Context, admin *kadm.Client, group string) error {
	if a.o.Pipeline {
		return nil
	}
	return manned(ctx, admin, group, restart)
}

func manned(ctx context.Context, admin *kadm.Client, group string, patience time.Duration) error {
	tick := time.NewTicker(waitPause)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		described, err := admin.DescribeGroups(ctx, group)
		switch {
		case err != nil && !errors.Is(err, kerr.GroupIDNotFound):
			return fmt.Errorf("ask who works for group %s: %w", group, err)
		case err == nil && len(described[group].Members) > 0:
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		case <-late.C:
			return fmt.Errorf("group %s is behind the log and has no member: start `tierwatch run --roles fold,warehouse`, or whatever runs these roles", group)
		}
	}
}

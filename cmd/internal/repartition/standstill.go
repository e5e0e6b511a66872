package repartition

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// ErrRunning refuses a repartition while somebody may write into the log.
var ErrRunning = errors.New("the log is still written")

// standstill refuses while a role that writes the log is a member of its group, or a
// load holds the lease. The roles fold and warehouse only read the log, and may run.
func standstill(ctx context.Context, admin *kadm.Client, ns topics.Namespace, ingest []string, t *control.Table) error {
	if t.Backfill.Held() {
		return fmt.Errorf("%w: %s holds the lease of the writer of time; let the load come to its end, or give it again if it has died",
			ErrRunning, t.Backfill.Holder)
	}
	for _, group := range append([]string{ns.Group("conductor")}, ingest...) {
		members, err := worker.Members(ctx, admin, group)
		if err != nil {
			return err
		}
		if len(members) == 0 {
			continue
		}
		var hosts []string
		for _, m := range members {
			hosts = append(hosts, strings.TrimPrefix(m.Host, "/"))
		}
		return fmt.Errorf("%w: group %s has %d members, on %s: stop the roles ingest and conductor there; "+
			"one that was killed is a member until kafka.session_timeout has passed", ErrRunning, group, len(members), strings.Join(hosts, ", "))
	}
	return nil
}

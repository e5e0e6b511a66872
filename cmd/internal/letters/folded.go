package letters

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/pipeline/worker"
)

// ErrNoFold tells that nobody folds the log now.
var ErrNoFold = errors.New("no fold is running")

// Folded waits until the fold has passed what was redriven, and gives what it said of
// it (rule R141): nil where nothing was written, ErrNoFold where nobody folds. Call it
// after Flush.
func (r *Redriver) Folded(ctx context.Context) (*folded.Said, error) {
	if !r.wrote {
		return nil, nil //nolint:nilnil // there is nothing to say
	}
	if r.d.Addresses != nil && !r.d.Attached { // these engines run for this command alone
		return nil, ErrNoFold
	}
	client, err := kgo.NewClient(r.d.Kafka...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	group := r.d.Namespace.Group("fold")
	members, err := worker.Members(ctx, admin, group)
	switch {
	// A cluster that never had a group has no coordinator either.
	case errors.Is(err, kerr.CoordinatorNotAvailable), err == nil && len(members) == 0:
		return nil, ErrNoFold
	case err != nil:
		return nil, err
	}
	if r.stretch.End, err = progress.Ends(ctx, admin, r.d.Namespace); err != nil {
		return nil, err
	}
	if err := progress.WaitFolded(ctx, admin, r.d.Namespace, r.stretch.End); err != nil {
		return nil, err
	}
	return r.stretch.Said(ctx, r.d)
}

// Live tells whether other sources may write beside a redrive.
func (r *Redriver) Live() bool { return r.topic.Table().Time.GetLive() }
